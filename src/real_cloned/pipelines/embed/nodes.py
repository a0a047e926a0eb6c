"""Doors to the embedding of segments."""

import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.artifacts.weights import Weights
from real_cloned.audio.shard_store import SegmentReader, ShardStore
from real_cloned.encoders.embed import embed_requests, embed_segments, inference_requests, stem_requests
from real_cloned.encoders.remix import REMIX_COLUMNS, RemixReader, remix_requests
from real_cloned.parameters.embed import EmbedParameters, RemixParameters
from real_cloned.parameters.ingest import AudioParameters


def embed_corpus(
    weights: Weights,
    splits: pd.DataFrame,
    segments: pd.DataFrame,
    audio: ShardStore,
    stems: ShardStore,
    parameters: EmbedParameters,
    segment: AudioParameters,
) -> Embeddings:
    """Return the embeddings of all segments of the used tracks, of the stem that the variant takes."""
    reader = SegmentReader(audio, stems, segment.segment_s)
    return embed_segments(weights, reader, inference_requests(weights, splits, segments), parameters.batch_size)


def embed_stems(
    weights: Weights,
    splits: pd.DataFrame,
    segments: pd.DataFrame,
    audio: ShardStore,
    stems: ShardStore,
    parameters: EmbedParameters,
    segment: AudioParameters,
) -> Embeddings:
    """Return the embeddings of the test tracks' vocals and accompaniment, each alone."""
    reader = SegmentReader(audio, stems, segment.segment_s)
    return embed_segments(weights, reader, stem_requests(splits, segments, stems), parameters.batch_size)


def embed_remixes(
    weights: Weights,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    segments: pd.DataFrame,
    stems: ShardStore,
    parameters: EmbedParameters,
    remix: RemixParameters,
    segment: AudioParameters,
) -> Embeddings:
    """Return the embeddings of the test tracks' voices over more and less accompaniment, and over that of others."""
    requests = remix_requests(tracks, splits, segments, stems, remix)
    return embed_requests(
        weights, RemixReader(stems, segment.segment_s).read, requests, REMIX_COLUMNS, parameters.batch_size
    )
