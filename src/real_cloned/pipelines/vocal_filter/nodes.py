"""Doors to the vocal filter, to its detector's training, and to the choice of tracks."""

import pandas as pd

from real_cloned.artifacts.weights import Weights
from real_cloned.audio.shard_store import ShardStore
from real_cloned.corpora.readers.published_splits import published_segments
from real_cloned.corpora.splits import split_tracks
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters, VocalFilterParameters
from real_cloned.pipelines.names import CORPORA
from real_cloned.reporting.stage_tables import filter_table
from real_cloned.vocals.detection.inference import find_vocal_segments
from real_cloned.vocals.detection.training import train_vocal_detector


def find_segments(
    audio: ShardStore,
    tracks: pd.DataFrame,
    published: pd.DataFrame,
    corpus: CorpusParameters,
    segment: AudioParameters,
    parameters: VocalFilterParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the segments with singing, and the tracks with too little of it; published segments stand as they are."""
    if published.empty:
        return find_vocal_segments(audio, tracks, corpus, segment, parameters)
    return published_segments(published, tracks, segment.segment_s)


def assign_roles(
    tracks: pd.DataFrame,
    segments: pd.DataFrame,
    published: pd.DataFrame,
    unreadable: pd.DataFrame,
    unvoiced: pd.DataFrame,
    corpus: CorpusParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the used tracks with their roles, and every track that is left out, with the reason."""
    splits, without_role = split_tracks(tracks, segments, published, corpus)
    return splits, pd.concat([unreadable, unvoiced, without_role], ignore_index=True)


def summarise(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return what the stage kept and left out, from the tracks, splits, segments and rejected of all corpora."""
    kinds = [tables[start : start + len(CORPORA)] for start in range(0, len(tables), len(CORPORA))]
    return filter_table(*(dict(zip(CORPORA, kind, strict=True)) for kind in kinds))


def train_detector(stems: ShardStore, truth: pd.DataFrame, parameters: DetectorTrainingParameters) -> Weights:
    """Return the vocal detector, trained on the demo's ground truth."""
    return train_vocal_detector(stems, truth, parameters)
