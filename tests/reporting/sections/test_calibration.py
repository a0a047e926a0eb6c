"""The table of calibration errors, against the metrics of its rows, and the plot."""

import numpy as np
import pytest

from real_cloned.metrics.calibration import (
    brier_score,
    errors_if_calibrated,
    expected_calibration_error,
    reliability_bins,
)
from real_cloned.reporting.sections.calibration import (
    calibration_table,
    draw_reliability,
    format_temperature,
    reliability_numbers,
)
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Confidences
from tests.reporting.fabricated import confidences, parameters
from tests.reporting.figure_helpers import laid_out, lines, texts


def test_the_table_keeps_real_and_cloned_apart_and_leaves_singers_out_who_are_not_enrolled() -> None:
    table = confidences(n_runs=30)
    result = calibration_table(table, parameters())
    assert result[["corpus", "n_singers", "variant"]].values.tolist()[:2] == [
        ["closed", 10, "mixture"],
        ["closed", 10, "vocal"],
    ]
    assert len(result) == 2 * 2 * 3 and (result["n_tests"] == 30 * result["n_singers"]).all()
    one = table.query("variant == 'vocal' and corpus == 'cloned' and n_singers == 20 and is_enrolled")
    line = result.query("variant == 'vocal' and corpus == 'cloned' and n_singers == 20").iloc[0]
    assert line["accuracy"] == pytest.approx(100 * one["is_right"].mean())
    for scaling, column in (("before", "confidence"), ("after", "calibrated")):
        error = expected_calibration_error(reliability_bins(one[column], one["is_right"]))
        chance = errors_if_calibrated(one[column], one["track_id"], 300, 7)
        assert line[f"ece_{scaling}"] == pytest.approx(error)
        assert line[f"ece_expected_{scaling}"] == pytest.approx(chance.mean())
        bounds = [line[f"ece_low_{scaling}"], line[f"ece_high_{scaling}"]]
        assert bounds == pytest.approx(np.percentile(chance, [2.5, 97.5]).tolist())
        assert line[f"brier_{scaling}"] == pytest.approx(brier_score(one[column], one["is_right"]))
    assert (result["ece_after"] < result["ece_before"]).all()
    assert line["temperature"] == 2.0 and not line["is_at_bound"]


def test_the_error_of_answers_that_are_as_often_right_as_they_say_is_in_the_range_of_chance() -> None:
    result = calibration_table(confidences(n_runs=1), parameters())
    assert result["ece_after"].between(result["ece_low_after"], result["ece_high_after"]).mean() > 0.8
    assert (result["ece_low_after"] < result["ece_expected_after"]).all()
    assert (result["ece_expected_after"] < result["ece_high_after"]).all()


def test_a_temperature_at_its_bound_is_marked_in_the_table_and_on_the_page() -> None:
    result = calibration_table(confidences().assign(is_at_bound=True), parameters())
    assert result["is_at_bound"].all()
    assert format_temperature(4.0, True) == "4.00 (bound)" and format_temperature(1.2, False) == "1.20"


def test_without_confidences_there_is_an_empty_table_and_a_figure_that_says_so() -> None:
    nothing = empty_table(Confidences)
    assert list(calibration_table(nothing, parameters())) == list(calibration_table(confidences(), parameters()))
    assert list(reliability_numbers(nothing)) == list(reliability_numbers(confidences()))
    assert "no data" in texts(laid_out(draw_reliability(reliability_numbers(nothing))))


def test_the_plot_takes_the_largest_class_count_of_closed_and_cloned() -> None:
    table = confidences(corpora=("closed", "cloned", "fma"))
    numbers = reliability_numbers(table)
    assert set(numbers["n_singers"]) == {40} and set(numbers["corpus"]) == {"closed", "cloned"}
    counts = numbers.groupby(["variant", "corpus", "scaling"])["n_tests"].sum()
    assert counts.tolist() == [3 * 40] * 8


def test_the_plot_draws_the_bins_before_scaling_above_and_after_it_below() -> None:
    numbers = reliability_numbers(confidences())
    panels = laid_out(draw_reliability(numbers)).get_axes()
    places = [(scaling, corpus) for scaling in ("before", "after") for corpus in ("closed", "cloned")]
    for axes, (scaling, corpus) in zip(panels, places, strict=True):
        shown = numbers[(numbers["scaling"] == scaling) & (numbers["corpus"] == corpus)]
        for variant, rows in shown.groupby("variant"):
            line = lines(axes, f"{variant} bins")[0]
            assert line.get_xdata() == pytest.approx(rows["confidence"])
            assert line.get_ydata() == pytest.approx(rows["accuracy"])
        assert lines(axes, "perfect")[0].get_ydata().tolist() == [0, 100]
