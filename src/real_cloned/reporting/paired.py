"""Is one of two better? Tests of two sets of predictions for the same singers.

The same tracks are asked for again in every run, and a singer's clones share the singer: such outcomes are not
independent, and a test that counts each as one (McNemar's, over all) finds differences in mere repetition. Singers are
independent, so singers are what is swapped and drawn here.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from real_cloned.reporting.bootstrap import BLOCK, resampled_accuracies

N_SWAPS = 9_999
MOST_EXACT = 12
"""With at most so many singers on whom the two differ, every way to swap them is tried: 4096."""
ROUNDING = 1e-9
"""Differences that lie nearer to each other than this, in percentage points, are the same."""


def singer_differences(first: pd.DataFrame, second: pd.DataFrame) -> NDArray[np.float64]:
    """Return what each singer adds to the difference in mean top-1 accuracy, (n_singers,), in percentage points.

    first, second : Predictions of one experiment each, in the same runs with as many tests of each singer

    Accuracy is the mean over runs of a run's share of hits, so the differences add up to that of the two means. A track
    belongs to the first of its singers.
    """
    return np.asarray(_shares(first).sub(_shares(second), fill_value=0.0), np.float64)


def permutation_p_value(differences: NDArray[np.float64], seed: int) -> float:
    """Return the two-sided p-value of a sum of differences: how often it is as large when swaps decide the signs.

    differences : (n_singers,), as `singer_differences` returns

    Were the two equally good at a singer, all outcomes of that singer, over tracks and runs, could as well be swapped
    between them. With few singers all swaps are tried; else N_SWAPS random ones, the one that was seen counted among
    them, so that no p-value is below 1 / 10,000.

    Source: Phipson and Smyth, "Permutation p-values should never be zero", 2010.
    """
    some = differences[np.abs(differences) > ROUNDING]
    seen = np.abs(some.sum()) - ROUNDING
    if len(some) <= MOST_EXACT:
        return float((np.abs(_all_signs(len(some)) @ some) >= seen).mean())
    rng, as_large = np.random.default_rng(seed), 1
    for start in range(0, N_SWAPS, BLOCK):
        signs = rng.choice((-1.0, 1.0), (min(BLOCK, N_SWAPS - start), len(some)))
        as_large += int((np.abs(signs @ some) >= seen).sum())
    return as_large / (N_SWAPS + 1)


def difference_interval(
    first: pd.DataFrame, second: pd.DataFrame, n_bootstrap: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return the middle `level` of the resampled differences in mean top-1 accuracy (percentage points).

    first, second : as in `singer_differences`; the same singers are drawn for both (`bootstrap.bootstrap_interval`)
    """
    draws = [resampled_accuracies(side, n_bootstrap, seed)[:, 0] for side in (first, second)]
    low, high = np.percentile(draws[0] - draws[1], [50.0 * (1.0 - level), 50.0 * (1.0 + level)])
    return float(low), float(high)


def mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test: is a fair coin as lopsided as these counts?

    only_first, only_second : tracks that one of the two got right, and the other wrong. Tracks are taken as
    independent, so it fits a single run with a track per singer. Source: McNemar, Psychometrika 12, 1947.
    """
    n_tracks = only_first + only_second
    return float(binomtest(only_first, n_tracks).pvalue) if n_tracks else 1.0


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the p-values as they are worth when so many questions are asked at once, (n,), in the given order.

    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def _shares(predictions: pd.DataFrame) -> "pd.Series[float]":
    """Return the percentage points that each singer's hits bring, averaged over runs; singers by alphabet."""
    table = pd.DataFrame({"run": predictions["run"].to_numpy(), "singer": predictions["true_ids"].str[0].to_numpy()})
    tests = table.groupby("run")["singer"].transform("size")
    points = 100.0 * predictions["is_top1"].to_numpy(float) / tests.to_numpy(float) / table["run"].nunique()
    return table.assign(points=points).groupby("singer")["points"].sum()


def _all_signs(count: int) -> NDArray[np.float64]:
    """Return every way to give signs, (2 ** count, count)."""
    bits = np.arange(2**count)[:, None] >> np.arange(count)[None] & 1
    return np.asarray(1 - 2 * bits, np.float64)
