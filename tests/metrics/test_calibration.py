"""Calibration errors, against slow loops and scikit-learn's calibration curve."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from real_cloned.metrics.calibration import (
    brier_score,
    errors_if_calibrated,
    expected_calibration_error,
    reliability_bins,
)


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


def beta(n_answers: int, seed: int = 0) -> "pd.Series[float]":
    return pd.Series(np.random.default_rng(seed).beta(4, 2, n_answers))


def alone(confidence: "pd.Series[float]") -> "pd.Series[str]":
    """Every answer about a track of its own."""
    return pd.Series([f"t{track}" for track in range(len(confidence))])


@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_that_of_a_slow_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.01, 1, 200)
    right = rng.random(200) < 0.6
    bins = reliability_bins(pd.Series(confidence), pd.Series(right))
    assert expected_calibration_error(bins) == pytest.approx(slow_error(confidence.tolist(), right.tolist()))


def test_bins_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    confidence = rng.uniform(0.01, 0.99, 500)
    right = rng.random(500) < confidence
    accuracy, mean = calibration_curve(right, confidence, n_bins=15)
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


def test_the_brier_score_is_that_of_scikit_learn() -> None:
    confidence = beta(100)
    right = pd.Series(np.random.default_rng(1).random(100) < 0.5)
    assert brier_score(confidence, right) == pytest.approx(brier_score_loss(right, confidence))


def test_the_error_by_chance_is_that_of_a_slow_loop_over_draws() -> None:
    confidence = beta(60)
    errors = errors_if_calibrated(confidence, alone(confidence), n_draws=300, seed=5)
    luck = np.concatenate(
        [rows for rng in [np.random.default_rng(5)] for rows in (rng.random((128, 60)), rng.random((128, 60)))]
    )
    for error, draw in zip(errors, luck, strict=False):
        assert error == pytest.approx(slow_error(confidence.tolist(), (draw < confidence).tolist()))
    assert len(errors) == 300


def test_the_error_of_answers_that_are_drawn_from_their_confidence_lies_in_the_range_of_chance() -> None:
    inside = []
    for seed in range(100):
        confidence = beta(200, seed)
        right = pd.Series(np.random.default_rng(1000 + seed).random(200) < confidence)
        low, high = np.percentile(errors_if_calibrated(confidence, alone(confidence), 200, seed), [2.5, 97.5])
        inside.append(low <= expected_calibration_error(reliability_bins(confidence, right)) <= high)
    assert 0.88 <= np.mean(inside) <= 1.0


def test_the_error_by_chance_falls_with_more_tracks_but_not_with_more_runs_on_the_same_tracks() -> None:
    few, many = beta(50), beta(5000)
    by_chance = errors_if_calibrated(few, alone(few), 300, 0).mean()
    assert errors_if_calibrated(many, alone(many), 300, 0).mean() < by_chance / 5
    repeated = pd.concat([few] * 10, ignore_index=True)
    tracks = pd.concat([alone(few)] * 10, ignore_index=True)
    assert errors_if_calibrated(repeated, tracks, 300, 0).mean() == pytest.approx(by_chance)


def test_certainty_has_no_error_by_chance() -> None:
    sure = pd.Series([1.0, 1.0, 0.0])
    assert errors_if_calibrated(sure, alone(sure), 10, 0).tolist() == [0.0] * 10
