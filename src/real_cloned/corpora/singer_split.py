"""One source that serves as closed, validation and train corpus at once, divided by singers (parameter `draw`).

Paper, section 3.1: songs without enough singing are left out first. Of the singers who still have seven, 7500 are drawn
to be identified; the others train and validate the encoders. So the source is decoded and filtered as a whole, as the
pool, and its singers are drawn by the tracks that are left.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.duplicates import remove_duplicates
from real_cloned.corpora.leakage import remove_leakage
from real_cloned.corpora.splits import min_tracks, split_tracks
from real_cloned.parameters.ingest import CorpusParameters, SingerSplit
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import PublishedSplits

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pool:
    """What is known of a source before its singers are drawn.

    Attributes:
        tracks: The decoded tracks of all singers (`schemas.corpora.Tracks`).
        segments: Their sung segments (`schemas.corpora.Segments`); a track without any is not used.
        rejected: What was left out so far (`schemas.corpora.Rejected`).
        duplicates: Pairs of the same recording (`schemas.corpora.Duplicates`), the pool's under the name of the
            training corpus.
    """

    tracks: pd.DataFrame
    segments: pd.DataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame

    @property
    def usable(self) -> pd.DataFrame:
        """The tracks that have sung segments (`schemas.corpora.Tracks`)."""
        return self.tracks[self.tracks["track_id"].isin(self.segments["track_id"])]


@dataclass(frozen=True)
class DrawnCorpus:
    """The tables of one part of a pool.

    Attributes:
        tracks: Its tracks (`schemas.corpora.Tracks`).
        segments: Their sung segments (`schemas.corpora.Segments`).
        splits: The tracks that are used, and their roles (`schemas.corpora.Splits`).
        rejected: What was left out (`schemas.corpora.Rejected`); what has no known singer is in the training corpus.
    """

    tracks: pd.DataFrame
    segments: pd.DataFrame
    splits: pd.DataFrame
    rejected: pd.DataFrame


def draw_singers(pool: Pool, parts: Mapping[str, CorpusParameters]) -> dict[str, DrawnCorpus]:
    """Draw the singers of each part by their usable tracks, and assign the roles of their tracks.

    Each singer has one part. Where two parts have a singer of the same name, or another corpus has a recording of the
    training or validation singers, the pretraining loses the tracks, as between any two corpora.

    Args:
        pool: The source.
        parts: The corpus that takes each part: `train`, and where there are any `validation` and `closed`. The draw
            and its seed are those of `train`.

    Returns:
        The tables of each part.

    Raises:
        RealClonedError: A part gets no singer, or fewer than two of its singers have enough tracks.
    """
    singers = _draw_parts(pool, parts)
    part_of_track = pool.tracks["singer_id"].map(lambda singer: singers.get(singer, "train"))
    tracks = {part: pool.tracks[part_of_track == part].reset_index(drop=True) for part in parts}
    listed = {corpus.name: tracks[part].assign(id_space="pool") for part, corpus in parts.items()}
    part_of_rejected = pool.rejected["track_id"].map(dict(zip(pool.tracks["track_id"], part_of_track, strict=True)))
    rejected = {part: pool.rejected[part_of_rejected.fillna("train") == part] for part in parts}
    return {part: _drawn_corpus(pool, listed, rejected[part], corpus) for part, corpus in parts.items()}


def assign_parts(track_counts: "pd.Series[int]", split: SingerSplit, seed: int) -> dict[str, str]:
    """Assign each singer at random to `closed`, `validation` or `train`; the same seed and counts give the same parts.

    Args:
        track_counts: (n_singers,) number of usable tracks, indexed by singer id.
        split: How many singers each part takes, and how many tracks a closed singer needs.
        seed: Seed of the draw.

    Returns:
        The part of each singer, by singer id.
    """
    shuffled = np.random.default_rng(seed).permutation(sorted(track_counts.index)).tolist()
    eligible = [singer for singer in shuffled if track_counts[singer] >= split.min_tracks]
    closed = set(eligible[: to_count(split.closed, len(eligible))])
    others = [singer for singer in shuffled if singer not in closed]
    validation = set(others[: to_count(split.validation, len(others))])
    return {
        singer: "closed" if singer in closed else "validation" if singer in validation else "train"
        for singer in shuffled
    }


def to_count(amount: int | float, total: int) -> int:
    """Return how many of `total` an amount means, as scikit-learn reads `train_size`.

    Args:
        amount: An int is a number, a float is a share in [0, 1].
        total: How many there are; the result is never larger.
    """
    return min(amount, total) if isinstance(amount, int) else round(amount * total)


def _draw_parts(pool: Pool, parts: Mapping[str, CorpusParameters]) -> dict[str, str]:
    """Return the part of each singer who has enough usable tracks for one; log how many singers each part gets."""
    draw, counts = parts["train"].draw, pool.usable["singer_id"].value_counts()
    assert draw is not None  # a pool is made of corpora with `draw`
    counts = counts[counts >= min_tracks(parts["train"])]
    minimum = max(draw.min_tracks, min_tracks(parts["closed"])) if "closed" in parts else draw.min_tracks
    singers = assign_parts(counts, draw.model_copy(update={"min_tracks": minimum}), parts["train"].seed)
    n_singers = {part: list(singers.values()).count(part) for part in parts}
    n_eligible = int((counts >= minimum).sum())
    for part, corpus in parts.items():
        if not n_singers[part] and len(pool.tracks):
            raise RealClonedError(
                f"corpora.{corpus.name}: `draw` leaves no singer for {part}. Of {pool.tracks['singer_id'].nunique()} "
                f"singers {len(counts)} have at least {min_tracks(parts['train'])} tracks with enough singing, and "
                f"{n_eligible} the {minimum} that a closed singer needs; the draw takes {draw.closed} of these as "
                f"closed, and of the others {draw.validation} for validation"
            )
    if isinstance(draw.closed, int) and n_eligible < draw.closed:
        logger.warning(
            "%s: %d closed singers are asked, only %d have %d tracks with enough singing",
            *(parts["closed"].name, draw.closed, n_eligible, minimum),
        )
    return singers


def _drawn_corpus(
    pool: Pool, listed: Mapping[str, pd.DataFrame], rejected: pd.DataFrame, corpus: CorpusParameters
) -> DrawnCorpus:
    tracks, leaked = remove_leakage(listed, corpus)
    repeated = rejected.iloc[:0]
    if corpus.split != "probe":
        pairs = pool.duplicates[pool.duplicates["other_corpus"].isin(listed)].assign(other_corpus=corpus.name)
        tracks, repeated = remove_duplicates(tracks, pairs, corpus.model_copy(update={"draw": None}))
    segments = pool.segments[pool.segments["track_id"].isin(tracks["track_id"])].reset_index(drop=True)
    splits, without_role = split_tracks(tracks, segments, empty_table(PublishedSplits), corpus)
    left_out = pd.concat([rejected, leaked, repeated, without_role], ignore_index=True)
    return DrawnCorpus(tracks, segments, splits, left_out)
