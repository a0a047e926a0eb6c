"""Each figure's table of numbers, and that the axes hold those numbers."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from real_cloned.reporting.comparison import compare_figure1, compare_figure2, compare_figure3, compare_figure4
from real_cloned.reporting.figures import (
    draw_figure1,
    draw_figure2,
    draw_figure3,
    draw_figure4,
    figure1_numbers,
    figure2_numbers,
    figure3_numbers,
    figure4_numbers,
)
from real_cloned.reporting.figures.style import looks
from real_cloned.reporting.figures.training_tracks import bucket_names
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions, Similarities

from .fabricated import parameters, prediction, predictions, similarities, table_of


def lines(axes: Axes, label: str) -> list[Line2D]:
    """Return the lines of `axes` with this label."""
    return [line for line in axes.get_lines() if line.get_label() == label]


def texts(artist: Artist) -> list[str]:
    """Return every text that `artist` shows."""
    return [text.get_text() for text in artist.findobj(Text) if isinstance(text, Text)]


def drawn(figure: Figure) -> Figure:
    """Return the figure after everything in it was laid out."""
    figure.draw_without_rendering()
    return figure


def test_figure_1_draws_every_run_and_every_mean() -> None:
    numbers = figure1_numbers(predictions())
    panels = drawn(draw_figure1(numbers)).get_axes()
    for axes, (measure, corpus) in zip(
        panels, [(m, c) for m in ("top1", "top5") for c in ("closed", "cloned")], strict=True
    ):
        for variant, rows in numbers[numbers["corpus"] == corpus].groupby("variant"):
            assert lines(axes, f"{variant} runs")[0].get_ydata() == pytest.approx(rows[measure])
            means = rows.groupby("n_singers")[measure].mean()
            assert lines(axes, f"{variant} mean")[0].get_ydata() == pytest.approx(means)


def test_figure_1_draws_chance_at_one_and_five_guesses() -> None:
    panels = draw_figure1(figure1_numbers(predictions())).get_axes()
    assert lines(panels[0], "chance")[0].get_ydata() == pytest.approx([10.0, 5.0, 2.5])
    assert lines(panels[2], "chance")[0].get_ydata() == pytest.approx([50.0, 25.0, 12.5])


def test_figure_1_draws_published_means_only_at_class_counts_of_ours() -> None:
    assert not lines(draw_figure1(figure1_numbers(predictions())).get_axes()[0], "published")
    table = table_of([prediction(n_singers=700), prediction(n_singers=20)])
    stars = lines(draw_figure1(figure1_numbers(table)).get_axes()[0], "published")
    assert [line.get_ydata().tolist() for line in stars] == [[80.9]]


def test_a_new_variant_gets_a_look_of_its_own() -> None:
    styles = looks(["vocal", "mixture", "hybrid", "mashup", "later", "another"])
    assert list(styles)[:4] == ["mixture", "hybrid", "vocal", "mashup"]
    assert len({look.colour for look in styles.values()}) == len({look.marker for look in styles.values()}) == 6


def test_a_genre_with_too_few_tracks_is_left_out() -> None:
    rows = [prediction(track_id=f"p{k}") for k in range(3)] + [
        prediction(track_id=f"f{k}", genre="Folk") for k in (0, 1)
    ]
    rows += [prediction(track_id=f"f{k}", genre="Folk", run=1) for k in (0, 1)]  # the same two tracks again
    assert figure2_numbers(table_of(rows), parameters(figure2_min_tracks=3))["genre"].unique().tolist() == ["Pop"]
    assert figure2_numbers(table_of(rows), parameters(figure2_min_tracks=2))["genre"].nunique() == 2


def test_figure_2_shows_each_run_and_the_median_at_the_largest_class_count() -> None:
    numbers = figure2_numbers(predictions(), parameters())
    assert set(numbers["n_singers"]) == {40}
    axes = drawn(draw_figure2(numbers)).get_axes()[0]
    for genre, rows in numbers.groupby("genre"):
        assert sorted(lines(axes, str(genre))[0].get_xdata()) == pytest.approx(sorted(rows["top5"]))
        assert any(list(line.get_xdata()) == pytest.approx([rows["top5"].median()] * 2) for line in axes.get_lines())


def test_figure_2_draws_a_circle_round_an_outlying_run() -> None:
    numbers = pd.DataFrame({"genre": "Pop", "n_singers": 40, "run": range(5), "top5": [80.0, 80, 80, 80, 20]})
    axes = draw_figure2(numbers.assign(n_tracks=8, n_distinct=8)).get_axes()[0]
    circles = [line for line in axes.get_lines() if line.get_markerfacecolor() == "none"]
    assert [line.get_xdata().tolist() for line in circles] == [[20.0]]


def test_buckets_are_named_by_their_edges() -> None:
    assert bucket_names([5, 10, 20]) == ["5 to 9", "10 to 19", "20 or more"]
    assert bucket_names([1, 2]) == ["1", "2 or more"] and bucket_names([]) == []


def test_tracks_fall_into_the_bucket_of_their_singers_training_tracks() -> None:
    rows = [prediction(track_id=f"t{n}", n_train_tracks=n, is_top1=n > 9) for n in (4, 5, 9, 10, 19, 20, 500)]
    numbers = figure3_numbers(table_of(rows), parameters(figure3_buckets=[5, 10, 20]))
    assert numbers[["bucket", "top1", "n_tracks"]].values.tolist() == [
        ["5 to 9", 0.0, 2],
        ["10 to 19", 100.0, 2],
        ["20 or more", 100.0, 2],
    ]


@pytest.mark.parametrize(
    ("counts", "chosen"),
    [
        ((10, 20, 40), [10, 20, 40]),
        ((10, 20, 30, 40), [10, 20, 40]),
        ((10, 40), [10, 40]),
        ((10,), [10]),
        ((100, 500, 900, 1000, 1500, 2000), [500, 1000, 1500]),
    ],
)
def test_figure_3_shows_the_papers_class_counts_or_three_of_ours(counts: tuple[int, ...], chosen: list[int]) -> None:
    table = table_of([prediction(n_singers=count) for count in counts])
    assert figure3_numbers(table, parameters())["n_singers"].tolist() == chosen


def test_figure_3_boxes_stand_at_the_medians_of_the_numbers() -> None:
    numbers = figure3_numbers(predictions(n_runs=5), parameters())
    panels = drawn(draw_figure3(numbers)).get_axes()
    for axes, (_, rows) in zip(panels, numbers.groupby("n_singers"), strict=True):
        medians = [line.get_ydata()[0] for line in axes.get_lines() if line.get_linewidth() == 2.0]
        assert medians == pytest.approx(rows.groupby("bucket", sort=False)["top1"].median())


def test_figure_3_says_where_a_bucket_has_no_tracks() -> None:
    rows = [prediction(n_singers=10, n_train_tracks=2), prediction(n_singers=20, n_train_tracks=6)]
    panels = draw_figure3(figure3_numbers(table_of(rows), parameters())).get_axes()
    assert "no data" in texts(panels[0]) and "no data" in texts(panels[1])


def test_figure_4_bars_are_as_high_as_the_mean_similarities() -> None:
    table = similarities()
    numbers = figure4_numbers(table)
    assert numbers["n_tracks"].tolist() == [40] * 15
    axes = drawn(draw_figure4(numbers)).get_axes()[0]
    heights = sorted(patch.get_height() for patch in axes.patches)
    assert heights == pytest.approx(sorted(100 * table.groupby(["variant", "reference"])["similarity"].mean()))
    assert {f"{height:.0f}" for height in heights} <= set(texts(axes))


def test_figure_4_shows_negative_similarities() -> None:
    numbers = figure4_numbers(similarities().assign(similarity=-0.5))
    assert draw_figure4(numbers).get_axes()[0].get_ylim()[0] < -50.0


def test_figures_without_numbers_say_so() -> None:
    nothing = empty_table(Predictions)
    for figure in (
        draw_figure1(figure1_numbers(nothing)),
        draw_figure2(figure2_numbers(nothing, parameters())),
        draw_figure3(figure3_numbers(nothing, parameters())),
        draw_figure4(figure4_numbers(empty_table(Similarities))),
    ):
        assert "no data" in texts(drawn(figure))


def test_a_genre_with_dollar_signs_is_no_formula() -> None:
    table = table_of([prediction(track_id=f"t{k}", genre=r"$\nonsense$") for k in range(3)])
    drawn(draw_figure2(figure2_numbers(table, parameters())))


def test_drawing_leaves_matplotlibs_settings_alone() -> None:
    before = dict(rcParams)
    draw_figure1(figure1_numbers(predictions(n_runs=1)))
    assert dict(rcParams) == before


def test_ours_stand_beside_the_published_values_only_at_the_same_class_count() -> None:
    rows = [prediction(n_singers=700, is_top1=False), prediction(n_singers=1500, n_train_tracks=7, genre="HIP-HOP")]
    table, wanted = table_of(rows), parameters(figure2_min_tracks=1, figure3_buckets=[5, 10, 20])
    first = compare_figure1(figure1_numbers(table)).dropna(subset="ours")
    second = compare_figure2(figure2_numbers(table, wanted)).dropna(subset="ours")
    third = compare_figure3(figure3_numbers(table, wanted)).dropna(subset="ours")
    assert first[["mean", "ours", "difference"]].values.tolist() == [[80.9, 0.0, -80.9]]
    assert second[["group", "mean", "ours"]].values.tolist() == [["Hip-hop", 72.7, 100.0]]
    assert third[["n_singers", "mean", "ours"]].values.tolist() == [[1500, 68.1, 100.0]]


def test_similarities_stand_beside_the_published_ones() -> None:
    compared = compare_figure4(figure4_numbers(similarities()))
    assert compared["mean"].tolist() == [90.8, 89.1, 95.0, 95.0, 95.0]
    assert np.allclose(compared["difference"], compared["ours"] - compared["mean"])
