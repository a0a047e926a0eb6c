"""Singing by the energy of separated vocals, with separators whose answers are known."""

import numpy as np
import pytest

from real_cloned.vocals.detection.energy import EnergyActivityDetector
from tests.tiny import RATE


class Scaled:
    """A separator that finds `gains`, one per window of RATE samples, of the mixture to be vocals."""

    def __init__(self, *gains):
        self.gains, self.heard = np.repeat(gains, RATE), []

    def vocals(self, track_id, mixture):
        self.heard.append((track_id, mixture.shape))
        return (mixture * self.gains[: mixture.shape[1]]).astype(np.int16)


def noise(n_windows, n_channels=1):
    return np.random.default_rng(0).integers(-9000, 9000, (n_channels, n_windows * RATE)).astype(np.int16)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_probability_is_a_logistic_of_the_level_below_the_mixture(n_channels):
    listener = EnergyActivityDetector(Scaled(10 ** (-12 / 20), 10 ** (-9 / 20), 10 ** (-15 / 20)), -12.0, 3.0)
    heard = listener.probabilities("t", noise(3, n_channels), RATE)
    assert heard == pytest.approx([1 / 2, 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))], abs=2e-3)


def test_silence_holds_no_singing():
    heard = EnergyActivityDetector(Scaled(1, 1), -12.0, 2.0).probabilities("t", np.zeros((1, 2 * RATE), np.int16), RATE)
    assert heard.tolist() == [0, 0]


def test_vocals_that_are_not_there_have_a_probability_of_nearly_none():
    heard = EnergyActivityDetector(Scaled(0), -12.0, 2.0).probabilities("t", noise(1), RATE)
    assert 0 <= heard[0] < 1e-3


def test_the_separator_is_given_whole_windows_and_the_track_they_are_of():
    separator = Scaled(1, 1, 1)
    heard = EnergyActivityDetector(separator, -12.0, 2.0).probabilities("t", noise(3)[:, :-1], RATE)
    assert heard.shape == (2,)
    assert separator.heard == [("t", (1, 2 * RATE))]


def test_nothing_is_separated_for_less_than_a_window():
    separator = Scaled(1)
    assert EnergyActivityDetector(separator, -12.0, 2.0).probabilities("t", noise(1)[:, :-1], RATE).shape == (0,)
    assert separator.heard == []
