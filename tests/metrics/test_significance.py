"""Tests of pairs and the bootstrap, against slow loops, closed forms and what repetition must not change."""

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.metrics.significance import (
    bootstrap_interval,
    difference_interval,
    holm,
    mcnemar_p_value,
    permutation_p_value,
    resampled_accuracies,
    singer_differences,
)
from real_cloned.reporting.aggregation import accuracy_by_run
from tests.reporting.fabricated import prediction, predictions, table_of


def sides(n_singers: int = 6, n_runs: int = 2, per_singer: int = 2, seed: int = 0) -> list[pd.DataFrame]:
    """Two variants that are asked for the same tracks in the same runs; the first is right more often."""
    rng = np.random.default_rng(seed)
    tests = list(product(range(n_runs), range(n_singers), range(per_singer)))
    return [
        table_of(
            [
                prediction(
                    run=run, track_id=f"{singer}-{take}", true_ids=[f"s{singer}"], is_top1=bool(rng.random() < share)
                )
                for run, singer, take in tests
            ]
        )
        for share in (0.8, 0.5)
    ]


def accuracy(predictions: pd.DataFrame) -> float:
    """Mean over runs, in percent, by the function that the tables use."""
    return float(accuracy_by_run(predictions)["top1"].mean())


def swapped(first: pd.DataFrame, second: pd.DataFrame, singers: set[str]) -> list[pd.DataFrame]:
    """Return both with all outcomes of these singers swapped, row by row."""
    hits = [side["is_top1"].tolist() for side in (first, second)]
    for place, ids in enumerate(first["true_ids"]):
        if ids[0] in singers:
            hits[0][place], hits[1][place] = hits[1][place], hits[0][place]
    return [first.assign(is_top1=hits[0]), second.assign(is_top1=hits[1])]


@pytest.mark.parametrize("seed", range(3))
def test_the_differences_of_singers_add_up_to_that_of_the_accuracies(seed: int) -> None:
    first, second = sides(seed=seed)
    first, second = (side[(side["run"] > 0) | (side["true_ids"].str[0] != "s3")] for side in (first, second))
    assert singer_differences(first, second).sum() == pytest.approx(accuracy(first) - accuracy(second))


@pytest.mark.parametrize("seed", range(4))
def test_with_few_singers_the_p_value_is_the_share_of_all_swaps_of_rows_that_differ_as_much(seed: int) -> None:
    first, second = sides(seed=seed)
    observed = abs(accuracy(first) - accuracy(second))
    as_large = []
    for chosen in product([False, True], repeat=6):
        one, other = swapped(first, second, {f"s{singer}" for singer in range(6) if chosen[singer]})
        as_large.append(abs(accuracy(one) - accuracy(other)) >= observed - 1e-6)
    assert permutation_p_value(singer_differences(first, second), 0) == pytest.approx(np.mean(as_large))


def share_of_all_signs(differences: np.ndarray) -> float:
    """Return how many of all ways to give signs lead as far from 0, by a slow loop."""
    sums = [abs(float(np.dot(signs, differences))) for signs in product((-1.0, 1.0), repeat=len(differences))]
    return float(np.mean([one >= abs(differences.sum()) - 1e-9 for one in sums]))


@pytest.mark.parametrize("n_singers", [1, 2, 5, 13])
def test_up_to_thirteen_singers_it_is_the_share_of_all_signs_that_lead_as_far_from_0(n_singers: int) -> None:
    differences = np.random.default_rng(n_singers).normal(0.5, 1.0, n_singers)
    assert permutation_p_value(differences, 0) == pytest.approx(share_of_all_signs(differences), abs=1e-12)


def test_sums_that_differ_by_rounding_alone_count_as_equal() -> None:
    cancelling = np.random.default_rng(1).choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], 10)
    assert cancelling.sum() == 0
    assert permutation_p_value(100 / 3 / 7 / 10 * cancelling, 0) == 1.0


def test_with_many_singers_random_swaps_come_near_the_share_of_all() -> None:
    differences = np.random.default_rng(0).normal(0.5, 1.0, 14)
    exact, drawn = share_of_all_signs(differences), permutation_p_value(differences, 0)
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9_999))
    assert drawn == permutation_p_value(differences, 0) != permutation_p_value(differences, 1)


def test_a_p_value_is_never_zero() -> None:
    assert permutation_p_value(np.ones(200), 0) == pytest.approx(1 / 10_000)
    assert permutation_p_value(np.ones(3), 0) == pytest.approx(2 / 8)


