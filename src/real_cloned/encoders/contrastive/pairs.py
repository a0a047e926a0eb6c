"""Positive pairs: two segments from two different tracks of one singer, or from one track, as parameters say.

Everything is numbers: singers, tracks and segments are counted through, and a batch is drawn by arithmetic on arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters

Numbers = NDArray[np.int64]

LEVELS = {"singer": ("singer_id", "track_id"), "track": ("track_id", "segment")}
"""By sampling: what the two sides of a pair share, and in what they differ."""


@dataclass(frozen=True)
class Discographies:
    """What each group (a singer) has of different items (tracks), and which segments with singing those hold.

    items_of : (n_groups + 1,) group g has the items items_of[g] to items_of[g + 1] - 1, two or more
    segments_of : (n_items + 1,) item i has the segments segments_of[i] to segments_of[i + 1] - 1
    """

    items_of: Numbers
    segments_of: Numbers

    @property
    def n_groups(self) -> int:
        """How many singers (or tracks) pairs can be drawn of."""
        return len(self.items_of) - 1

    def draw_groups(self, count: int, rng: np.random.Generator, *, replacement: bool = False) -> Numbers:
        """Return `count` groups, all different as long as there are enough, else each as seldom as can be.

        replacement : draw each regardless of the others, as the authors' code does
        """
        if replacement:
            return rng.integers(0, self.n_groups, count)
        rounds = -(-count // self.n_groups)
        return np.concatenate([rng.permutation(self.n_groups) for _ in range(rounds)])[:count]

    def draw_pairs(self, groups: Numbers, rng: np.random.Generator) -> Numbers:
        """Return (2, n_groups) segments: both of the same group, of two of its items."""
        n_items = np.diff(self.items_of)[groups]
        first = rng.integers(0, n_items)
        second = (first + rng.integers(1, n_items)) % n_items
        return self._draw_segments(self.items_of[groups] + np.stack([first, second]), rng)

    def draw_others(self, groups: Numbers, rng: np.random.Generator) -> Numbers:
        """Return as many segments as `groups`, each of any group but the one in its place."""
        others = (groups + rng.integers(1, self.n_groups, groups.shape)) % self.n_groups
        items = self.items_of[others] + rng.integers(0, np.diff(self.items_of)[others])
        return self._draw_segments(items, rng)

    def _draw_segments(self, items: Numbers, rng: np.random.Generator) -> Numbers:
        return self.segments_of[items] + rng.integers(0, np.diff(self.segments_of)[items])


def discographies(
    tracks: pd.DataFrame, splits: pd.DataFrame, segments: pd.DataFrame, sampling: str
) -> tuple[Discographies, pd.DataFrame]:
    """Return the discographies of the tracks in `splits`, and the table of the segments that they count.

    sampling : `singer` or `track` (parameters.PretrainParameters)

    Singers of one track (or tracks of one segment) are left out. Raises RealClonedError when fewer than two are left.
    """
    group, item = LEVELS[sampling]
    used = splits[["track_id"]].merge(tracks[["track_id", "singer_id"]], on="track_id").merge(segments, on="track_id")
    used = used.assign(segment=np.arange(len(used))).sort_values(["singer_id", "track_id", "offset_s"])
    paired = used[used.groupby(group)[item].transform("nunique") >= 2].reset_index(drop=True)
    if paired[group].nunique() < 2:
        raise RealClonedError(
            f"pretraining with sampling: {sampling} needs at least 2 {_PLURALS[group]} with 2 {_PLURALS[item]} of "
            f"singing each, and found {paired[group].nunique()} among {used[group].nunique()} {_PLURALS[group]}: add "
            f"tracks to the corpus, or lower its min_vocal_share"
        )
    items = paired.drop_duplicates([group, item])
    return Discographies(_starts(items[group]), _starts(paired[item])), paired


@dataclass(frozen=True)
class PairSource:
    """One corpus to draw pairs from: who has which segments, and how they sound.

    bank : all segments, once for each stem; the last one is the accompaniment where the variant mixes
    """

    discographies: Discographies
    bank: SegmentBank

    @classmethod
    def of(
        cls, parameters: PretrainParameters, audio: AudioParameters, tracks: pd.DataFrame, splits: pd.DataFrame,
        segments: pd.DataFrame, mixtures: ShardStore, separated: ShardStore,
    ) -> PairSource:  # fmt: skip
        """Return the source of a corpus' tables and stores.

        Raises RealClonedError as `discographies` does, and when a stem that the variant hears is not there.
        """
        counted, table = discographies(tracks, splits, segments, parameters.sampling)
        stems = [*parameters.train_stems, *(["accompaniment"] if parameters.mix else [])]
        return cls(counted, SegmentBank.from_stores(table, stems, mixtures, separated, audio.segment_s))

    @property
    def n_segments(self) -> int:
        """How many segments each stem has."""
        return int(self.discographies.segments_of[-1])


_PLURALS = {"singer_id": "singers", "track_id": "tracks", "segment": "segments"}


def _starts(names: pd.Series) -> Numbers:
    """Return where each run of equal names starts, and the end."""
    changes = names.ne(names.shift()).to_numpy()
    return np.append(np.flatnonzero(changes), len(names)).astype(np.int64)
