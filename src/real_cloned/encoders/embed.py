"""Embeddings of segments by a trained encoder."""

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
from real_cloned.encoders.registry import embedding_size, is_there, load_encoder

Read = Callable[[Iterable[Any]], Tensor]
"""From rows of what is wanted, as tuples, to (n_rows, n_channels, n_samples)."""


def embed_segments(weights: Weights, reader: SegmentReader, segments: pd.DataFrame, batch_size: int) -> Embeddings:
    """Return the embeddings of `segments`, in their order; of none of them where there is no encoder.

    segments : table of track_id, stem and offset_s (seconds)
    """
    columns = ["track_id", "stem", "offset_s"]
    return embed_requests(weights, reader.read, segments[columns], columns, batch_size)


def embed_requests(
    weights: Weights, read: Read, table: pd.DataFrame, columns: list[str], batch_size: int
) -> Embeddings:
    """Return an embedding per row of `table`, whose columns become the index; none where there is no encoder.

    columns : those of which `read` makes sound, a batch at a time
    """
    index = (table if is_there(weights) else table[:0]).reset_index(drop=True)
    requests = list(index[columns].itertuples(index=False, name=None))
    matrix = _embedded(weights, read, requests, batch_size) if requests else np.zeros((0, embedding_size(weights)))
    return Embeddings(index.assign(row=np.arange(len(index))), matrix.astype(np.float32, copy=False))


def _embedded(weights: Weights, read: Read, requests: list[tuple[Any, ...]], batch_size: int) -> NDArray[np.float32]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    encoder = load_encoder(weights).to(device)
    starts = tqdm(
        range(0, len(requests), batch_size), desc=f"embed {weights.config['pretrain']['name']}", mininterval=1.0
    )
    with torch.inference_mode():
        parts = [encoder(read(requests[start : start + batch_size]).to(device)).cpu() for start in starts]
    return torch.cat(parts).numpy()  # type: ignore[no-any-return]


def inference_requests(weights: Weights, splits: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return track_id, stem, offset_s of all segments of the tracks in `splits`, of the encoder's inference stem."""
    used = segments[segments["track_id"].isin(splits["track_id"])]
    return used[["track_id", "offset_s"]].assign(stem=weights.config["pretrain"]["inference_stem"])


def stem_requests(splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore) -> pd.DataFrame:
    """Return track_id, stem, offset_s of the test tracks' segments, once for each stem that is kept of them."""
    tests = segments[segments["track_id"].isin(splits.loc[splits["role"] == "test", "track_id"])]
    kept = stems.index[["track_id", "stem"]]
    return tests[["track_id", "offset_s"]].merge(kept, on="track_id")