def test_the_same_predictions_twice_are_no_evidence() -> None:
    first, _ = sides()
    assert permutation_p_value(singer_differences(first, first), 0) == 1.0
    assert difference_interval(first, first, 50, 0) == (0.0, 0.0)


def test_repeating_the_same_runs_adds_no_evidence() -> None:
    first, second = sides(n_runs=1)
    more = [pd.concat([side.assign(run=run) for run in range(9)], ignore_index=True) for side in (first, second)]
    once, often = (permutation_p_value(singer_differences(*pair), 0) for pair in ((first, second), more))
    assert often == pytest.approx(once)


@given(st.lists(st.integers(-4, 4), max_size=8))
def test_which_of_two_comes_first_does_not_matter(values: list[int]) -> None:
    differences = np.array(values, np.float64)
    assert permutation_p_value(differences, 0) == permutation_p_value(-differences, 0)


def test_where_nothing_differs_small_p_values_are_as_rare_as_they_say() -> None:
    rng = np.random.default_rng(0)
    p_values = np.array([permutation_p_value(rng.normal(0, 1, 9), 0) for _ in range(1000)])
    assert (p_values <= 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_the_interval_of_a_difference_equals_a_slow_loop_over_the_same_draws() -> None:
    first, second = sides()
    names = [f"s{singer}" for singer in range(6)]
    gaps = []
    for weights in np.random.default_rng(5).multinomial(6, np.full(6, 1 / 6), size=80):
        drawn = [name for name, weight in zip(names, weights, strict=True) for _ in range(weight)]
        one, other = (
            accuracy(pd.concat([side[side["true_ids"].str[0] == name] for name in drawn])) for side in (first, second)
        )
        gaps.append(one - other)
    assert difference_interval(first, second, 80, 5) == pytest.approx(tuple(np.percentile(gaps, [2.5, 97.5])))
    assert resampled_accuracies(first, 80, 5).shape == (80, 2)


@pytest.mark.parametrize(("one", "other"), [(0, 0), (5, 0), (9, 4), (3, 12), (40, 41)])
def test_mcnemars_p_value_is_the_two_tails_of_a_fair_coin(one: int, other: int) -> None:
    n_tracks, least = one + other, min(one, other)
    tail = sum(comb(n_tracks, k) for k in range(least + 1)) / 2**n_tracks
    assert mcnemar_p_value(one, other) == pytest.approx(min(1.0, 2 * tail))


def test_holms_correction_is_that_of_a_slow_reading_of_its_definition() -> None:
    p_values = np.array([0.04, 0.001, 0.03, 0.5, 0.03])
    order = sorted(range(5), key=lambda place: p_values[place])
    slow = [max(min(1.0, (5 - k) * p_values[order[k]]) for k in range(order.index(place) + 1)) for place in range(5)]
    assert holm(p_values) == pytest.approx(slow)
    assert holm(np.array([])).size == 0


def test_the_interval_of_an_accuracy_equals_a_slow_loop_over_the_same_draws() -> None:
    table = predictions(variants=("vocal",), corpora=("cloned",), class_counts=(10,))
    table = table[(table["run"] > 0) | (table["true_ids"].str[0] != "s003")]  # one singer is missing in one run
    singers = sorted({ids[0] for ids in table["true_ids"]})
    shares = np.full(len(singers), 1 / len(singers))
    accuracies = []
    for weights in np.random.default_rng(3).multinomial(len(singers), shares, size=100):
        drawn = [singer for singer, weight in zip(singers, weights, strict=True) for _ in range(weight)]
        chosen = pd.concat([table[table["true_ids"].str[0] == singer] for singer in drawn])
        accuracies.append(100 * chosen.groupby("run")["is_top1"].mean().mean())
    interval = bootstrap_interval(table, n_bootstrap=100, seed=3)
    assert interval["top1_low"] == pytest.approx(np.percentile(accuracies, 2.5))
    assert interval["top1_high"] == pytest.approx(np.percentile(accuracies, 97.5))


def test_the_interval_of_one_singer_is_a_point() -> None:
    table = table_of([prediction(), prediction(track_id="t1", is_top1=False)])
    interval = bootstrap_interval(table, n_bootstrap=20, seed=0)
    assert (interval["top1_low"], interval["top1_high"], interval["top5_low"]) == (50.0, 50.0, 100.0)
