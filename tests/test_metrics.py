"""How often scores mislead, against scikit-learn's ROC curve and where it is known in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import det_curve, roc_curve

from real_cloned.core.errors import RealClonedError
from real_cloned.metrics.verification import (
    area_under_roc,
    equal_error_rate,
    error_rates,
    false_accepts_at_detection,
    min_detection_cost,
)


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


def noisy(seed, distinct):
    """Return 200 scores, of which the 60 or so of same trials are higher by and large."""
    rng = np.random.default_rng(seed)
    same = rng.random(200) < 0.3
    return np.floor(rng.normal(same, 1.0) * distinct / 6), same


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("distinct", [3, 20, 10_000])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.9])
def test_no_threshold_costs_less_than_the_least_detection_cost(seed, distinct, share):
    scores, same = noisy(seed, distinct)
    costs = [
        share * (scores[same] < line).mean() + (1 - share) * (scores[~same] >= line).mean()
        for line in [*np.unique(scores), np.inf]
    ]
    assert min_detection_cost(scores, same, share) == pytest.approx(min(costs) / min(share, 1 - share))


def test_the_least_detection_cost_lies_on_scikit_learns_detection_error_curve():
    scores, same = noisy(0, 10_000)
    accepts, rejects, _ = det_curve(same, scores)
    assert min_detection_cost(scores, same) == pytest.approx(min(0.05 * rejects + 0.95 * accepts) / 0.05)


def test_scores_that_tell_nothing_cost_as_much_as_one_answer_for_all_and_perfect_ones_nothing():
    same = np.arange(10) < 5
    assert min_detection_cost(np.ones(10), same) == pytest.approx(1)
    assert min_detection_cost(same.astype(float), same) == 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("distinct", [3, 10_000])
def test_the_area_under_the_curve_is_that_under_both_rates_and_the_share_of_pairs_in_order(seed, distinct):
    scores, same = noisy(seed, distinct)
    gaps = scores[same][:, None] - scores[~same][None]
    accepts, rejects = error_rates(scores, same)
    assert area_under_roc(scores, same) == pytest.approx(np.trapezoid(1 - rejects, accepts))
    assert area_under_roc(scores, same) == pytest.approx((gaps > 0).mean() + 0.5 * (gaps == 0).mean())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("distinct", [3, 10_000])
@pytest.mark.parametrize("detection", [0.5, 0.95, 1.0])
def test_false_accepts_are_counted_at_the_highest_threshold_that_detects_enough(seed, distinct, detection):
    scores, same = noisy(seed, distinct)
    line = max(value for value in scores if (scores[same] >= value).mean() >= detection)
    assert false_accepts_at_detection(scores, same, detection) == pytest.approx((scores[~same] >= line).mean())


def test_nineteen_of_twenty_are_95_percent():
    scores, same = np.append(np.arange(20, 0, -1), 1.5), np.arange(21) < 20
    assert false_accepts_at_detection(scores, same) == 0


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


@pytest.mark.parametrize("measure", [equal_error_rate, area_under_roc])
def test_trials_of_one_kind_alone_have_no_rate(measure):
    with pytest.raises(RealClonedError, match="of 3 trials 3 are of the same"):
        measure([1, 2, 3], [True] * 3)


@pytest.mark.parametrize("measure", [equal_error_rate, area_under_roc])
def test_scores_that_are_no_numbers_are_refused(measure):
    with pytest.raises(ValueError, match="1 of 2 scores"):
        measure([1, np.nan], [True, False])
