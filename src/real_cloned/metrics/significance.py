"""Is one of two models better, and how uncertain is an accuracy? Permutation tests and bootstraps over singers.

The same tracks are tested in every run, and the clones of a singer share the singer: such outcomes are not independent,
and a test that treats each as independent (McNemar's test over all of them) finds differences in mere repetition.
Singers are independent, so singers are permuted and resampled here. The ± of the paper is over probe seeds on one fixed
split; the sampling of the singers themselves is a further, larger uncertainty, which the bootstrap estimates.

Predictions are tables of `schemas.results.Predictions`. A track belongs to the first of its singers. Accuracies are in
percent, their differences in percentage points.

References:
    Phipson and Smyth, "Permutation P-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9, 2010.
    Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979.
    McNemar, "Note on the sampling error of the difference between correlated proportions", Psychometrika 12, 1947.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest, permutation_test

N_PERMUTATIONS = 9_999
DECIMALS = 9
"""Differences in percentage points that agree in so many decimals are equal."""
MEASURES = ("top1", "top5")
BATCH_SIZE = 256
"""Resamples that are held in memory at a time."""


def singer_differences(first: pd.DataFrame, second: pd.DataFrame) -> NDArray[np.float64]:
    """Return the contribution of each singer to the difference in mean top-1 accuracy, in percentage points.

    Accuracy is the mean over runs of the accuracy of each run, so the contributions sum to the difference of the means.

    Args:
        first: Predictions of one experiment.
        second: Predictions of another one, in the same runs and with as many test tracks of each singer.

    Returns:
        Shape: (n_singers,), singers in alphabetical order.
    """
    return np.asarray(_singer_points(first).sub(_singer_points(second), fill_value=0.0), np.float64)


def permutation_p_value(differences: NDArray[np.float64], seed: int) -> float:
    """Return the two-sided p-value of a paired permutation test.

    If two models were equally good at a singer, all outcomes of that singer, over tracks and runs, could be swapped
    between them, which changes the sign of the singer's difference. With up to 13 singers all sign patterns are tried;
    else `N_PERMUTATIONS` random ones, to which the observed one is added, so that no p-value is below 1 / 10,000
    (Phipson and Smyth). The statistic is the absolute sum of the differences, and the p-value its upper tail: scipy's
    own two-sided p-value is the same where all patterns are tried, but otherwise never below 2 / 10,000.

    Args:
        differences: Contribution of each singer, from `singer_differences`. Shape: (n_singers,).
        seed: Seed of the random sign patterns.

    Example:
        >>> import numpy as np
        >>> permutation_p_value(np.array([1.0, 2.0, 3.0]), seed=0)  # two of the eight sign patterns are as extreme
        0.25
    """
    nonzero = differences[np.abs(differences) > 0.1**DECIMALS]
    if len(nonzero) < 2:  # scipy needs two
        return 1.0
    options = {"permutation_type": "samples", "n_resamples": N_PERMUTATIONS, "batch": BATCH_SIZE, "vectorized": True}
    rng = np.random.default_rng(seed)
    return float(permutation_test((nonzero,), _absolute_sum, alternative="greater", rng=rng, **options).pvalue)


def mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    Tracks are treated as independent, so the test is valid for a single run with one track per singer.

    Args:
        only_first: Number of tracks that only the first model classified correctly.
        only_second: Number of tracks that only the second model classified correctly.
    """
    n_tracks = only_first + only_second
    return float(binomtest(only_first, n_tracks).pvalue) if n_tracks else 1.0


