"""Figure 2's numbers, and that the axes hold them."""

import pandas as pd
import pytest

from real_cloned.reporting.sections.figure2_genres import draw_figure2, figure2_numbers
from tests.reporting.fabricated import parameters, prediction, predictions, table_of
from tests.reporting.figure_helpers import laid_out, lines


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
    axes = laid_out(draw_figure2(numbers)).get_axes()[0]
    for genre, rows in numbers.groupby("genre"):
        assert sorted(lines(axes, str(genre))[0].get_xdata()) == pytest.approx(sorted(rows["top5"]))
        assert any(list(line.get_xdata()) == pytest.approx([rows["top5"].median()] * 2) for line in axes.get_lines())


def test_figure_2_draws_a_circle_round_an_outlying_run() -> None:
    numbers = pd.DataFrame({"genre": "Pop", "n_singers": 40, "run": range(5), "top5": [80.0, 80, 80, 80, 20]})
    axes = draw_figure2(numbers.assign(n_tracks=8, n_distinct=8)).get_axes()[0]
    circles = [line for line in axes.get_lines() if line.get_markerfacecolor() == "none"]
    assert [line.get_xdata().tolist() for line in circles] == [[20.0]]


def test_a_genre_with_dollar_signs_is_no_formula() -> None:
    table = table_of([prediction(track_id=f"t{k}", genre=r"$\nonsense$") for k in range(3)])
    laid_out(draw_figure2(figure2_numbers(table, parameters())))
