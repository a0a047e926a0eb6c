"""Calibration and its plot, against a slow loop and scikit-learn's calibration curve."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve

from real_cloned.reporting.sections.calibration import (
    calibration_table,
    draw_reliability,
    expected_calibration_error,
    reliability_bins,
    reliability_numbers,
)
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Confidences
from tests.reporting.fabricated import confidences
from tests.reporting.figure_helpers import laid_out, lines, texts


def slow_error(confidence: list[float], right: list[bool]) -> float:
    """Guo et al., equation 3, word for word, in percentage points."""
    total = 0.0
    for k in range(15):
        members = [place for place, value in enumerate(confidence) if k / 15 < value <= (k + 1) / 15]
        if members:
            accuracy = sum(right[place] for place in members) / len(members)
            mean = sum(confidence[place] for place in members) / len(members)
            total += len(members) / len(confidence) * abs(accuracy - mean)
    return 100 * total


@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_that_of_a_slow_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.01, 1, 200)
    right = rng.random(200) < 0.6
    bins = reliability_bins(pd.Series(confidence), pd.Series(right))
    assert expected_calibration_error(bins) == pytest.approx(slow_error(confidence.tolist(), right.tolist()))


def test_the_bins_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    confidence, right = rng.random(500), rng.random(500) < 0.5
    accuracy, mean = calibration_curve(right, confidence, n_bins=15, strategy="uniform")
    bins = reliability_bins(pd.Series(confidence), pd.Series(right))
    assert (bins["accuracy"] / 100).tolist() == pytest.approx(accuracy.tolist())
    assert (bins["confidence"] / 100).tolist() == pytest.approx(mean.tolist())
    assert bins["n_tests"].sum() == 500


def test_confidences_of_0_and_1_lie_in_the_first_and_the_last_bin() -> None:
    bins = reliability_bins(pd.Series([0.0, 1.0, 1 / 15]), pd.Series([False, True, False]))
    assert bins[["bin", "n_tests"]].values.tolist() == [[0, 2], [14, 1]]


def test_certainty_that_is_always_wrong_errs_by_100_points_and_that_is_right_by_none() -> None:
    sure = pd.Series([1.0] * 4)
    assert expected_calibration_error(reliability_bins(sure, pd.Series([False] * 4))) == 100.0
    assert expected_calibration_error(reliability_bins(sure, pd.Series([True] * 4))) == 0.0


def test_the_table_keeps_real_and_cloned_apart_and_leaves_singers_out_who_are_not_enrolled() -> None:
    table = confidences(n_runs=30)
    result = calibration_table(table)
    assert result[["corpus", "n_singers", "variant"]].values.tolist()[:2] == [
        ["closed", 10, "mixture"],
        ["closed", 10, "vocal"],
    ]
    assert len(result) == 2 * 2 * 3 and (result["n_tests"] == 30 * result["n_singers"]).all()
    one = table.query("variant == 'vocal' and corpus == 'cloned' and n_singers == 20 and is_enrolled")
    line = result.query("variant == 'vocal' and corpus == 'cloned' and n_singers == 20").iloc[0]
    assert line["accuracy"] == pytest.approx(100 * one["is_right"].mean())
    assert line["ece_before"] == pytest.approx(slow_error(one["confidence"].tolist(), one["is_right"].tolist()))
    assert line["ece_after"] == pytest.approx(slow_error(one["calibrated"].tolist(), one["is_right"].tolist()))
    assert (result["ece_after"] < result["ece_before"]).all()
    assert line["temperature"] == pytest.approx(one.groupby("run")["temperature"].first().mean())


def test_without_confidences_there_is_an_empty_table_and_a_figure_that_says_so() -> None:
    nothing = empty_table(Confidences)
    assert list(calibration_table(nothing)) == list(calibration_table(confidences()))
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
