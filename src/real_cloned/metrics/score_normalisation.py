"""Adaptive score normalisation (AS-norm): scores of a verification, measured by those of other people.

A cosine says little by itself: some voices are near to everybody, and a band or a codec brings all embeddings together.
Each of the two embeddings of a trial is compared with a cohort, embeddings of other singers made under the same
condition. Its nearest ones give the mean and the deviation in which the trial's score is expressed; both sides are
averaged.

Source: Matejka et al., "Analysis of score normalization in multilingual speaker recognition", Interspeech 2017,
section 2 (adaptive S-norm, variant 1), https://www.isca-archive.org/interspeech_2017/matejka17_interspeech.html.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import l2_normalise
from real_cloned.metrics.verification import pair_scores

BATCH_SIZE = 4096
"""Embeddings whose similarities to the cohort are in memory at a time."""
MIN_DEVIATION = 1e-6
"""Of a cohort whose members are all equally near."""


@dataclass(frozen=True)
class Cohort:
    """Other singers to normalise scores by.

    Attributes:
        embeddings: One of each singer, of any length, made under the condition of the trials. Shape: (n_cohort, size).
        n_nearest: Singers that count, of those that are nearest to an embedding; in a smaller cohort all.
    """

    embeddings: NDArray[np.float32]
    n_nearest: int


@dataclass(frozen=True)
class CohortStatistics:
    """How near embeddings are to the nearest members of a cohort.

    Attributes:
        means: Mean cosine of each embedding to its nearest members. Shape: (n,).
        deviations: Standard deviation of these cosines. Shape: (n,).
    """

    means: NDArray[np.float64]
    deviations: NDArray[np.float64]


def cohort_statistics(embeddings: NDArray[np.float32], cohort: Cohort) -> CohortStatistics:
    """Return how near each embedding is to its nearest members of the cohort.

    Args:
        embeddings: Of any length. Shape: (n, size).
        cohort: Other singers than those that are compared.

    Raises:
        ValueError: The cohort has fewer than two members: a deviation needs two.
    """
    n_cohort = len(cohort.embeddings)
    if n_cohort < 2:
        raise ValueError(f"a cohort needs at least two singers, got {n_cohort}")
    others, n_used = l2_normalise(cohort.embeddings).T, min(cohort.n_nearest, n_cohort)  # (size, n_cohort)
    parts = []
    for start in range(0, len(embeddings), BATCH_SIZE):
        cosines = l2_normalise(embeddings[start : start + BATCH_SIZE]) @ others  # (batch, n_cohort)
        nearest = np.partition(cosines, -n_used, axis=1)[:, -n_used:].astype(np.float64)  # (batch, n_used)
        parts.append(np.stack([nearest.mean(axis=1), nearest.std(axis=1)]))
    means, deviations = np.concatenate([np.zeros((2, 0)), *parts], axis=1)
    return CohortStatistics(means, deviations.clip(min=MIN_DEVIATION))


def normalise_scores(
    scores: NDArray[np.float32], first: CohortStatistics, second: CohortStatistics
) -> NDArray[np.float64]:
    """Return scores by AS-norm: the mean of the score in deviations above either side's cohort.

    Args:
        scores: Cosine of each trial. Shape: (n_trials,).
        first: Of the first embedding of each trial; arrays of shape (n_trials,), or (1,) where it is always the same.
        second: Of the second embedding of each trial.

    Returns:
        Shape (n_trials,); 0 is as near as the cohort is.
    """
    sides = [(scores - side.means) / side.deviations for side in (first, second)]
    return np.asarray((sides[0] + sides[1]) / 2, np.float64)


def normalised_pair_scores(
    trials: pd.DataFrame, embeddings: NDArray[np.float32], cohort: Cohort
) -> NDArray[np.float64]:
    """Return the cosines of trials by AS-norm.

    Args:
        trials: Table of `metrics.trials.trial_list`.
        embeddings: An embedding of any length per clip. Shape: (n_clips, size).
        cohort: Other singers, none of whom is in a trial.

    Returns:
        Shape (n_trials,).

    Raises:
        ValueError: The cohort has fewer than two members.

    Example:
        >>> trials = pd.DataFrame({"first": [0, 0], "second": [1, 2], "is_same": [True, False]})
        >>> clips = np.array([[1.0, 0.1, 0.0], [1.0, 0.0, 0.1], [0.0, 1.0, 1.0]], np.float32)
        >>> others = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5]], np.float32)
        >>> normalised_pair_scores(trials, clips, Cohort(others, n_nearest=2)).round(1).tolist()
        [7.1, -10.9]
    """
    statistics = cohort_statistics(embeddings, cohort)
    sides = [
        CohortStatistics(statistics.means[rows], statistics.deviations[rows])
        for rows in (trials["first"].to_numpy(), trials["second"].to_numpy())
    ]
    return normalise_scores(pair_scores(trials, embeddings), *sides)
