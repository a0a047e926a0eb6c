"""Scores of voices against enrolled singers: by centroids, normalised by a cohort or not, or by a probe.

A score is the cosine of a voice and of a singer's centroid, the mean direction of the singer's tracks, or the same
brought by AS-norm (`metrics.score_normalisation`) to deviations above the scores of other singers; or the logit of a
logistic regression between all singers. The cohort of other singers are the other enrolled ones, and those who were
added for this purpose alone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from real_cloned.identification.voices import Floats, mean_direction
from real_cloned.metrics.score_normalisation import Cohort, cohort_statistics, normalise_scores

MIN_COHORT_SINGERS = 5
"""Mean and deviation of fewer are too unsure, and scores stay cosines."""
INVERSE_REGULARISATION, MAX_ITERATIONS = 100.0, 300
"""Of the probe; the first is that of the plain classifier `logistic` in conf/base."""


@dataclass(frozen=True)
class Models:
    """What voices are compared with.

    Attributes:
        singer_ids: Of the enrolled singers.
        centroids: Mean direction of the tracks of each enrolled singer, then of each other one of the cohort.
            Shape: (n_singers + n_others, size).
        n_nearest: How many singers of the cohort count, of the nearest.
        is_normalised: Whether scores are normalised, or cosines.
    """

    singer_ids: tuple[str, ...]
    centroids: NDArray[np.float32]
    n_nearest: int
    is_normalised: bool

    @classmethod
    def from_tracks(
        cls, tracks: pd.DataFrame, averages: NDArray[np.float32], n_nearest: int, *, is_normalised: bool
    ) -> "Models":
        """Return the models of the singers of some tracks.

        Args:
            tracks: `schemas.identification.EnrolledTracks`; singer_id and is_cohort are read.
            averages: Of each track, of unit length. Shape: (n_tracks, size).
            n_nearest: How many singers of the cohort count, of the nearest.
            is_normalised: Whether scores are normalised.
        """
        rows = tracks.reset_index(drop=True)
        enrolled, others = (rows[rows["is_cohort"] == one].groupby("singer_id").indices for one in (False, True))
        centroids = [mean_direction(averages[index]) for index in (*enrolled.values(), *others.values())]
        singer_ids = tuple(str(singer_id) for singer_id in enrolled)
        return cls(singer_ids, np.stack(centroids) if centroids else averages[:0], n_nearest, is_normalised)

    def score(self, voices: NDArray[np.float32]) -> Floats:
        """Return the score of each voice against each enrolled singer. Shape: (n_voices, n_singers).

        Args:
            voices: Embeddings of unit length. Shape: (n_voices, size).
        """
        enrolled = self.centroids[: len(self.singer_ids)]
        scores = voices @ enrolled.T
        if not self.is_normalised:
            return np.asarray(scores, np.float64)
        columns = [self._normalise(scores[:, number], voices, number) for number in range(len(enrolled))]
        return np.stack(columns, axis=1) if columns else np.zeros(scores.shape)

    def resemblance(self, voices: NDArray[np.float32]) -> Floats:
        """Return the cosine of each voice to the nearest singer of all. Shape: (n_voices,).

        Args:
            voices: Embeddings of unit length. Shape: (n_voices, size).
        """
        return np.asarray((voices @ self.centroids.T).max(axis=1), np.float64)

    def _normalise(self, scores: NDArray[np.float32], voices: NDArray[np.float32], number: int) -> Floats:
        """Return the scores (n_voices,) against one singer by AS-norm; the cohort is everybody else."""
        cohort = Cohort(np.delete(self.centroids, number, axis=0), self.n_nearest)
        of_voices = cohort_statistics(voices, cohort)
        of_singer = cohort_statistics(self.centroids[number : number + 1], cohort)
        return normalise_scores(scores, of_voices, of_singer)


@dataclass(frozen=True)
class ProbeModels(Models):
    """A linear probe between all singers, those of the cohort among them; never normalised.

    Attributes:
        weights: Of each enrolled singer. Shape: (n_singers, size).
        biases: Shape: (n_singers,).
    """

    weights: NDArray[np.float64]
    biases: Floats

    @classmethod
    def from_tracks(
        cls, tracks: pd.DataFrame, averages: NDArray[np.float32], n_nearest: int, *, is_normalised: bool = False
    ) -> "ProbeModels":
        """Return the probe between the singers of some tracks.

        Args:
            tracks: `schemas.identification.EnrolledTracks` of at least two singers; singer_id and is_cohort are read.
            averages: Of each track, of unit length. Shape: (n_tracks, size).
            n_nearest: As in `Models`; the probe does not read it.
            is_normalised: The same.
        """
        base = Models.from_tracks(tracks, averages, n_nearest, is_normalised=is_normalised)
        # tracks weigh so that singers count alike: who has most recordings is not likelier to sing
        probe = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=MAX_ITERATIONS, class_weight="balanced")
        probe.fit(averages, tracks["singer_id"])
        weights, biases = probe.coef_, probe.intercept_
        if len(probe.classes_) == 2:  # one logit, that of the second
            weights, biases = np.concatenate([-weights, weights]) / 2, np.concatenate([-biases, biases]) / 2
        rows = np.searchsorted(probe.classes_, base.singer_ids)
        return cls(base.singer_ids, base.centroids, n_nearest, is_normalised, weights[rows], biases[rows])

    def score(self, voices: NDArray[np.float32]) -> Floats:
        """Return the logit of each voice for each enrolled singer. Shape: (n_voices, n_singers).

        Args:
            voices: Embeddings of unit length. Shape: (n_voices, size).
        """
        return np.asarray(voices @ self.weights.T + self.biases)


def thin_out(n_rows: int, n_kept: int) -> NDArray[np.intp]:
    """Return the numbers of at most `n_kept` of some rows, evenly spaced.

    Args:
        n_rows: How many there are.
        n_kept: How many to keep.
    """
    return np.unique(np.linspace(0, n_rows - 1, min(n_rows, n_kept)).round().astype(np.intp))
