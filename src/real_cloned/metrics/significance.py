"""Is one of two better? Tests of two sets of predictions for the same singers.

The same tracks are asked for again in every run, and a singer's clones share the singer: such outcomes are not
independent, and a test that counts each as one (McNemar's, over all) finds differences in mere repetition. Singers are
independent, so singers are what is swapped and drawn here.

How far an accuracy could move if other singers had been drawn: a bootstrap over singers.

The paper's ± is over probe seeds on one fixed split; the sampling of the singers themselves is a further, larger
uncertainty, and this is its size.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest, permutation_test

N_SWAPS = 9_999
DECIMALS = 9
"""Differences that agree in so many, in percentage points, are the same."""


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
    between them. With up to 13 singers, of whom there are no more than N_SWAPS ways to swap them, all are tried; else
    N_SWAPS random ones, the one that was seen counted among them, so that no p-value is below 1 / 10,000.

    Two-sided means: as far from 0, on either side. That is the greater tail of absolute sums. Scipy's own two-sided
    p-value, twice the smaller tail, is the same where all swaps are tried, but never below 2 / 10,000 elsewhere.

    Source: Phipson and Smyth, "Permutation p-values should never be zero", 2010.
    """
    some = differences[np.abs(differences) > 0.1**DECIMALS]
    if len(some) < 2:  # of which scipy wants two
        return 1.0
    swaps = {"permutation_type": "samples", "n_resamples": N_SWAPS, "batch": BLOCK, "vectorized": True}
    rng = np.random.default_rng(seed)
    return float(permutation_test((some,), _distance, alternative="greater", rng=rng, **swaps).pvalue)


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


def _distance(differences: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return how far from 0 their sum along `axis` is, of sums that should be equal the same number."""
    return np.asarray(np.abs(differences.sum(axis=axis)).round(DECIMALS), np.float64)


MEASURES = ("top1", "top5")
BLOCK = 256
"""Draws that are held in memory at a time."""


def bootstrap_interval(experiment: pd.DataFrame, n_bootstrap: int, seed: int, level: float = 0.95) -> dict[str, float]:
    """Return top1_low, top1_high, top5_low, top5_high (percent): the middle `level` of the resampled accuracies.

    experiment : Predictions of one variant, corpus and class count
    n_bootstrap : resamplings. Each draws as many singers as there are, with replacement, takes all their test tracks in
        every run (a singer drawn twice counts twice), and averages the runs' accuracies; a run without any of the drawn
        singers is left out of that average

    The same seed gives the same draws: `n_bootstrap` rows of `numpy.random.default_rng(seed).multinomial`, singers in
    alphabetical order. A track belongs to the first of its singers.
    """
    tails = [50.0 * (1.0 - level), 50.0 * (1.0 + level)]
    bounds = np.percentile(
        resampled_accuracies(experiment, n_bootstrap, seed), tails, axis=0
    )  # (low and high, measure)
    return {
        f"{measure}_{side}": float(bounds[row, column])
        for column, measure in enumerate(MEASURES)
        for row, side in enumerate(("low", "high"))
    }


def resampled_accuracies(experiment: pd.DataFrame, n_bootstrap: int, seed: int) -> NDArray[np.float64]:
    """Return the accuracies (percent) of each resampling, (n_bootstrap, 2): top-1 and top-5.

    Arguments as in `bootstrap_interval`. Two experiments on the same singers are resampled alike by the same seed.
    """
    return _resampled(_counts(experiment), n_bootstrap, seed)


def _counts(experiment: pd.DataFrame) -> pd.DataFrame:
    """Return hits and tests, one row per singer, columns (top1 | top5 | tests, run)."""
    tallied = pd.DataFrame(
        {
            "singer": [ids[0] for ids in experiment["true_ids"]],
            "run": experiment["run"].to_numpy(),
            "top1": experiment["is_top1"].to_numpy(float),
            "top5": experiment["is_top5"].to_numpy(float),
            "tests": 1.0,
        }
    )
    return tallied.pivot_table(index="singer", columns="run", aggfunc="sum", fill_value=0.0)


def _resampled(counts: pd.DataFrame, n_bootstrap: int, seed: int) -> NDArray[np.float64]:
    """Return the accuracies (percent) of each resampling: (n_bootstrap, measure)."""
    tests = counts["tests"].to_numpy(float)  # (n_singers, n_runs)
    hits = np.stack([counts[measure].to_numpy(float) for measure in MEASURES])  # (measure, n_singers, n_runs)
    accuracies = []
    for weights in _draws(len(tests), n_bootstrap, seed):  # (block, n_singers)
        drawn = weights @ tests  # (block, n_singers) @ (n_singers, n_runs) -> (block, n_runs)
        drawn[drawn == 0] = np.nan
        per_run = weights @ hits / drawn  # (measure, block, n_runs)
        accuracies.append(100.0 * np.nanmean(per_run, axis=2).T)
    return np.concatenate(accuracies)


def _draws(n_singers: int, n_bootstrap: int, seed: int) -> Iterator[NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    for start in range(0, n_bootstrap, BLOCK):
        size = min(BLOCK, n_bootstrap - start)
        yield generator.multinomial(n_singers, np.full(n_singers, 1.0 / n_singers), size=size).astype(float)
