"""How much louder sung seconds are than silent ones: on levels that are made by hand."""

import numpy as np
import pytest

from benchmarks.sung_vocals import FLOOR_DB, RATE, contrast, levels_db
from benchmarks.ultrastar import Note

NOTES = [Note(0.0, 2.0), Note(4.0, 4.6), Note(6.2, 6.5), Note(8.0, 9.0)]


def test_sung_seconds_are_compared_with_silent_ones_up_to_the_last_note():
    level_db = np.array([50.0, 60, 10, 20, 55, 30, 99, 20, 55, 99, 99])  # the seventh is sung in a third of it
    result = contrast(level_db, NOTES)
    assert result["dB"] == pytest.approx(55 - 20)
    assert result["AUC"] == 100


def test_a_second_that_is_silent_and_loud_costs_auc():
    level_db = np.array([50.0, 60, 57, 20, 55, 30, 0, 20, 55])
    assert contrast(level_db, NOTES)["AUC"] == pytest.approx(100 * (16 - 3) / 16)


def test_levels_are_those_of_whole_seconds_and_digital_silence_has_a_floor():
    samples = np.zeros((2, 2 * RATE + 5), np.int16)
    samples[:, :RATE] = 100
    assert levels_db(samples) == pytest.approx([40, FLOOR_DB])
