"""What is heard of the voice in a recording: where singing is, and its embeddings."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import l2_normalise

Floats = NDArray[np.float64]

UNREADABLE, TOO_SHORT, NO_SINGING = "unreadable", "too short", "no singing found"
"""Why nothing is heard of a voice."""


@dataclass(frozen=True)
class Voice:
    """The voice in a recording.

    Attributes:
        duration_s: Duration of the recording, in seconds.
        offsets_s: Where segments with singing begin, in seconds. Shape: (n_segments,).
        durations_s: Their durations, in seconds. Shape: (n_segments,).
        embeddings: Shape: (n_segments, embedding_size), float32.
        problem: `unreadable`, `too short` or `no singing found` where there are no segments; None where there are.
        reason: More of the problem.
    """

    duration_s: float = 0.0
    offsets_s: Floats = field(default_factory=lambda: np.zeros(0))
    durations_s: Floats = field(default_factory=lambda: np.zeros(0))
    embeddings: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    problem: str | None = None
    reason: str = ""

    @property
    def sung_s(self) -> float:
        """Seconds that at least one segment covers."""
        ends, covered = np.maximum.accumulate(self.offsets_s + self.durations_s), 0.0
        before = np.concatenate([[0.0], ends[:-1]])
        covered += float(np.clip(ends - np.maximum(self.offsets_s, before), 0.0, None).sum())
        return covered


def sung_stretches(probabilities: NDArray[np.float32], window_s: float, threshold: float) -> list[tuple[float, float]]:
    """Return the stretches of a recording that hold singing, as start and end in seconds.

    Windows from the threshold on hold singing; so do their neighbours from half of it on, since a voice seldom begins
    or pauses where a window does (hysteresis thresholding).

    Args:
        probabilities: Of singing in consecutive windows. Shape: (n_windows,).
        window_s: Duration of a window, in seconds.
        threshold: Between 0 and 1.

    Example:
        >>> sung_stretches(np.array([0.1, 0.3, 0.9, 0.1, 0.8], np.float32), window_s=3.0, threshold=0.5)
        [(3.0, 9.0), (12.0, 15.0)]
    """
    is_sure = np.concatenate([[False], probabilities >= threshold, [False]])
    is_sung = is_sure[1:-1] | ((is_sure[:-2] | is_sure[2:]) & (probabilities >= threshold / 2))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_sung, [False]]).astype(np.int8)))  # starts and ends
    return [(float(start * window_s), float(end * window_s)) for start, end in edges.reshape(-1, 2)]


def mean_direction(embeddings: NDArray[np.float32], weights: Floats | None = None) -> NDArray[np.float32]:
    """Return the mean of the directions of embeddings, of unit length. Shape: (size,).

    Args:
        embeddings: Shape: (n, size), n at least 1.
        weights: Of each, such as durations; None for equal ones. Shape: (n,).
    """
    mean: NDArray[np.float32] = l2_normalise(np.average(l2_normalise(embeddings), axis=0, weights=weights)[None])[0]
    return mean
