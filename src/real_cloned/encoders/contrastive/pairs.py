"""Positive pairs: two segments of different tracks of one singer, or of one track, as the parameters say.

Singers, tracks and segments are numbered, so that a batch is drawn by arithmetic on arrays. In general terms a *group*
(a singer) has *items* (tracks), and an item has segments; with sampling `track` a group is a track, and each of its
items is one segment. Source: the paper, section 3.2.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PairTrainingParameters

Indices = NDArray[np.int64]

GROUP_AND_ITEM = {"singer": ("singer_id", "track_id"), "track": ("track_id", "segment")}
"""By sampling: the column that both segments of a pair share, and that in which they differ."""
PLURALS = {"singer_id": "singers", "track_id": "tracks", "segment": "segments"}


@dataclass(frozen=True)
class PairSampler:
    """Draws pairs of segments from numbered groups and items.

    Attributes:
        item_starts: Group g has the items item_starts[g] to item_starts[g + 1] - 1, two or more. Shape:
            (n_groups + 1,).
        segment_starts: Item i has the segments segment_starts[i] to segment_starts[i + 1] - 1. Shape: (n_items + 1,).
    """

    item_starts: Indices
    segment_starts: Indices

    @property
    def n_groups(self) -> int:
        """The number of singers (or tracks) that pairs can be drawn of."""
        return len(self.item_starts) - 1

    def draw_groups(self, count: int, rng: np.random.Generator, *, replacement: bool = False) -> Indices:
        """Return random groups, all different while there are enough, and as evenly distributed as can be if not.

        Args:
            count: How many are drawn.
            rng: Source of randomness.
            replacement: Draw each independently of the others, as the authors' code does.

        Returns:
            Shape (count,).
        """
        if replacement:
            return rng.integers(0, self.n_groups, count)
        rounds = -(-count // self.n_groups)
        return np.concatenate([rng.permutation(self.n_groups) for _ in range(rounds)])[:count]

    def draw_pairs(self, groups: Indices, rng: np.random.Generator) -> Indices:
        """Return a pair of segments of each group, of two different items.

        Args:
            groups: Shape: (n_pairs,).
            rng: Source of randomness.

        Returns:
            Indices of segments, shape (2, n_pairs).
        """
        n_items = np.diff(self.item_starts)[groups]  # (n_pairs,)
        first = rng.integers(0, n_items)
        second = (first + rng.integers(1, n_items)) % n_items
        return self._draw_segments(self.item_starts[groups] + np.stack([first, second]), rng)

    def draw_from_other_groups(self, groups: Indices, rng: np.random.Generator) -> Indices:
        """Return for each group a segment of any other group.

        Args:
            groups: Of any shape.
            rng: Source of randomness.

        Returns:
            Indices of segments, of the shape of `groups`.
        """
        others = (groups + rng.integers(1, self.n_groups, groups.shape)) % self.n_groups
        items = self.item_starts[others] + rng.integers(0, np.diff(self.item_starts)[others])
        return self._draw_segments(items, rng)

    def _draw_segments(self, items: Indices, rng: np.random.Generator) -> Indices:
        return self.segment_starts[items] + rng.integers(0, np.diff(self.segment_starts)[items])


def pair_sampler(corpus: TrainingCorpus, sampling: str) -> tuple[PairSampler, pd.DataFrame]:
    """Return the sampler of a corpus, and the table of the segments that it numbers.

    Singers of one track (or tracks of one segment) are left out.

    Args:
        corpus: Its tables are used.
        sampling: `singer` or `track` (`PairTrainingParameters.sampling`).

    Returns:
        The sampler; and a table of singer_id, track_id, offset_s and more, whose row k is segment k.

    Raises:
        RealClonedError: Fewer than two singers (or tracks) are left.
    """
    group, item = GROUP_AND_ITEM[sampling]
    sung = corpus.sung_segments()
    sung = sung.assign(segment=np.arange(len(sung))).sort_values(["singer_id", "track_id", "offset_s"])
    paired = sung[sung.groupby(group)[item].transform("nunique") >= 2].reset_index(drop=True)
    if paired[group].nunique() < 2:
        raise RealClonedError(
            f"pretraining with sampling: {sampling} needs at least 2 {PLURALS[group]} with 2 {PLURALS[item]} of "
            f"singing each, and found {paired[group].nunique()} among {sung[group].nunique()} {PLURALS[group]}: add "
            f"tracks to the corpus, or lower its min_vocal_share"
        )
    items = paired.drop_duplicates([group, item])
    return PairSampler(_run_starts(items[group]), _run_starts(paired[item])), paired


@dataclass(frozen=True)
class PairSource:
    """One corpus to draw pairs from: which segments its singers have, and their audio.

    Attributes:
        sampler: Draws indices of segments.
        bank: All segments once for each stem, row after row; the last stem is the accompaniment where the variant
            mixes.
    """

    sampler: PairSampler
    bank: SegmentBank

    @classmethod
    def from_corpus(
        cls, parameters: PairTrainingParameters, audio: AudioParameters, corpus: TrainingCorpus
    ) -> "PairSource":
        """Return the source of a corpus.

        Args:
            parameters: Of the variant; sampling, stems and mix are used.
            audio: Length of a segment.
            corpus: Tables and stores.

        Raises:
            RealClonedError: There are too few singers (`pair_sampler`), or a stem that the variant is trained on is
                missing from the stores.
        """
        sampler, segments = pair_sampler(corpus, parameters.sampling)
        stems = [*parameters.train_stems, *(["accompaniment"] if parameters.mix else [])]
        return cls(sampler, SegmentBank.from_stores(segments, stems, corpus.mixtures, corpus.stems, audio.segment_s))

    @property
    def n_segments(self) -> int:
        """The number of segments of each stem."""
        return int(self.sampler.segment_starts[-1])

    def fingerprint(self) -> list[bytes]:
        """Return bytes that differ where the pairs, or the audio of their segments, differ."""
        starts = (self.sampler.item_starts, self.sampler.segment_starts)
        return [self.bank.fingerprint().encode(), *(array.tobytes() for array in starts)]


def _run_starts(values: pd.Series) -> Indices:
    """Return where each run of equal values starts, and the number of values."""
    changes = values.ne(values.shift()).to_numpy()
    return np.append(np.flatnonzero(changes), len(values)).astype(np.int64)
