"""Doors to the vocal detector and to the choice of tracks."""

import pandas as pd

from real_cloned.audio.store import ShardStore
from real_cloned.corpora.splits import split_tracks
from real_cloned.parameters import AudioParameters, CorpusParameters, VocalFilterParameters
from real_cloned.vocals.detector_training import train_vocal_detector
from real_cloned.vocals.segments import find_vocal_segments
from real_cloned.weights import Weights


def train_detector(stems: ShardStore, truth: pd.DataFrame, parameters: VocalFilterParameters) -> Weights:
    """Return the vocal detector, trained on the demo's ground truth."""
    return train_vocal_detector(stems, truth, parameters)


def find_segments(
    audio: ShardStore,
    detector: Weights,
    corpus: CorpusParameters,
    segment: AudioParameters,
    parameters: VocalFilterParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the segments with singing, and the tracks with too little of it."""
    return find_vocal_segments(audio, detector, corpus, segment, parameters)


def assign_roles(
    tracks: pd.DataFrame,
    segments: pd.DataFrame,
    unreadable: pd.DataFrame,
    unvoiced: pd.DataFrame,
    corpus: CorpusParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the used tracks with their roles, and every track that is left out, with the reason."""
    splits, too_few = split_tracks(tracks, segments, corpus)
    return splits, pd.concat([unreadable, unvoiced, too_few], ignore_index=True)
