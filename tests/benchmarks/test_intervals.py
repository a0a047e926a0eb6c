"""Intervals of error rates over singers, by hand-made cases."""

import numpy as np

from benchmarks.intervals import error_rate_interval

SINGERS = np.array([(a, b) for a in "abcdefgh" for b in "abcdefgh" for _ in range(3)])
IS_SAME = SINGERS[:, 0] == SINGERS[:, 1]


def test_the_interval_of_scores_without_error_is_zero_and_that_of_chance_contains_a_half():
    assert error_rate_interval(IS_SAME.astype(float), IS_SAME, SINGERS) == (0.0, 0.0)
    low, high = error_rate_interval(np.random.default_rng(0).uniform(size=len(SINGERS)), IS_SAME, SINGERS)
    assert low < 0.5 < high


def test_two_singers_have_no_interval():
    few = np.isin(SINGERS, ["a", "b"]).all(axis=1)
    assert np.isnan(error_rate_interval(IS_SAME[few].astype(float), IS_SAME[few], SINGERS[few])).all()