def holm_correction(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the p-values corrected for multiple comparisons by Holm's method, in the given order. Shape: (n,).

    Args:
        p_values: P-values of all tests. Shape: (n,).
    """
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def bootstrap_interval(predictions: pd.DataFrame, n_bootstrap: int, seed: int, level: float = 0.95) -> dict[str, float]:
    """Return percentile bootstrap confidence intervals of the top-1 and top-5 accuracy, in percent.

    Each resample draws as many singers as there are, with replacement, takes all their test tracks in every run (a
    singer drawn twice counts twice), and averages the accuracies of the runs; a run without any of the drawn singers is
    left out of that average. The same seed gives the same resamples: `n_bootstrap` rows of
    `numpy.random.default_rng(seed).multinomial`, singers in alphabetical order.

    Args:
        predictions: Predictions of one variant, corpus and class count.
        n_bootstrap: Number of resamples.
        seed: Seed of the resamples.
        level: Confidence level, between 0 and 1.

    Returns:
        Bounds by name: top1_low, top1_high, top5_low, top5_high.

    Example:
        >>> import pandas as pd
        >>> hits = [True, True, True, False]
        >>> predictions = pd.DataFrame(
        ...     {"run": 0, "true_ids": [["a"], ["b"], ["c"], ["d"]], "is_top1": hits, "is_top5": True}
        ... )
        >>> bootstrap_interval(predictions, n_bootstrap=200, seed=0)
        {'top1_low': 50.0, 'top1_high': 100.0, 'top5_low': 100.0, 'top5_high': 100.0}
    """
    tails = [50.0 * (1.0 - level), 50.0 * (1.0 + level)]
    bounds = np.percentile(bootstrap_accuracies(predictions, n_bootstrap, seed), tails, axis=0)  # (2, n_measures)
    return {
        f"{measure}_{bound}": float(bounds[row, column])
        for column, measure in enumerate(MEASURES)
        for row, bound in enumerate(("low", "high"))
    }


def difference_interval(
    first: pd.DataFrame, second: pd.DataFrame, n_bootstrap: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return the bootstrap confidence interval of the difference in mean top-1 accuracy, in percentage points.

    The same singers are drawn for both.

    Args:
        first: Predictions of one experiment.
        second: Predictions of another one, in the same runs and with as many test tracks of each singer.
        n_bootstrap: Number of resamples, as in `bootstrap_interval`.
        seed: Seed of the resamples.
        level: Confidence level, between 0 and 1.

    Returns:
        Lower and upper bound.
    """
    top1 = [bootstrap_accuracies(predictions, n_bootstrap, seed)[:, 0] for predictions in (first, second)]
    low, high = np.percentile(top1[0] - top1[1], [50.0 * (1.0 - level), 50.0 * (1.0 + level)])
    return float(low), float(high)


def bootstrap_accuracies(predictions: pd.DataFrame, n_bootstrap: int, seed: int) -> NDArray[np.float64]:
    """Return the top-1 and top-5 accuracy of each resample, in percent. Shape: (n_bootstrap, 2).

    Two experiments on the same singers have the same resamples for the same seed.

    Args:
        predictions: Predictions of one variant, corpus and class count.
        n_bootstrap: Number of resamples, as in `bootstrap_interval`.
        seed: Seed of the resamples.
    """
    counts = _count_hits(predictions)
    tests = counts["tests"].to_numpy(float)  # (n_singers, n_runs)
    hits = np.stack([counts[measure].to_numpy(float) for measure in MEASURES])  # (n_measures, n_singers, n_runs)
    accuracies = []
    for weights in _multinomial_batches(len(tests), n_bootstrap, seed):  # (batch, n_singers)
        n_tests = weights @ tests  # (batch, n_singers) @ (n_singers, n_runs) -> (batch, n_runs)
        n_tests[n_tests == 0] = np.nan
        per_run = weights @ hits / n_tests  # (n_measures, batch, n_runs)
        accuracies.append(100.0 * np.nanmean(per_run, axis=2).T)  # (batch, n_measures)
    return np.concatenate(accuracies)


def _singer_points(predictions: pd.DataFrame) -> "pd.Series[float]":
    """Return the percentage points that the hits of each singer add to the accuracy; singers in alphabetical order."""
    table = pd.DataFrame({"run": predictions["run"].to_numpy(), "singer": predictions["true_ids"].str[0].to_numpy()})
    tests = table.groupby("run")["singer"].transform("size")
    points = 100.0 * predictions["is_top1"].to_numpy(float) / tests.to_numpy(float) / table["run"].nunique()
    return table.assign(points=points).groupby("singer")["points"].sum()


def _absolute_sum(differences: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return the absolute sum along `axis`, rounded so that sums that should be equal are equal."""
    return np.asarray(np.abs(differences.sum(axis=axis)).round(DECIMALS), np.float64)


def _count_hits(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of hits and of tests, a row per singer, columns (top1 | top5 | tests, run)."""
    counts = pd.DataFrame(
        {
            "singer": [ids[0] for ids in predictions["true_ids"]],
            "run": predictions["run"].to_numpy(),
            "top1": predictions["is_top1"].to_numpy(float),
            "top5": predictions["is_top5"].to_numpy(float),
            "tests": 1.0,
        }
    )
    return counts.pivot_table(index="singer", columns="run", aggfunc="sum", fill_value=0.0)


def _multinomial_batches(n_singers: int, n_bootstrap: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each singer is drawn in each resample. Shape: (at most BATCH_SIZE, n_singers)."""
    rng = np.random.default_rng(seed)
    for start in range(0, n_bootstrap, BATCH_SIZE):
        size = min(BATCH_SIZE, n_bootstrap - start)
        yield rng.multinomial(n_singers, np.full(n_singers, 1.0 / n_singers), size=size).astype(float)
