"""Temperatures, against probabilities that are known to be right, a slow loop, and the prior's own answer."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from real_cloned.metrics.temperature import (
    apply_temperature,
    fit_temperature,
    temperature_grid,
    track_log_likelihoods,
)
from tests.tiny import CALIBRATION, but

WEAK_PRIOR = but(CALIBRATION, prior_deviation=10.0)


def answers(n_segments=20000, n_classes=4, seed=0):
    """Log-probabilities that mean what they say, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    values = log_softmax(2 * rng.normal(size=(n_segments, n_classes)), axis=1)
    labels = (np.exp(values).cumsum(axis=1) < rng.random((n_segments, 1))).sum(axis=1).clip(max=n_classes - 1)
    return values, labels


def fit(values, labels, parameters=CALIBRATION, n_tracks=None, per_track=None):
    """Fit a temperature; every segment is a track of its own unless told otherwise."""
    per_track = np.ones(len(labels), np.int64) if per_track is None else per_track
    is_true = np.eye(values.shape[1], dtype=bool)[labels]
    rows = track_log_likelihoods(values, is_true, per_track, temperature_grid(parameters))
    return fit_temperature(rows, n_tracks or len(per_track), parameters)


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 3.5])
def test_the_temperature_by_which_many_calibrated_logits_were_multiplied_is_recovered(sharpness):
    values, labels = answers()
    fitted = fit(log_softmax(sharpness * values, axis=1), labels)
    assert fitted.value == pytest.approx(sharpness, rel=0.05) and not fitted.is_at_bound


def test_likelihoods_are_those_of_a_slow_loop_and_a_duet_counts_for_either_singer():
    values = log_softmax(np.random.default_rng(0).normal(size=(5, 3)), axis=1)
    is_true = np.array([[True, False, False], [False, True, True]])
    found = track_log_likelihoods(values, is_true, np.array([2, 3]), np.array([0.5, 2.0]))
    for column, temperature in enumerate((0.5, 2.0)):
        probs = np.exp(apply_temperature(values, temperature))
        expected = np.log([probs[:2, 0].mean(), probs[2:, 1:].sum(axis=1).mean()])
        np.testing.assert_allclose(found[:, column], expected)


def test_the_fit_is_the_maximum_of_likelihood_and_prior_of_an_optimiser():
    values, _ = answers(n_segments=300)
    per_track = np.tile([1, 2, 3, 4], 30)
    labels = np.random.default_rng(1).integers(4, size=120)
    values[np.arange(300), labels.repeat(per_track)] += 1.5
    values = log_softmax(values, axis=1)

    def loss(log_temperature):
        probs = np.exp(apply_temperature(values, np.exp(log_temperature)))[np.arange(300), labels.repeat(per_track)]
        likelihood = sum(np.log(track.mean()) for track in np.split(probs, np.cumsum(per_track)[:-1]))
        return -likelihood + 0.5 * (log_temperature / CALIBRATION.prior_deviation) ** 2

    best = minimize_scalar(loss, bounds=(-1.3, 1.3), method="bounded").x
    assert fit(values, labels, per_track=per_track).value == pytest.approx(np.exp(best), rel=0.002)


def test_few_tracks_stay_near_one_and_more_of_the_same_move_the_temperature_further():
    values, labels = answers(n_segments=2000)
    sharp = log_softmax(3.0 * values, axis=1)
    temperatures = [fit(sharp, labels, n_tracks=n_tracks).value for n_tracks in (1, 10, 100, 2000)]
    assert temperatures == sorted(temperatures)
    assert temperatures[0] < 1.3 and temperatures[-1] > 2.8


def test_runs_that_test_the_same_tracks_again_count_as_these_tracks_once():
    values, labels = answers(n_segments=40)
    once = fit(2.0 * values, labels)
    assert fit(np.tile(2.0 * values, (10, 1)), np.tile(labels, 10), n_tracks=40) == once


def test_a_few_tracks_that_are_all_right_or_one_of_which_is_wrong_keep_the_temperature_off_its_bounds():
    values, labels = log_softmax(np.eye(3)[[0, 1, 2] * 5] * 6.0, axis=1), np.tile([0, 1, 2], 5)
    all_right, one_wrong = fit(values, labels), fit(values, np.array([1, *labels[1:]]))
    assert 0.5 < all_right.value < 1.0 < one_wrong.value < 2.5
    assert not all_right.is_at_bound and not one_wrong.is_at_bound


def test_a_temperature_at_its_bound_says_so():
    values = log_softmax(np.eye(3)[[0, 1, 2] * 5], axis=1)
    low, high = fit(values, np.tile([0, 1, 2], 5), WEAK_PRIOR), fit(5.0 * values, np.tile([1, 2, 0], 5), WEAK_PRIOR)
    assert (low.value, high.value) == pytest.approx((0.25, 4.0))
    assert low.is_at_bound and high.is_at_bound


def test_without_tracks_the_temperature_is_one():
    assert fit_temperature(np.empty((0, len(temperature_grid(CALIBRATION)))), 0, CALIBRATION).value == pytest.approx(1)


def test_temperature_divides_logits_and_leaves_the_order():
    logits = np.random.default_rng(0).normal(size=(5, 3))
    cooled = apply_temperature(log_softmax(logits, axis=1), 2.0)
    np.testing.assert_allclose(cooled, log_softmax(logits / 2, axis=1))
    np.testing.assert_allclose(np.exp(cooled).sum(axis=1), 1)
