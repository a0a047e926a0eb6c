"""Embeddings of segments by a trained encoder."""

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.segments import SegmentReader
from real_cloned.audio.store import ShardStore
from real_cloned.embeddings import Embeddings
from real_cloned.encoders.families import embedding_size, is_there, load_encoder
from real_cloned.weights import Weights

Request = tuple[str, str, float]


def embed_segments(weights: Weights, reader: SegmentReader, segments: pd.DataFrame, batch_size: int) -> Embeddings:
    """Return the embeddings of `segments`, in their order; of none of them where there is no encoder.

    segments : table of track_id, stem and offset_s (seconds)
    """
    index = (segments if is_there(weights) else segments[:0])[["track_id", "stem", "offset_s"]].reset_index(drop=True)
    requests = list(index.itertuples(index=False, name=None))
    matrix = _embedded(weights, reader, requests, batch_size) if requests else np.zeros((0, embedding_size(weights)))
    return Embeddings(index.assign(row=np.arange(len(index))), matrix.astype(np.float32, copy=False))


def _embedded(weights: Weights, reader: SegmentReader, requests: list[Request], batch_size: int) -> NDArray[np.float32]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    encoder = load_encoder(weights).to(device)
    starts = tqdm(
        range(0, len(requests), batch_size), desc=f"embed {weights.made_from['pretrain']['name']}", mininterval=1.0
    )
    with torch.inference_mode():
        parts = [encoder(reader.read(requests[start : start + batch_size]).to(device)).cpu() for start in starts]
    return torch.cat(parts).numpy()  # type: ignore[no-any-return]


def inference_requests(weights: Weights, splits: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return track_id, stem, offset_s of all segments of the tracks in `splits`, of the encoder's inference stem."""
    used = segments[segments["track_id"].isin(splits["track_id"])]
    return used[["track_id", "offset_s"]].assign(stem=weights.made_from["pretrain"]["inference_stem"])


def stem_requests(splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore) -> pd.DataFrame:
    """Return track_id, stem, offset_s of the test tracks' segments, once for each stem that is kept of them."""
    tests = segments[segments["track_id"].isin(splits.loc[splits["role"] == "test", "track_id"])]
    kept = stems.index[["track_id", "stem"]]
    return tests[["track_id", "offset_s"]].merge(kept, on="track_id")
