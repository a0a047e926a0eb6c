"""Nodes of the embedding of segments. Tables have the schemas of `schemas.corpora`.

Embeddings are computed as the catalog saves them (`datasets.EmbeddingsDataset`).
"""

import pandas as pd

from real_cloned.artifacts.embeddings import EmbeddingPlan, Embeddings
from real_cloned.artifacts.weights import Weights
from real_cloned.audio.shard_store import ShardStore
from real_cloned.encoders import embed
from real_cloned.encoders import remix as remixes
from real_cloned.encoders.corpus import without_rejected
from real_cloned.encoders.long_segments import encoder_segments
from real_cloned.parameters.base import CohortParameters, CompareStemsParameters
from real_cloned.parameters.embed import EmbedParameters, RemixParameters
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.variants import VariantParameters


def embed_segments(
    weights: Weights,
    splits: pd.DataFrame,
    segments: pd.DataFrame,
    audio: ShardStore,
    stems: ShardStore,
    parameters: EmbedParameters,
    audio_parameters: AudioParameters,
) -> EmbeddingPlan:
    """Return how the embeddings of all segments of the used tracks are computed, of the stem that the variant takes.

    Args:
        weights: Weights of the encoder.
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        segments: Segments with singing (`schemas.corpora.Segments`).
        audio: Store of the decoded tracks.
        stems: Store of vocals and accompaniment.
        parameters: Of the embed stage.
        audio_parameters: Sample rate, channels and segment length.
    """
    reader = embed.inference_reader(weights, audio, stems, audio_parameters.segment_s)
    joined = encoder_segments(weights, segments, audio_parameters.segment_s)
    requests = embed.inference_requests(weights, without_rejected(splits, stems), joined)
    return embed.embed_segments(weights, reader, requests, parameters)


def embed_cohort(
    variant: VariantParameters,
    weights: Weights,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    segments: pd.DataFrame,
    audio: ShardStore,
    stems: ShardStore,
    parameters: EmbedParameters,
    audio_parameters: AudioParameters,
) -> EmbeddingPlan:
    """Return how some tracks of other singers are embedded, by whom the scores of a verification are normalised.

    Args:
        variant: Parameters of the variant: how many tracks of each singer.
        weights: Weights of the encoder.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        segments: Segments with singing (`schemas.corpora.Segments`).
        audio: Store of the decoded tracks.
        stems: Store of vocals and accompaniment.
        parameters: Of the embed stage.
        audio_parameters: Sample rate, channels and segment length.
    """
    some = embed.first_tracks(
        tracks, without_rejected(splits, stems), (variant.root.cohort or CohortParameters()).tracks_per_singer
    )
    return embed_segments(weights, some, segments, audio, stems, parameters, audio_parameters)


def embed_other_stems(
    variant: VariantParameters,
    corpus: CorpusParameters,
    weights: Weights,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    segments: pd.DataFrame,
    audio: ShardStore,
    stems: ShardStore,
    parameters: EmbedParameters,
    audio_parameters: AudioParameters,
) -> EmbeddingPlan:
    """Return how some tracks of each singer are embedded from the stems that the variant's own is compared with.

    Args:
        variant: Parameters of the variant: which stems, and how many tracks of each singer.
        corpus: Parameters of the corpus; that of the training singers is the cohort.
        weights: Weights of the encoder.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        segments: Segments with singing (`schemas.corpora.Segments`).
        audio: Store of the decoded tracks.
        stems: Store of vocals and accompaniment.
        parameters: Of the embed stage.
        audio_parameters: Sample rate, channels and segment length.
    """
    compared = variant.root.compare_stems or CompareStemsParameters(stems=["mixture", "vocals"])
    limits = (variant.root.cohort or CohortParameters()) if corpus.split == "train" else compared
    some = embed.first_tracks(tracks, without_rejected(splits, stems), limits.tracks_per_singer)
    joined = encoder_segments(weights, segments, audio_parameters.segment_s)
    reader = embed.inference_reader(weights, audio, stems, audio_parameters.segment_s)
    requests = embed.other_stem_requests(weights, some, joined, compared.stems)
    return embed.embed_segments(weights, reader, requests, parameters)


def embed_stems_and_remixes(
    weights: Weights,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    segments: pd.DataFrame,
    audio: ShardStore,
    stems: ShardStore,
    parameters: EmbedParameters,
    remix: RemixParameters,
    audio_parameters: AudioParameters,
) -> tuple[EmbeddingPlan, EmbeddingPlan]:
    """Return how test tracks' vocals and accompaniment, each alone, are embedded, and how remixes of them are.

    Remixes are the voices over more and less of their own accompaniment, and over that of others.

    Args:
        weights: Weights of the encoder.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        segments: Segments with singing (`schemas.corpora.Segments`).
        audio: Store of the decoded tracks.
        stems: Store of vocals and accompaniment.
        parameters: Of the embed stage.
        remix: Levels of the accompaniment, and how many tracks.
        audio_parameters: Sample rate, channels and segment length.
    """
    reader = embed.inference_reader(weights, audio, stems, audio_parameters.segment_s)
    segments = encoder_segments(weights, segments, audio_parameters.segment_s)
    splits = without_rejected(splits, stems)
    stem_requests = embed.stem_requests(splits, segments, stems)
    alone = embed.embed_segments(weights, reader, stem_requests, parameters)
    requests = remixes.remix_requests(tracks, splits, segments, stems, remix)
    remixer = remixes.RemixReader(stems, audio_parameters.segment_s)
    return alone, embed.embed_requests(weights, remixer, requests, remixes.request_columns(requests), parameters)


def summarise_embeddings(**embeddings: Embeddings) -> pd.DataFrame:
    """Return what was embedded, a row per dataset: dataset, tracks, segments, embedding_size, failed_tracks.

    Args:
        **embeddings: All embeddings of the stage by dataset name.
    """
    rows = [
        (
            *(name, made.index["track_id"].nunique(), len(made.index), made.matrix.shape[1]),
            made.failed["track_id"].nunique(),
        )
        for name, made in embeddings.items()
    ]
    return pd.DataFrame(rows, columns=["dataset", "tracks", "segments", "embedding_size", "failed_tracks"])
