"""Embeddings of segments by a trained encoder, and which segments are embedded.

The segments of a batch that fails each time it is tried get NaNs, and the run goes on.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import groupby, islice
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from real_cloned.artifacts.embeddings import EmbeddingPlan
from real_cloned.artifacts.weights import Weights, content_hash
from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.attempts import Failed
from real_cloned.core.executor import results_here, results_in_order, share, works_on_cluster
from real_cloned.core.prefetch import prefetch
from real_cloned.core.runtime import wants_bfloat16
from real_cloned.core.text_index import Texts, text_array
from real_cloned.encoders.registry import embedding_size, load_encoder
from real_cloned.parameters.embed import EmbedParameters

logger = logging.getLogger(__name__)


class Reader(Protocol):
    """Reads what is embedded: `audio.segment_reader.SegmentReader`, `encoders.remix.RemixReader`."""

    def read(self, requests: Iterable[Any]) -> Tensor:
        """Return the waveforms of requests. Shape: (n_requests, n_channels, n_samples).

        Args:
            requests: A tuple for each segment.
        """
        ...

    def content(self, request: Any) -> str:
        """Return what the waveform of a request is made from, as a text.

        Args:
            request: One of those that `read` takes.
        """
        ...


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
    return embed_requests(weights, reader, segments[columns], columns, parameters)


def embed_requests(
    weights: Weights, reader: Reader, table: pd.DataFrame, columns: list[str], parameters: EmbedParameters
) -> EmbeddingPlan:
    """Return how an embedding per row of a table is computed.

    A batch has rows of one track, which are of one duration_s, if that is a column. So the numbers of a track, whose
    last bits depend on the size of the batch, do not depend on what other tracks there are.

    Args:
        weights: Of an encoder of any family.
        reader: Reads the waveforms of the requests of a batch, in a thread of its own.
        table: Its columns become those of the embeddings' index. It is sorted by duration_s, if that is a column.
        columns: Those that make up a request.
        parameters: Size of a batch and precision.

    Raises:
        RealClonedError: The weights do not fit their encoder; later, what `reader` raises.
    """
    index = table.sort_values(_duration(table), kind="stable") if _duration(table) else table
    index = index.reset_index(drop=True)
    encoder, label = load_encoder(weights), f"embed {weights.config['pretrain']['name']}"

    numbers = _part_numbers(index)

    def requests(rows: list[int] | slice) -> Iterator[tuple[Any, ...]]:
        return index[columns].iloc[rows].itertuples(index=False, name=None)

    def batches(rows: NDArray[np.intp]) -> Iterator[NDArray[np.float32]]:
        parts = [list(part) for _, part in groupby(rows.tolist(), key=numbers.__getitem__)]
        n = parameters.batch_size
        of_batches = [part[start : start + n] for part in parts for start in range(0, len(part), n)]

        def part_of(batch: int) -> int:
            return int(numbers[of_batches[batch][0]])

        if works_on_cluster():
            embed = partial(_read_and_embed, _EncoderSource(digest, weights), reader, parameters.precision)
            made = results_in_order(share(embed), [list(requests(batch)) for batch in of_batches], track=part_of)
        else:
            waveforms = prefetch(reader.read(list(requests(batch))) for batch in of_batches)
            made = results_here(partial(_embed, encoder, precision=parameters.precision), waveforms, part_of)
        bar = tqdm(made, label, len(of_batches), mininterval=1.0, disable=not of_batches)
        for batch, embeddings in zip(of_batches, bar, strict=True):
            if isinstance(embeddings, Failed):
                track_id = index["track_id"].iloc[batch[0]]
                logger.warning("%s: %d segments of track %s %s", label, len(batch), track_id, embeddings.reason)
                embeddings = np.full((len(batch), size), np.nan, np.float32)
            yield embeddings

    digest, size = content_hash(weights), embedding_size(weights)
    made_from = f"{digest} {parameters!r}"
    sizes = np.bincount(numbers)[1:]
    parts = _part_hashes(sizes, map(reader.content, requests(slice(None))), made_from)
    return EmbeddingPlan(index.assign(row=np.arange(len(index))), size, batches, parts, sizes)


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
    return test[["track_id", "offset_s", *_duration(test)]].merge(stems.clips[["track_id", "stem"]], on="track_id")


def _duration(table: pd.DataFrame) -> list[str]:
    return ["duration_s"] if "duration_s" in table else []


def _part_numbers(index: pd.DataFrame) -> NDArray[np.intp]:
    """Return the number of each row's part, from 1 on: rows that follow each other, of one track and one duration."""
    keys = index[["track_id", *_duration(index)]]
    return np.cumsum((keys != keys.shift()).any(axis=1).to_numpy(), dtype=np.intp)


def _part_hashes(sizes: NDArray[np.intp], contents: Iterator[str], made_from: str) -> Texts:
    """Return for each part a hash of what its rows are made from."""
    texts = ("\n".join([made_from, *islice(contents, size)]) for size in sizes.tolist())
    return text_array(hashlib.sha256(text.encode()).hexdigest() for text in texts)


@dataclass(frozen=True)
class _EncoderSource:
    """The weights of an encoder, known by their hash."""

    digest: str
    weights: Weights = field(compare=False, repr=False)


@lru_cache(maxsize=1)
def _cached_encoder(source: _EncoderSource) -> nn.Module:
    return load_encoder(source.weights)


def _read_and_embed(source: _EncoderSource, reader: Reader, precision: str, requests: list[Any]) -> NDArray[np.float32]:
    """Return the embeddings of a batch, by an encoder that this process loads once. Shape: (batch, size)."""
    return _embed(_cached_encoder(source), reader.read(requests), precision)


@torch.inference_mode()
def _embed(encoder: nn.Module, waveforms: Tensor, precision: str) -> NDArray[np.float32]:
    """Return the embeddings of a batch. Shape: (batch, size)."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.autocast(device.type, torch.bfloat16, enabled=wants_bfloat16(precision, also_on_cpu=False)):
        embeddings: Tensor = encoder.to(device)(waveforms.to(device))
    return embeddings.float().cpu().numpy()  # type: ignore[no-any-return]
