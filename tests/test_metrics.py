"""The equal error rate, against scikit-learn's ROC curve and where it is known in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_curve

from real_cloned.errors import RealClonedError
from real_cloned.metrics import equal_error_rate, error_rates


def by_scikit_learn(scores, is_same):
    """Walk along scikit-learn's ROC curve in small steps to where both errors are equal."""
    accepts, hits, _ = roc_curve(is_same, scores, drop_intermediate=False)
    way = np.linspace(0, len(accepts) - 1, 200_001)
    accepts, rejects = (np.interp(way, range(len(accepts)), rate) for rate in (accepts, 1 - hits))
    return accepts[np.argmin(np.abs(accepts - rejects))]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("distinct", [3, 20, 10_000])
def test_it_lies_on_scikit_learns_roc_curve_ties_or_not(seed, distinct):
    rng = np.random.default_rng(seed)
    same = rng.random(200) < 0.3
    scores = np.floor(rng.normal(same, 1.0) * distinct / 6)
    assert equal_error_rate(scores, same) == pytest.approx(by_scikit_learn(scores, same), abs=1e-3)


@pytest.mark.parametrize("distance", [0.5, 1.0, 3.0])
def test_two_bells_a_distance_apart_overlap_as_the_normal_distribution_says(distance):
    places = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    scores, same = np.concatenate([places, places + distance]), np.arange(40_000) >= 20_000
    assert equal_error_rate(scores, same) == pytest.approx(norm.cdf(-distance / 2), abs=1e-4)


@pytest.mark.parametrize(
    ("scores", "same", "rate"),
    [
        ([0.9, 0.8, 0.1, 0.2], [1, 1, 0, 0], 0.0),
        ([0.1, 0.2, 0.9, 0.8], [1, 1, 0, 0], 1.0),
        ([0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0], 0.5),
        ([0.5, 0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0, 0], 0.5),
        ([4, 2, 3, 1], [1, 1, 0, 0], 0.5),
        ([5, 4, 2, 3, 1, 0], [1, 1, 1, 0, 0, 0], 1 / 3),
        ([1, 0], [1, 0], 0.0),
    ],
)
def test_small_lists_of_trials_have_the_rate_that_one_counts(scores, same, rate):
    assert equal_error_rate(scores, same) == pytest.approx(rate)


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40))
def test_turning_the_scores_round_turns_the_rate_round_and_a_rising_map_leaves_it(trials):
    scores, same = (np.asarray(side) for side in zip(*trials, strict=True))
    if same.all() or not same.any():
        return
    rate = equal_error_rate(scores, same)
    assert equal_error_rate(-scores, same) == pytest.approx(1 - rate)
    assert equal_error_rate(np.exp(scores), same) == pytest.approx(rate)
    assert equal_error_rate(-scores, ~same) == pytest.approx(rate)


def test_the_rates_run_from_nothing_accepted_to_nothing_rejected():
    accepts, rejects = error_rates([3, 1, 2], [True, True, False])
    assert accepts.tolist() == [0, 0, 1, 1]
    assert rejects.tolist() == [1, 0.5, 0.5, 0]


def test_trials_of_one_kind_alone_have_no_rate():
    with pytest.raises(RealClonedError, match="of 3 trials 3 are of the same"):
        equal_error_rate([1, 2, 3], [True] * 3)


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="1 of 2 scores"):
        equal_error_rate([1, np.nan], [True, False])
