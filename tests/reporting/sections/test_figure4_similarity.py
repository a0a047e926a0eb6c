"""Figure 4's numbers, and that the axes hold them."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.reporting.sections.figure4_similarity import draw_figure4, figure4_numbers, figure4_with_published
from tests.reporting.fabricated import similarities
from tests.reporting.figure_helpers import laid_out, texts


def test_figure_4_bars_are_as_high_as_the_mean_similarities() -> None:
    table = similarities()
    numbers = figure4_numbers(table)
    assert numbers["n_tracks"].tolist() == [40] * 15
    axes = laid_out(draw_figure4(numbers)).get_axes()[0]
    heights = sorted(patch.get_height() for patch in axes.patches)
    assert heights == pytest.approx(sorted(100 * table.groupby(["variant", "reference"])["similarity"].mean()))
    assert {f"{height:.0f}" for height in heights} <= set(texts(axes))


def test_figure_4_shows_negative_similarities() -> None:
    numbers = figure4_numbers(similarities().assign(similarity=-0.5))
    assert draw_figure4(numbers).get_axes()[0].get_ylim()[0] < -50.0


def test_similarities_stand_beside_the_published_ones_if_they_are_of_as_many_singers() -> None:
    numbers = figure4_numbers(similarities())
    few, as_many = (figure4_with_published(numbers.assign(n_tracks=n)) for n in (40, 7500))
    for compared in (few, as_many):
        assert compared["mean"].tolist() == [90.8, 89.1, 95.0, 95.0, 95.0]
    assert few[["ours", "difference"]].isna().all(axis=None)
    assert as_many["ours"].notna().all()
    assert np.allclose(as_many["difference"], as_many["ours"] - as_many["mean"])


@pytest.mark.parametrize("n_variants", [1, 3, 8])
def test_the_legend_of_figure_4_lies_within_it(n_variants: int) -> None:
    names = ["mfcc", "clmr", "mixture", "hybrid", "vocal", "mashup", "lstm", "speaker"][:n_variants]
    one = figure4_numbers(similarities()).query("variant == variant.iloc[0]")
    figure = laid_out(draw_figure4(pd.concat([one.assign(variant=name) for name in names])))
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width
