"""Tests of paired predictions, against slow loops, closed forms and what repetition must not change."""

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.metrics.significance import (
    bootstrap_accuracies,
    difference_interval,
    holm_correction,
    mcnemar_p_value,
    permutation_p_value,
    singer_differences,
)


def paired_predictions(n_singers: int = 6, n_runs: int = 2, per_singer: int = 2, seed: int = 0) -> list[pd.DataFrame]:
    """Return predictions of two variants for the same tracks in the same runs; the first is right more often."""
    rng = np.random.default_rng(seed)
    tracks = list(product(range(n_runs), range(n_singers), range(per_singer)))
    table = pd.DataFrame(
        [{"run": run, "track_id": f"{singer}-{take}", "true_ids": [f"s{singer}"]} for run, singer, take in tracks]
    )
    hits = [[bool(rng.random() < share) for _ in tracks] for share in (0.8, 0.5)]
    return [table.assign(is_top1=is_top1, is_top5=True) for is_top1 in hits]


def accuracy(predictions: pd.DataFrame) -> float:
    """Return the mean over runs of their top-1 accuracies, in percent."""
    return float(100.0 * predictions.groupby("run")["is_top1"].mean().mean())


def swapped(first: pd.DataFrame, second: pd.DataFrame, singers: set[str]) -> list[pd.DataFrame]:
    """Return both with the outcomes of these singers swapped, row by row."""
    hits = [side["is_top1"].tolist() for side in (first, second)]
    for row, ids in enumerate(first["true_ids"]):
        if ids[0] in singers:
            hits[0][row], hits[1][row] = hits[1][row], hits[0][row]
    return [first.assign(is_top1=hits[0]), second.assign(is_top1=hits[1])]


@pytest.mark.parametrize("seed", range(3))
def test_the_differences_of_singers_add_up_to_that_of_the_accuracies(seed: int) -> None:
    first, second = paired_predictions(seed=seed)
    first, second = (side[(side["run"] > 0) | (side["true_ids"].str[0] != "s3")] for side in (first, second))
    assert singer_differences(first, second).sum() == pytest.approx(accuracy(first) - accuracy(second))


@pytest.mark.parametrize("seed", range(4))
def test_with_few_singers_the_p_value_is_the_share_of_all_swaps_of_rows_that_differ_as_much(seed: int) -> None:
    first, second = paired_predictions(seed=seed)
    seen = abs(accuracy(first) - accuracy(second))
    as_large = []
    for chosen in product([False, True], repeat=6):
        one, other = swapped(first, second, {f"s{singer}" for singer in range(6) if chosen[singer]})
        as_large.append(abs(accuracy(one) - accuracy(other)) >= seen - 1e-6)
    assert permutation_p_value(singer_differences(first, second), 0) == pytest.approx(np.mean(as_large))


def share_of_sign_patterns(differences: np.ndarray) -> float:
    """Return the share of all sign patterns whose sum is as far from 0, by a slow loop."""
    sums = [abs(float(np.dot(signs, differences))) for signs in product((-1.0, 1.0), repeat=len(differences))]
    return float(np.mean([one >= abs(differences.sum()) - 1e-9 for one in sums]))


@pytest.mark.parametrize("n_singers", [1, 2, 5, 13])
def test_up_to_13_singers_the_p_value_is_the_share_of_sign_patterns_whose_sum_is_as_far_from_0(
    n_singers: int,
) -> None:
    differences = np.random.default_rng(n_singers).normal(0.5, 1.0, n_singers)
    assert permutation_p_value(differences, 0) == pytest.approx(share_of_sign_patterns(differences), abs=1e-12)


def test_sums_that_differ_by_rounding_alone_count_as_equal() -> None:
    cancelling = np.random.default_rng(1).choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], 10)
    assert cancelling.sum() == 0
    assert permutation_p_value(100 / 3 / 7 / 10 * cancelling, 0) == 1.0


def test_with_many_singers_random_sign_patterns_approximate_the_share_of_all() -> None:
    differences = np.random.default_rng(0).normal(0.5, 1.0, 14)
    exact, approximate = share_of_sign_patterns(differences), permutation_p_value(differences, 0)
    assert approximate == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9_999))
    assert approximate == permutation_p_value(differences, 0) != permutation_p_value(differences, 1)


def test_a_p_value_is_never_zero() -> None:
    assert permutation_p_value(np.ones(200), 0) == pytest.approx(1 / 10_000)
    assert permutation_p_value(np.ones(3), 0) == pytest.approx(2 / 8)


def test_identical_predictions_have_a_p_value_of_1_and_an_interval_of_0() -> None:
    first, _ = paired_predictions()
    assert permutation_p_value(singer_differences(first, first), 0) == 1.0
    assert difference_interval(first, first, 50, 0) == (0.0, 0.0)


def test_repeating_the_same_runs_leaves_the_p_value() -> None:
    first, second = paired_predictions(n_runs=1)
    more = [pd.concat([side.assign(run=run) for run in range(9)], ignore_index=True) for side in (first, second)]
    once, often = (permutation_p_value(singer_differences(*pair), 0) for pair in ((first, second), more))
    assert often == pytest.approx(once)


@given(st.lists(st.integers(-4, 4), max_size=8))
def test_which_of_two_comes_first_does_not_matter(values: list[int]) -> None:
    differences = np.array(values, np.float64)
    assert permutation_p_value(differences, 0) == permutation_p_value(-differences, 0)


def test_under_the_null_hypothesis_five_percent_of_p_values_are_below_5_percent() -> None:
    rng = np.random.default_rng(0)
    p_values = np.array([permutation_p_value(rng.normal(0, 1, 9), 0) for _ in range(1000)])
    assert (p_values <= 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_the_interval_equals_a_slow_loop_over_the_same_draws() -> None:
    first, second = paired_predictions()
    names = [f"s{singer}" for singer in range(6)]
    gaps = []
    for weights in np.random.default_rng(5).multinomial(6, np.full(6, 1 / 6), size=80):
        drawn = [name for name, weight in zip(names, weights, strict=True) for _ in range(weight)]
        one, other = (
            accuracy(pd.concat([side[side["true_ids"].str[0] == name] for name in drawn])) for side in (first, second)
        )
        gaps.append(one - other)
    assert difference_interval(first, second, 80, 5) == pytest.approx(tuple(np.percentile(gaps, [2.5, 97.5])))
    assert bootstrap_accuracies(first, 80, 5).shape == (80, 2)


@pytest.mark.parametrize(("one", "other"), [(0, 0), (5, 0), (9, 4), (3, 12), (40, 41)])
def test_mcnemars_p_value_is_the_two_tails_of_a_binomial_of_one_half(one: int, other: int) -> None:
    n_tracks, least = one + other, min(one, other)
    tail = sum(comb(n_tracks, k) for k in range(least + 1)) / 2**n_tracks
    assert mcnemar_p_value(one, other) == pytest.approx(min(1.0, 2 * tail))


def test_holms_correction_is_that_of_a_slow_loop_after_its_definition() -> None:
    p_values = np.array([0.04, 0.001, 0.03, 0.5, 0.03])
    order = sorted(range(5), key=lambda index: p_values[index])
    slow = [max(min(1.0, (5 - k) * p_values[order[k]]) for k in range(order.index(index) + 1)) for index in range(5)]
    assert holm_correction(p_values) == pytest.approx(slow)
    assert holm_correction(np.array([])).size == 0
