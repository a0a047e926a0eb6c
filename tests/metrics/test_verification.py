"""Error rates against scikit-learn and closed forms."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import det_curve, roc_curve

from real_cloned.core.errors import RealClonedError
from real_cloned.metrics import verification
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import (
    area_under_roc,
    equal_error_rate,
    error_rates,
    false_accept_rate_at_recall,
    min_detection_cost,
    pair_scores,
    pairwise_eer,
)


def by_scikit_learn(scores, is_same):
    """Walk along scikit-learn's ROC curve in small steps to where both errors are equal."""
    accepts, hits, _ = roc_curve(is_same, scores, drop_intermediate=False)
    way = np.linspace(0, len(accepts) - 1, 200_001)
    accepts, rejects = (np.interp(way, range(len(accepts)), rate) for rate in (accepts, 1 - hits))
    return accepts[np.argmin(np.abs(accepts - rejects))]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("distinct", [3, 20, 10_000])
def test_the_equal_error_rate_lies_on_the_roc_curve_ties_or_not(seed, distinct):
    rng = np.random.default_rng(seed)
    same = rng.random(200) < 0.3
    scores = np.floor(rng.normal(same, 1.0) * distinct / 6)
    assert equal_error_rate(scores, same) == pytest.approx(by_scikit_learn(scores, same), abs=1e-3)


@pytest.mark.parametrize("distance", [0.5, 1.0, 3.0])
def test_the_equal_error_rate_of_two_normal_distributions_is_that_of_the_closed_form(distance):
    quantiles = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    scores, same = np.concatenate([quantiles, quantiles + distance]), np.arange(40_000) >= 20_000
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
def test_no_threshold_costs_less_than_the_minimum_detection_cost(seed, distinct, share):
    scores, same = noisy(seed, distinct)
    costs = [
        share * (scores[same] < line).mean() + (1 - share) * (scores[~same] >= line).mean()
        for line in [*np.unique(scores), np.inf]
    ]
    assert min_detection_cost(scores, same, share) == pytest.approx(min(costs) / min(share, 1 - share))


def test_the_minimum_detection_cost_lies_on_scikit_learns_det_curve():
    scores, same = noisy(0, 10_000)
    accepts, rejects, _ = det_curve(same, scores)
    assert min_detection_cost(scores, same) == pytest.approx(min(0.05 * rejects + 0.95 * accepts) / 0.05)


def test_constant_scores_cost_1_and_perfect_ones_0():
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
def test_false_accepts_are_counted_at_the_highest_threshold_with_enough_recall(seed, distinct, detection):
    scores, same = noisy(seed, distinct)
    line = max(value for value in scores if (scores[same] >= value).mean() >= detection)
    assert false_accept_rate_at_recall(scores, same, detection) == pytest.approx((scores[~same] >= line).mean())


def test_nineteen_of_twenty_are_95_percent():
    scores, same = np.append(np.arange(20, 0, -1), 1.5), np.arange(21) < 20
    assert false_accept_rate_at_recall(scores, same) == 0


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40))
def test_negated_scores_complement_the_equal_error_rate_and_an_increasing_map_leaves_it(trials):
    scores, same = (np.asarray(side) for side in zip(*trials, strict=True))
    if same.all() or not same.any():
        return
    rate = equal_error_rate(scores, same)
    assert equal_error_rate(-scores, same) == pytest.approx(1 - rate)
    assert equal_error_rate(np.exp(scores), same) == pytest.approx(rate)
    assert equal_error_rate(-scores, ~same) == pytest.approx(rate)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("distinct", [3, 20, 10_000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_rates_are_exactly_those_that_one_counts_at_each_threshold(seed, distinct, dtype):
    scores, same = noisy(seed, distinct)
    scores = (scores / 7).astype(dtype)
    thresholds = [np.inf, *np.unique(scores)[::-1]]
    accepts, rejects = error_rates(scores, same)
    assert accepts.tolist() == [(scores[~same] >= threshold).sum() / (~same).sum() for threshold in thresholds]
    assert rejects.tolist() == [1 - (scores[same] >= threshold).sum() / same.sum() for threshold in thresholds]


def test_the_rates_run_from_nothing_accepted_to_nothing_rejected():
    accepts, rejects = error_rates([3, 1, 2], [True, True, False])
    assert accepts.tolist() == [0, 0, 1, 1]
    assert rejects.tolist() == [1, 0.5, 0.5, 0]


@pytest.mark.parametrize("measure", [equal_error_rate, area_under_roc])
def test_trials_of_one_kind_alone_are_refused(measure):
    with pytest.raises(RealClonedError, match="of 3 trials 3 are of the same"):
        measure([1, 2, 3], [True] * 3)


@pytest.mark.parametrize("measure", [equal_error_rate, area_under_roc])
def test_scores_that_are_not_finite_are_refused(measure):
    with pytest.raises(ValueError, match="1 of 2 scores"):
        measure([1, np.nan], [True, False])


def clips(n_singers=4, n_albums=3, per_album=2):
    rows = [(f"s{s}", f"s{s}-a{a}") for s in range(n_singers) for a in range(n_albums) for _ in range(per_album)]
    return pd.DataFrame(rows, columns=["singer_id", "album_id"])


def test_scores_are_the_cosines_of_the_pairs_and_need_no_second_matrix(monkeypatch):
    monkeypatch.setattr(verification, "BATCH_SIZE", 64)
    points = np.random.default_rng(0).normal(size=(2000, 512)).astype(np.float32)
    trials = trial_list(pd.DataFrame({"singer_id": np.arange(2000) // 5}), 250, 0)
    tracemalloc.start()
    scores = pair_scores(trials, points)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    first, second = (points[trials[side]].astype(float) for side in ("first", "second"))
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    assert scores == pytest.approx((first * second).sum(axis=1) / norms, abs=1e-6)
    assert scores.dtype == np.float32 and peak < points.nbytes / 4


def test_perfect_embeddings_have_an_equal_error_rate_of_0_whatever_their_length():
    table = clips()
    codes = table["singer_id"].factorize()[0]
    lengths = np.random.default_rng(0).uniform(0.1, 9, (24, 1))
    points = (np.eye(4)[codes] * lengths).astype(np.float32)
    assert pairwise_eer(trial_list(table, 10_000, 0), points) == 0


def test_constant_embeddings_have_an_equal_error_rate_of_one_half():
    assert pairwise_eer(trial_list(clips(), 10_000, 0), np.ones((24, 3), np.float32)) == pytest.approx(0.5)
