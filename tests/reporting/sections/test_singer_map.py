"""The map of singers: who is next to whom, and that the axes hold the numbers."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.reporting.sections.singer_map import (
    draw_singer_map,
    draw_singer_maps,
    singer_map_numbers,
    singer_map_table,
)


def averages(n_singers: int = 5, per_singer: int = 6) -> pd.DataFrame:
    """Return embeddings of singers that are far apart, shuffled."""
    rng = np.random.default_rng(0)
    rows = [
        {"singer_id": f"${singer}", "embedding": (np.eye(8)[singer] + rng.normal(0, 0.05, 8)).tolist()}
        for singer in range(n_singers)
        for _ in range(per_singer)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def test_the_nearest_neighbour_on_the_map_is_of_the_same_singer() -> None:
    numbers = singer_map_numbers(averages())
    places = numbers[["x", "y"]].to_numpy()
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(len(places))
    assert (numbers["singer_id"].to_numpy()[distances.argmin(axis=1)] == numbers["singer_id"].to_numpy()).all()


def test_the_seed_decides_where_they_lie() -> None:
    first, again, other = (singer_map_numbers(averages(), seed) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


@pytest.mark.parametrize("n_rows", [0, 1, 2])
def test_too_few_points_have_no_map_and_the_figure_says_so(n_rows: int) -> None:
    figure = draw_singer_map(singer_map_numbers(averages()[:n_rows]))
    assert "no data" in {text.get_text() for text in figure.get_axes()[0].texts}


def test_three_points_are_enough() -> None:
    assert len(singer_map_numbers(averages(3, 1))) == 3


def test_every_singer_has_a_colour_and_a_name_and_the_points_of_the_numbers() -> None:
    numbers = singer_map_numbers(averages())
    figure = draw_singer_map(numbers)
    figure.draw_without_rendering()
    axes = figure.get_axes()[0]
    assert len({line.get_color() for line in axes.get_lines()}) == 5
    for line, (_, rows) in zip(axes.get_lines(), numbers.groupby("singer_id"), strict=True):
        assert line.get_xdata() == pytest.approx(rows["x"])
    assert {text.get_text() for text in axes.texts} == {rf"\${singer}" for singer in range(5)}


def test_every_variant_that_embedded_singers_has_a_panel_in_which_they_keep_their_colours() -> None:
    table = singer_map_table({"speaker": averages()[:0], "lstm": averages(4, 1), "vocal": averages(4, 1)})
    assert table["variant"].tolist() == ["vocal"] * 4 + ["lstm"] * 4
    panels = draw_singer_maps(table).get_axes()
    assert [axes.get_title() for axes in panels] == ["Vocal", "LSTM"]
    assert [line.get_color() for line in panels[0].get_lines()] == [line.get_color() for line in panels[1].get_lines()]


def test_without_any_singers_the_maps_say_so() -> None:
    figure = draw_singer_maps(singer_map_table({"speaker": averages()[:0]}))
    assert "no data" in {text.get_text() for text in figure.get_axes()[0].texts}
