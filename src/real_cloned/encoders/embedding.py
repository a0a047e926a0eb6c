"""Embeddings of segments by a trained encoder."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from real_cloned.audio.segments import SegmentReader
from real_cloned.audio.store import ShardStore
from real_cloned.embeddings import Embeddings
from real_cloned.encoders.transformer import load_encoder
from real_cloned.weights import Weights


def embed_segments(weights: Weights, reader: SegmentReader, segments: pd.DataFrame, batch_size: int) -> Embeddings:
    """Return the embeddings of `segments`, in their order.

    segments : table of track_id, stem and offset_s (seconds)
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    encoder = load_encoder(weights).to(device)
    requests = list(segments[["track_id", "stem", "offset_s"]].itertuples(index=False, name=None))
    starts = tqdm(
        range(0, len(requests), batch_size), desc=f"embed {weights.made_from['pretrain']['name']}", mininterval=1.0
    )
    with torch.inference_mode():
        parts = [encoder(reader.read(requests[start : start + batch_size]).to(device)).cpu() for start in starts]
    size = weights.made_from["pretrain"]["architecture"]["embedding_size"]
    matrix = torch.cat(parts).numpy() if parts else np.zeros((0, size), np.float32)
    index = segments[["track_id", "stem", "offset_s"]].reset_index(drop=True)
    return Embeddings(index.assign(row=np.arange(len(index))), matrix)


def inference_requests(weights: Weights, splits: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return track_id, stem, offset_s of all segments of the tracks in `splits`, of the encoder's inference stem."""
    used = segments[segments["track_id"].isin(splits["track_id"])]
    return used[["track_id", "offset_s"]].assign(stem=weights.made_from["pretrain"]["inference_stem"])


def stem_requests(splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore) -> pd.DataFrame:
    """Return track_id, stem, offset_s of the test tracks' segments, once for each stem that is kept of them."""
    tests = segments[segments["track_id"].isin(splits.loc[splits["role"] == "test", "track_id"])]
    kept = stems.index[["track_id", "stem"]]
    return tests[["track_id", "offset_s"]].merge(kept, on="track_id")
