"""Which segments a run of the probe sees: the random draws, as places in the corpus' matrix of embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


class Ragged:
    """Lists of different lengths, from which random members are drawn all at once."""

    def __init__(self, lists: Sequence[Places]):
        self.members, self.counts = np.concatenate(lists), np.array([len(one) for one in lists])
        self.starts = np.cumsum(self.counts) - self.counts

    def draw(self, which: Places, rng: np.random.Generator) -> Places:
        """Return a random member of each of the lists `which` (of any shape)."""
        return np.asarray(self.members[self.starts[which] + rng.integers(self.counts[which])])


@dataclass(frozen=True)
class LabelledTracks:
    """Tracks with the class of each: rows[i] are the places of track i's segments, and labels[i] its class."""

    rows: list[Places]
    labels: Places

    def draw(self, shape: tuple[int, ...], balance: str, rng: np.random.Generator) -> tuple[Places, Places]:
        """Return the places of random segments, and their labels, both of this shape.

        balance : what is as likely as any other: `singers` (then one of the singer's tracks, then one of its segments)
            or `tracks` (then one of its segments)
        """
        if balance == "singers":
            tracks = self._by_class.draw(rng.integers(len(self._by_class.counts), size=shape), rng)
        else:
            tracks = rng.integers(len(self.rows), size=shape)
        return self._by_track.draw(tracks, rng), self.labels[tracks]

    def fixed(self, per_track: int, rng: np.random.Generator) -> tuple[Places, Places]:
        """Return `per_track` random segments of every track (all, where it has no more), (n,), and their labels."""
        chosen = [rng.permutation(rows)[:per_track] for rows in self.rows]
        return np.concatenate(chosen), np.repeat(self.labels, [len(rows) for rows in chosen])

    @cached_property
    def _by_track(self) -> Ragged:
        return Ragged(self.rows)

    @cached_property
    def _by_class(self) -> Ragged:
        return Ragged([np.flatnonzero(self.labels == label) for label in np.unique(self.labels)])


@dataclass(frozen=True)
class Run:
    """What one run learns from, and the seed of everything random in it."""

    train: LabelledTracks
    validation: LabelledTracks
    n_classes: int
    seed: int

    def batches(self) -> np.random.Generator:
        """Return the random numbers that draw the batches."""
        return np.random.default_rng(self.seed)

    def held_out(self, per_track: int) -> tuple[Places, Places]:
        """Return the places and labels of the run's validation segments, `per_track` of each validation track."""
        return self.validation.fixed(per_track, np.random.default_rng([self.seed, 1]))
