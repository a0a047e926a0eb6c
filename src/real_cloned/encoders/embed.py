"""Embeddings of segments by a trained encoder, and which segments are embedded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
    """Return how the embeddings of segments are computed, in their order, or the shorter first.

    Args:
        weights: Of an encoder of any family.
        reader: Reads the segments.
        segments: Table of track_id, stem and offset_s (seconds), and duration_s (seconds) where that is not the
            reader's.
        parameters: Size of a batch and precision.

    Raises:
        RealClonedError: The weights do not fit their encoder; later, a stem of a track is missing.
    """
    columns = ["track_id", "stem", "offset_s", *_duration(segments)]
    return embed_requests(weights, reader.read, segments[columns], columns, parameters)


def embed_requests(
    weights: Weights, read: ReadAudio, table: pd.DataFrame, columns: list[str], parameters: EmbedParameters
) -> EmbeddingPlan:
    """Return how an embedding per row of a table is computed; a batch has rows of one duration_s, if that is a column.

    Args:
        weights: Of an encoder of any family.
        read: Reads the waveforms of the requests of a batch, in a thread of its own.
        table: Its columns become those of the embeddings' index. It is sorted by duration_s, if that is a column.
        columns: Those that make up a request.
        parameters: Size of a batch and precision.

    Raises:
        RealClonedError: The weights do not fit their encoder; later, what `read` raises.
    """
    index = table.sort_values(_duration(table), kind="stable") if _duration(table) else table
    index = index.reset_index(drop=True)
    encoder, label = load_encoder(weights), f"embed {weights.config['pretrain']['name']}"

    def batches() -> Iterator[NDArray[np.float32]]:
        requests = _request_batches(index, columns, parameters.batch_size)
        waveforms = prefetch(read(batch) for batch in requests)
        bar = tqdm(waveforms, label, len(requests), mininterval=1.0, disable=not requests)
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
        segments: Table of `encoders.long_segments.encoder_segments`.

    Returns:
        Table of track_id, offset_s and stem, and of duration_s where `segments` has it.
    """
    used = segments[segments["track_id"].isin(splits["track_id"])]
    return used[["track_id", "offset_s", *_duration(used)]].assign(stem=weights.config["pretrain"]["inference_stem"])


def other_stem_requests(
    weights: Weights, splits: pd.DataFrame, segments: pd.DataFrame, stems: Sequence[str]
) -> pd.DataFrame:
    """Return all segments of the tracks in `splits`, once for each stem but the one that the encoder is given.

    Args:
        weights: Of an encoder of any family; its config names the stem that is left out.
        splits: Table `schemas.corpora.Splits`.
        segments: Table of `encoders.long_segments.encoder_segments`.
        stems: Names of the stems.

    Returns:
        Table of track_id, offset_s and stem, and of duration_s where `segments` has it.
    """
    own = inference_requests(weights, splits, segments)
    others = [stem for stem in stems if stem != weights.config["pretrain"]["inference_stem"]]
    return own.drop(columns="stem").merge(pd.DataFrame({"stem": pd.Series(others, dtype="str")}), how="cross")


def first_tracks(tracks: pd.DataFrame, splits: pd.DataFrame, tracks_per_singer: int) -> pd.DataFrame:
    """Return the roles of the first tracks of each singer, of those that are used.

    Args:
        tracks: Table `schemas.corpora.Tracks`.
        splits: Table `schemas.corpora.Splits`.
        tracks_per_singer: How many of each singer, at most.
    """
    used = tracks[tracks["track_id"].isin(splits["track_id"])].sort_values("track_id")
    first = used.groupby("singer_id").head(tracks_per_singer)["track_id"]
    return splits[splits["track_id"].isin(first)]


def stem_requests(splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore) -> pd.DataFrame:
    """Return the segments of the test tracks, once for each stem that the store has of the track.

    Args:
        splits: Table `schemas.corpora.Splits`.
        segments: Table of `encoders.long_segments.encoder_segments`.
        stems: Store of the separated stems.

    Returns:
        Table of track_id, offset_s and stem, and of duration_s where `segments` has it.
    """
    test = segments[segments["track_id"].isin(splits.loc[splits["role"] == "test", "track_id"])]
    return test[["track_id", "offset_s", *_duration(test)]].merge(stems.index[["track_id", "stem"]], on="track_id")


def _duration(table: pd.DataFrame) -> list[str]:
    return ["duration_s"] if "duration_s" in table else []


def _request_batches(index: pd.DataFrame, columns: list[str], batch_size: int) -> list[list[tuple[Any, ...]]]:
    """Return the requests of each batch, which are of one duration: the waveforms of a batch have one length."""
    parts = [part for _, part in index.groupby("duration_s", sort=False)] if _duration(index) else [index]
    requests = [list(part[columns].itertuples(index=False, name=None)) for part in parts]
    return [part[start : start + batch_size] for part in requests for start in range(0, len(part), batch_size)]


@torch.inference_mode()
def _embed(encoder: nn.Module, waveforms: Tensor, precision: str) -> NDArray[np.float32]:
    """Return the embeddings of a batch. Shape: (batch, size)."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.autocast(device.type, torch.bfloat16, enabled=wants_bfloat16(precision, also_on_cpu=False)):
        embeddings: Tensor = encoder.to(device)(waveforms.to(device))
    return embeddings.float().cpu().numpy()  # type: ignore[no-any-return]
