"""Temperatures, against probabilities that are known to be right."""

import numpy as np
import pytest
from scipy.special import log_softmax

from real_cloned.metrics.calibration import apply_temperature, fit_temperature


def answers(n_segments=20000, n_classes=4, seed=0):
    """Log-probabilities that mean what they say, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    values = log_softmax(2 * rng.normal(size=(n_segments, n_classes)), axis=1)
    labels = (np.exp(values).cumsum(axis=1) < rng.random((n_segments, 1))).sum(axis=1).clip(max=n_classes - 1)
    return values, labels


def alone(labels):
    """Every segment as a track of its own."""
    return np.ones(len(labels), np.int64)


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
def test_the_temperature_by_which_calibrated_logits_were_multiplied_is_recovered(sharpness):
    values, labels = answers()
    assert fit_temperature(log_softmax(sharpness * values, axis=1), labels, alone(labels)) == pytest.approx(
        sharpness, rel=0.05
    )


def test_no_temperature_of_a_grid_gives_the_tracks_singers_a_greater_likelihood():
    values, _ = answers(n_segments=300)
    per_track = np.tile([1, 2, 3, 4], 30)
    labels = np.random.default_rng(1).integers(4, size=120).repeat(per_track)
    values[np.arange(300), labels] += 1.5
    temperature_found = fit_temperature(log_softmax(values, axis=1), labels, per_track)

    def loss(temperature):
        true = np.exp(apply_temperature(values, temperature))[np.arange(300), labels]
        return -sum(np.log(track.mean()) for track in np.split(true, np.cumsum(per_track)[:-1]))

    assert min([*np.geomspace(0.05, 20, 200), temperature_found], key=loss) == temperature_found


def test_temperature_divides_logits_and_leaves_the_order():
    logits = np.random.default_rng(0).normal(size=(5, 3))
    cooled = apply_temperature(log_softmax(logits, axis=1), 2.0)
    np.testing.assert_allclose(cooled, log_softmax(logits / 2, axis=1))
    np.testing.assert_allclose(np.exp(cooled).sum(axis=1), 1)


def test_a_probe_that_is_always_right_or_always_wrong_has_a_finite_temperature():
    values = log_softmax(np.eye(3)[[0, 1, 2]] * 5, axis=1)
    assert 0 < fit_temperature(values, np.array([0, 1, 2]), np.ones(3, int)) < 1
    assert 1 < fit_temperature(values, np.array([1, 2, 0]), np.ones(3, int)) <= 100
