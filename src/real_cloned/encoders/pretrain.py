"""Pretraining of any variant: each family of encoder has a training of its own, but for those that have none."""

from pathlib import Path
from typing import Any

import pandas as pd

from real_cloned.artifacts.weights import Weights
from real_cloned.audio.shard_store import SegmentReader
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.encoders.baselines.speaker import speaker_weights
from real_cloned.encoders.contrastive.module import pretrain
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.lstm.training import Corpus, pretrain_lstm
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import LstmVariantParameters, MfccParameters, SpeakerParameters, Variant
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import History

Sides = tuple[tuple[Any, ...], tuple[Any, ...]]
"""Tracks, splits, segments, audio, stems of the training corpus, then of the validation corpus."""


def pretrain_variant(
    variant: Variant, audio: AudioParameters, sides: Sides, folder: Path | None = None
) -> tuple[Weights, pd.DataFrame]:
    """Return the weights of a variant's encoder, and its history (schemas.History; empty where nothing was trained).

    folder : where a training may keep what is to outlive it: checkpoints, runs, TensorBoard's files

    Raises RealClonedError where a training lacks singers, or where named weights are not there.
    """
    if isinstance(variant, SpeakerParameters):
        return speaker_weights(variant, audio), empty_table(History)
    if isinstance(variant, MfccParameters):
        return mfcc_weights(variant, audio), empty_table(History)
    if isinstance(variant, LstmVariantParameters):
        train, validation = (_segments(audio, *side) for side in sides)
        weights, history = pretrain_lstm(variant, audio, train, validation, folder)
        return weights, history[list(empty_table(History))]
    train_pairs, validation_pairs = (PairSource.of(variant, audio, *side) for side in sides)
    return pretrain(variant, audio, train_pairs, validation_pairs, folder)


def _segments(audio: AudioParameters, *side: Any) -> Corpus:
    tracks, splits, segments, mixtures, stems = side
    return (tracks, splits, segments), SegmentReader(mixtures, stems, audio.segment_s)
