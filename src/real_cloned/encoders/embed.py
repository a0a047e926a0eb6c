"""Embeddings of segments by a trained encoder, and which segments are embedded."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.artifacts.weights import Weights
from real_cloned.audio.shard_store import SegmentReader, ShardStore
from real_cloned.encoders.registry import embedding_size, load_encoder

ReadAudio = Callable[[Iterable[Any]], Tensor]
"""From requests, as tuples, to their waveforms, (n_requests, n_channels, n_samples)."""


def embed_segments(weights: Weights, reader: SegmentReader, segments: pd.DataFrame, batch_size: int) -> Embeddings:
    """Return the embeddings of segments, in their order.

    Args:
        weights: Of an encoder of any family.
        reader: Reads the segments.
        segments: Table of track_id, stem and offset_s (seconds).
        batch_size: Segments that are embedded at once.

    Raises:
        RealClonedError: A stem of a track is missing, or the weights do not fit their encoder.
    """
    columns = ["track_id", "stem", "offset_s"]
    return embed_requests(weights, reader.read, segments[columns], columns, batch_size)


def embed_requests(
    weights: Weights, read: ReadAudio, table: pd.DataFrame, columns: list[str], batch_size: int
) -> Embeddings:
    """Return an embedding per row of a table.

    Args:
        weights: Of an encoder of any family.
        read: Reads the waveforms of the requests of a batch.
        table: Its columns become those of the embeddings' index.
        columns: Those that make up a request.
        batch_size: Requests that are embedded at once.

    Raises:
        RealClonedError: The weights do not fit their encoder; and what `read` raises.
    """
    index = table.reset_index(drop=True)
    requests = list(index[columns].itertuples(index=False, name=None))
    matrix = (
        _embed_in_batches(weights, read, requests, batch_size) if requests else np.zeros((0, embedding_size(weights)))
    )
    return Embeddings(index.assign(row=np.arange(len(index))), matrix.astype(np.float32, copy=False))


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


def _embed_in_batches(
    weights: Weights, read: ReadAudio, requests: list[tuple[Any, ...]], batch_size: int
) -> NDArray[np.float32]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    encoder = load_encoder(weights).to(device)
    starts = tqdm(
        range(0, len(requests), batch_size), desc=f"embed {weights.config['pretrain']['name']}", mininterval=1.0
    )
    with torch.inference_mode():
        parts = [encoder(read(requests[start : start + batch_size]).to(device)).cpu() for start in starts]
    return torch.cat(parts).numpy()  # type: ignore[no-any-return]
