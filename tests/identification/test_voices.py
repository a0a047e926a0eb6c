"""Where singing is, and how long."""

import numpy as np
import pytest

from real_cloned.identification.voices import Voice, sung_stretches


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([], []),
        ([0.2, 0.4], []),
        ([0.6, 0.6], [(0.0, 6.0)]),
        ([0.4, 0.6, 0.1], [(0.0, 6.0)]),
        ([0.4, 0.4, 0.6], [(3.0, 9.0)]),  # only neighbours of a sure window
        ([0.9, 0.3, 0.9], [(0.0, 9.0)]),
        ([0.9, 0.2, 0.9], [(0.0, 3.0), (6.0, 9.0)]),
    ],
)
def test_a_window_beside_a_sung_one_is_sung_from_half_of_the_threshold_on(probabilities, expected):
    assert sung_stretches(np.array(probabilities, np.float32), window_s=3.0, threshold=0.5) == expected


def test_segments_that_overlap_are_counted_once():
    heard = Voice(30.0, np.array([0.0, 5.0, 20.0]), np.array([10.0, 10.0, 3.0]), np.ones((3, 2), np.float32))
    assert heard.sung_s == 18.0
    assert Voice().sung_s == 0.0
