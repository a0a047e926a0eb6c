"""A corpus as the trainings of encoders take it: its tables and its audio.

The contrastive encoder makes pairs of its segments (`contrastive.pairs`), the LSTM batches of its utterances
(`lstm.data`).
"""

from dataclasses import dataclass

import pandas as pd

from real_cloned.audio.shard_store import ShardStore


@dataclass(frozen=True)
class TrainingCorpus:
    """Tables and audio of one corpus, for training or for validation.

    Attributes:
        tracks: Table `schemas.corpora.Tracks`.
        splits: Table `schemas.corpora.Splits`; only the tracks in it are used.
        segments: Table `schemas.corpora.Segments`, the segments that hold singing.
        mixtures: Store of the songs as they are, stem `mixture`.
        stems: Store of the separated stems, `vocals` and `accompaniment`.
    """

    tracks: pd.DataFrame
    splits: pd.DataFrame
    segments: pd.DataFrame
    mixtures: ShardStore
    stems: ShardStore

    def sung_segments(self) -> pd.DataFrame:
        """Return the segments of the tracks in `splits` that separation has not rejected, with the singer of each.

        Returns:
            Table of track_id, singer_id and the columns of `schemas.corpora.Segments`, in the order of `splits`.
        """
        singers = without_rejected(self.splits, self.stems)[["track_id"]].merge(
            self.tracks[["track_id", "singer_id"]], on="track_id"
        )
        return singers.merge(self.segments, on="track_id")


def without_rejected(splits: pd.DataFrame, stems: ShardStore) -> pd.DataFrame:
    """Return the tracks that separation has not rejected: no variant is given the others, so that all have the same.

    Args:
        splits: Table `schemas.corpora.Splits`.
        stems: Store of the separated stems; tracks that it does not name stay.
    """
    vocals = stems.clips[stems.clips["stem"] == "vocals"]
    return splits[~splits["track_id"].isin(vocals.loc[vocals["n_samples"] == 0, "track_id"])]
