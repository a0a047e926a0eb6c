"""Styles of variants, and that drawing leaves matplotlib as it was."""

from matplotlib import rcParams

from real_cloned.reporting.sections.figure1_closed_cloned import draw_figure1, figure1_numbers
from real_cloned.reporting.sections.figure2_genres import draw_figure2, figure2_numbers
from real_cloned.reporting.sections.figure3_training_tracks import draw_figure3, figure3_numbers
from real_cloned.reporting.sections.figure4_similarity import draw_figure4, figure4_numbers
from real_cloned.reporting.theme import variant_styles
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions, Similarities
from tests.reporting.fabricated import parameters, predictions
from tests.reporting.figure_helpers import laid_out, texts


def test_a_new_variant_gets_a_style_of_its_own() -> None:
    styles = variant_styles(["vocal", "mixture", "hybrid", "mashup", "later", "another"])
    assert list(styles)[:4] == ["mixture", "hybrid", "vocal", "mashup"]
    assert len({style.colour for style in styles.values()}) == len({style.marker for style in styles.values()}) == 6


def test_drawing_leaves_matplotlibs_settings_alone() -> None:
    before = dict(rcParams)
    draw_figure1(figure1_numbers(predictions(n_runs=1)))
    assert dict(rcParams) == before


def test_figures_without_numbers_say_so() -> None:
    nothing = empty_table(Predictions)
    for figure in (
        draw_figure1(figure1_numbers(nothing)),
        draw_figure2(figure2_numbers(nothing, parameters())),
        draw_figure3(figure3_numbers(nothing, parameters())),
        draw_figure4(figure4_numbers(empty_table(Similarities))),
    ):
        assert "no data" in texts(laid_out(figure))


def test_nine_new_variants_differ_in_colour_or_marker_and_the_tenth_repeats_the_first() -> None:
    styles = list(variant_styles([f"new {number}" for number in range(10)]).values())
    assert len({(style.colour, style.marker) for style in styles[:9]}) == 9
    assert styles[9] == styles[0]
