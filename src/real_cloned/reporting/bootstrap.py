"""How far an accuracy could move if other singers had been drawn: a bootstrap over singers.

The paper's ± is over probe seeds on one fixed split; the sampling of the singers themselves is a further, larger
uncertainty, and this is its size.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
