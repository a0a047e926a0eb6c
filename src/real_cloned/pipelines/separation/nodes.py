"""Nodes of separation, and of the training of the small separator. Schemas: `schemas.corpora`."""

from typing import Any

import pandas as pd

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.separation import SeparationParameters, SeparatorTrainingParameters
from real_cloned.pipelines.study import by_owner
from real_cloned.reporting.stage_tables import rejected_tracks_table, separation_table
from real_cloned.vocals.separation.run import separate_tracks
from real_cloned.vocals.separation.training import train_separator


def separate_vocals(
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    audio: ShardStore,
    demo_stems: ShardStore,
    parameters: SeparationParameters,
    corpus: CorpusParameters,
) -> StorePlan:
    """Return the plan of a store with the stems of the used tracks.

    Args:
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        audio: Store of the decoded tracks.
        demo_stems: Store of the demo's true stems, for the separator `reference`.
        parameters: Of separation.
        corpus: Parameters of the corpus.
    """
    used = splits.merge(tracks[["track_id", "path"]], on="track_id")
    return separate_tracks(used, audio, demo_stems, parameters, corpus)


def train_small_separator(stems: ShardStore, truth: pd.DataFrame, parameters: SeparatorTrainingParameters) -> Any:
    """Return the small separator, a Demucs model, trained on the demo's ground truth (DemoTruth).

    Args:
        stems: Store of the demo's true stems.
        truth: Ground truth of every demo track (`schemas.corpora.DemoTruth`).
        parameters: Of the training.
    """
    return train_separator(stems, truth, parameters)


def summarise_separation(**stems: ShardStore) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return how much of each corpus was separated, a row per corpus, and which tracks could not be, a row per track.

    Args:
        **stems: `{corpus}.stems` of every corpus.
    """
    stores = by_owner(stems, "stems")
    rates = {corpus: store.sample_rate_hz for corpus, store in stores.items()}
    indices = {corpus: store.index for corpus, store in stores.items()}
    return separation_table(indices, rates), rejected_tracks_table(indices)
