"""Doors to the probe and to the similarities."""

from typing import Any

import pandas as pd

from real_cloned.averages import average_embeddings
from real_cloned.corpus_parameters import CorpusParameters
from real_cloned.embeddings import Embeddings
from real_cloned.parameters import ProbeParameters
from real_cloned.probing.experiments import ProbeCorpus, identify_singers
from real_cloned.probing.heard_voices import voice_similarities
from real_cloned.probing.remixes import identify_remixes
from real_cloned.probing.similarity import track_similarities
from real_cloned.probing.verification import verify_tracks
from real_cloned.variant_parameters import VariantParameters


def name_singers(
    variant: VariantParameters, corpus: CorpusParameters, parameters: ProbeParameters, *sides: Any
) -> pd.DataFrame:
    """Return what each probe says of each query; sides: tracks, splits, embeddings of the gallery, then the queries."""
    gallery, queries = ProbeCorpus.of(*sides[:3]), ProbeCorpus.of(*sides[3:])
    return identify_singers((variant.name, corpus.name), gallery, queries, parameters)


def compare_parts(
    variant: VariantParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
    stems: Embeddings,
) -> pd.DataFrame:
    """Return how similar the test tracks are to their own parts and to other tracks."""
    return track_similarities(variant.name, embeddings, stems, tracks.merge(splits, on="track_id"), parameters.seed)


def verify_singers(
    variant: VariantParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
) -> pd.DataFrame:
    """Return how well embeddings alone tell whether two tracks are by one singer."""
    return verify_tracks(variant.name, embeddings, tracks.merge(splits, on="track_id"), parameters.seed)


def average_singers(tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> pd.DataFrame:
    """Return the average embedding of each singer."""
    return average_embeddings(embeddings, tracks[tracks["track_id"].isin(splits["track_id"])])


def name_remixed(
    variant: VariantParameters,
    corpus: CorpusParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
    remixes: Embeddings,
) -> pd.DataFrame:
    """Return what the probe of most singers says of the test tracks over changed accompaniment."""
    gallery = ProbeCorpus.of(tracks, splits, embeddings)
    return identify_remixes((variant.name, corpus.name), gallery, tracks, remixes, parameters)


def hear_voices(variant: VariantParameters, *sides: Any) -> pd.DataFrame:
    """Return how near clones are to target and source; sides: tracks, splits, embeddings of closed, then of clones."""
    return voice_similarities(variant.name, (sides[0], sides[2]), (sides[3], sides[5]))
