"""Doors to the probe and to the similarities."""

from typing import Any

import pandas as pd

from real_cloned.averages import average_embeddings
from real_cloned.corpora.splits import split_by_album
from real_cloned.corpus_parameters import CorpusParameters
from real_cloned.embeddings import Embeddings
from real_cloned.parameters import ProbeParameters
from real_cloned.probing.album_split import identify_by_both_splits
from real_cloned.probing.baselines import try_baselines
from real_cloned.probing.corpus import ProbeCorpus
from real_cloned.probing.heard_voices import voice_similarities
from real_cloned.probing.identification import identify_singers
from real_cloned.probing.remixes import identify_remixes
from real_cloned.probing.retrieval import TrackAverages, retrieve_tracks
from real_cloned.probing.similarity import track_similarities
from real_cloned.probing.verification import verify_tracks
from real_cloned.variant_parameters import VariantParameters


def name_singers(
    variant: VariantParameters, corpus: CorpusParameters, parameters: ProbeParameters, *sides: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each probe says of each query, and how sure it is.

    sides : tracks, splits and embeddings of the gallery, then of the queries
    """
    gallery, queries = ProbeCorpus.of(*sides[:3]), ProbeCorpus.of(*sides[3:])
    findings = identify_singers((variant.name, corpus.name), gallery, queries, parameters)
    return findings.predictions, findings.confidences


def name_singers_without_probe(
    variant: VariantParameters, corpus: CorpusParameters, parameters: ProbeParameters, *sides: Any
) -> pd.DataFrame:
    """Return what scikit-learn's classifiers say of each query; sides as above."""
    gallery, queries = ProbeCorpus.of(*sides[:3]), ProbeCorpus.of(*sides[3:])
    return try_baselines((variant.name, corpus.name), gallery, queries, parameters)


def part_by_album(corpus: CorpusParameters, tracks: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Return the roles of the used tracks such that no album of a test track trains."""
    return split_by_album(tracks, splits, corpus.seed)


def name_singers_by_album(
    variant: VariantParameters,
    corpus: CorpusParameters,
    parameters: ProbeParameters,
    album_splits: pd.DataFrame,
    *side: Any,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what probes say by album, and by the paper's split; side: tracks, splits, embeddings."""
    tracks, splits, embeddings = side
    names = (variant.name, corpus.name)
    return identify_by_both_splits(names, tracks, (album_splits, splits), embeddings, parameters)


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


def retrieve(variant: VariantParameters, parameters: ProbeParameters, *sides: Any) -> pd.DataFrame:
    """Return which tracks lie nearest; sides: tracks, splits, embeddings of the real tracks, then of the clones."""
    real, clones = TrackAverages.of(*sides[:3]), TrackAverages.of(*sides[3:])
    return retrieve_tracks(variant.name, real, clones, parameters.seed)


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
