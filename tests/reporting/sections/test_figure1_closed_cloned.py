"""Figure 1's numbers, and that the axes hold them."""

import pytest

from real_cloned.reporting.sections.figure1_closed_cloned import draw_figure1, figure1_numbers
from tests.reporting.fabricated import prediction, predictions, table_of
from tests.reporting.figure_helpers import laid_out, lines


def test_figure_1_draws_every_run_and_every_mean() -> None:
    numbers = figure1_numbers(predictions())
    panels = laid_out(draw_figure1(numbers)).get_axes()
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
