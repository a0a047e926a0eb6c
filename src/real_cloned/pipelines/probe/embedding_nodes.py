"""Doors to what embeddings say by themselves, without a probe."""

from typing import Any

import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings, average_embeddings
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.probing.retrieval import TrackAverages, retrieve_tracks
from real_cloned.probing.similarity import clone_similarities, track_similarities
from real_cloned.probing.verification import verify_tracks


def compare_parts(
    variant: VariantParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
    stems: Embeddings,
) -> pd.DataFrame:
    """Return how similar the test tracks are to their own parts and to other tracks."""
    return track_similarities(
        embeddings, stems, tracks.merge(splits, on="track_id"), parameters.seed, variant=variant.name
    )


def verify_singers(
    variant: VariantParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
) -> pd.DataFrame:
    """Return how well embeddings alone tell whether two tracks are by one singer."""
    return verify_tracks(embeddings, tracks.merge(splits, on="track_id"), parameters.seed, variant=variant.name)


def retrieve(variant: VariantParameters, parameters: ProbeParameters, *sides: Any) -> pd.DataFrame:
    """Return which tracks lie nearest; sides: tracks, splits, embeddings of the real tracks, then of the clones."""
    real, clones = TrackAverages.from_tables(*sides[:3]), TrackAverages.from_tables(*sides[3:])
    return retrieve_tracks(real, clones, parameters.seed, variant=variant.name)


def average_singers(tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> pd.DataFrame:
    """Return the average embedding of each singer."""
    return average_embeddings(embeddings, tracks[tracks["track_id"].isin(splits["track_id"])])


def hear_voices(variant: VariantParameters, *sides: Any) -> pd.DataFrame:
    """Return how near clones are to target and source; sides: tracks, splits, embeddings of closed, then of clones."""
    return clone_similarities(sides[0], sides[2], sides[3], sides[5], variant=variant.name)
