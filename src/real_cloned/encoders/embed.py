"""Embeddings of segments by a trained encoder, and which segments are embedded."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from real_cloned.artifacts.embeddings import EmbeddingPlan
from real_cloned.artifacts.weights import Weights
from real_cloned.audio.shard_store import SegmentReader, ShardStore
from real_cloned.core.prefetch import prefetch
from real_cloned.core.runtime import wants_bfloat16
from real_cloned.encoders.registry import embedding_size, load_encoder
from real_cloned.parameters.embed import EmbedParameters

ReadAudio = Callable[[Iterable[Any]], Tensor]
"""From requests, as tuples, to their waveforms, (n_requests, n_channels, n_samples)."""


def embed_segments(
    weights: Weights, reader: SegmentReader, segments: pd.DataFrame, parameters: EmbedParameters
) -> EmbeddingPlan:
    """Return how the embeddings of segments are computed, in their order.

    Args:
        weights: Of an encoder of any family.
        reader: Reads the segments.
        segments: Table of track_id, stem and offset_s (seconds).
        parameters: Size of a batch and precision.

    Raises:
        RealClonedError: The weights do not fit their encoder; later, a stem of a track is missing.
    """
    columns = ["track_id", "stem", "offset_s"]
    return embed_requests(weights, reader.read, segments[columns], columns, parameters)


def embed_requests(
    weights: Weights, read: ReadAudio, table: pd.DataFrame, columns: list[str], parameters: EmbedParameters
) -> EmbeddingPlan:
    """Return how an embedding per row of a table is computed.

    Args:
        weights: Of an encoder of any family.
        read: Reads the waveforms of the requests of a batch, in a thread of its own.
        table: Its columns become those of the embeddings' index.
        columns: Those that make up a request.
        parameters: Size of a batch and precision.

    Raises:
        RealClonedError: The weights do not fit their encoder; later, what `read` raises.
    """
    index = table.reset_index(drop=True)
    encoder, label = load_encoder(weights), f"embed {weights.config['pretrain']['name']}"

    def batches() -> Iterator[NDArray[np.float32]]:
        requests = list(index[columns].itertuples(index=False, name=None))
        starts = range(0, len(requests), parameters.batch_size)
        waveforms = prefetch(read(requests[start : start + parameters.batch_size]) for start in starts)
        bar = tqdm(waveforms, label, len(starts), mininterval=1.0, disable=not requests)
        return (_embed(encoder, batch, parameters.precision) for batch in bar)

    return EmbeddingPlan(index.assign(row=np.arange(len(index))), embedding_size(weights), batches)


def inference_reader(weights: Weights, audio: ShardStore, stems: ShardStore, duration_s: float) -> SegmentReader:
    """Return the reader of the segments that an encoder is given.

    Args:
        weights: Of an encoder of any family; its config has the gain of the accompaniment in the stem `turned_down`.
        audio: Store of the mixtures.
        stems: Store of vocals and accompaniment.
        duration_s: Duration of a segment, in seconds.
    """
    return SegmentReader(audio, stems, duration_s, weights.config["pretrain"].get("accompaniment_gain", 0.0))


def inference_requests(weights: Weights, splits: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return all segments of the tracks in `splits`, of the stem that the encoder is given.

    Args:
        weights: Of an encoder of any family; its config names the stem.
        splits: Table `schemas.corpora.Splits`.
        segments: Table `schemas.corpora.Segments`.

    Returns:
        Table of track_id, offset_s and stem.
    """
    used = segments[segments["track_id"].isin(splits["track_id"])]
    return used[["track_id", "offset_s"]].assign(stem=weights.config["pretrain"]["inference_stem"])


def stem_requests(splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore) -> pd.DataFrame:
    """Return the segments of the test tracks, once for each stem that the store has of the track.

    Args:
        splits: Table `schemas.corpora.Splits`.
        segments: Table `schemas.corpora.Segments`.
        stems: Store of the separated stems.

    Returns:
        Table of track_id, offset_s and stem.
    """
    test = segments[segments["track_id"].isin(splits.loc[splits["role"] == "test", "track_id"])]
    return test[["track_id", "offset_s"]].merge(stems.index[["track_id", "stem"]], on="track_id")


@torch.inference_mode()
def _embed(encoder: nn.Module, waveforms: Tensor, precision: str) -> NDArray[np.float32]:
    """Return the embeddings of a batch. Shape: (batch, size)."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.autocast(device.type, torch.bfloat16, enabled=wants_bfloat16(precision, also_on_cpu=False)):
        embeddings: Tensor = encoder.to(device)(waveforms.to(device))
    return embeddings.float().cpu().numpy()  # type: ignore[no-any-return]
