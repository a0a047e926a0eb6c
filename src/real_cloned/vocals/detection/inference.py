"""From audio to the probability of singing in each window of each track, which are kept by track."""

import logging
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.artifacts.embeddings import EmbeddingPlan
from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.attempts import Failed, stops_the_run
from real_cloned.core.executor import results_here, results_in_order, works_on_cluster
from real_cloned.core.lazy_list import LazyList
from real_cloned.core.prefetch import prefetch_map
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.vocals.detection.detectors import (
    NeuralActivityDetector,
    VocalActivityDetector,
    load_activity_detector,
)
from real_cloned.vocals.detection.windows import numbers_in_groups, split_windows

BLOCK_S = 60.0
"""Most of a track that is in memory at once, in seconds; a block is a whole number of windows."""

TRACKS_PER_PROCESS, PROCESS_S = 32, 900.0
"""So many tracks, or tracks that last so many seconds, are worth starting a process for."""

BLOCKS_PER_READ = 16
"""Blocks that are read ahead at a time, for a GPU: up to 16 minutes of audio, of one long or of many short tracks."""

Scores = NDArray[np.float32]

logger = logging.getLogger(__name__)


def score_windows(
    audio: ShardStore, tracks: pd.DataFrame, corpus: CorpusParameters, detection: VocalFilterParameters
) -> EmbeddingPlan:
    """Return how the probability of singing is computed of each window: an embedding of one number, a track a part.

    Args:
        audio: Store of the mixtures.
        tracks: `schemas.corpora.Tracks`; track_id is read.
        corpus: name and detection_method are read.
        detection: The detector; the corpus may name another method.

    Raises:
        RealClonedError: Later, when the detector cannot be loaded.
    """
    detection = detection.model_copy(update={"method": corpus.detection_method or detection.method})
    track_ids = tracks["track_id"]
    counts = _count_windows(audio, track_ids.array, detection.window_s)
    owners = np.repeat(np.arange(len(track_ids), dtype=np.int32), counts)
    # Ten million texts in each of the first two columns would take gigabytes.
    names = pd.Categorical.from_codes(owners, pd.Index(track_ids))
    stems = pd.Categorical.from_codes(np.zeros(len(owners), np.int8), pd.Index(["mixture"]))
    columns = {
        "track_id": names,
        "stem": stems,
        "offset_s": numbers_in_groups(counts) * detection.window_s,
        "row": np.arange(len(owners)),
    }
    index = pd.DataFrame(columns, copy=False)
    made_from = repr(detection)
    hashes = audio.content_hashes(track_ids[counts > 0], "mixture")
    parts = LazyList(lambda content_sha256: f"{content_sha256} {made_from}", hashes)

    def score(rows: NDArray[np.intp]) -> Iterator[Scores]:
        asked = track_ids.iloc[np.unique(owners[rows])].tolist()
        scored = _probabilities(asked, audio, detection) if asked else iter(())
        bar = tqdm(scored, f"vocal filter {corpus.name}", len(asked), unit="track", mininterval=1.0, disable=not asked)
        return (probability[:, None] for _, probability in bar)

    return EmbeddingPlan(index, 1, score, parts, counts[counts > 0], may_all_fail=True)


def _probabilities(
    track_ids: list[str], audio: ShardStore, detection: VocalFilterParameters
) -> Iterator[tuple[str, Scores]]:
    """Yield each track and the probabilities of its windows; NaN for a track on which the detector fails each time.

    On a GPU one process scores with this project's network what threads read ahead; otherwise many processes read and
    score, each with a detector that it loads once. A separator gets one process, as it uses all cores.
    """
    detector = load_activity_detector(detection, audio)  # a missing file raises here, not in another process
    if torch.cuda.is_available() and not works_on_cluster() and isinstance(detector, NeuralActivityDetector):
        scored = _score_ahead(detector, audio, track_ids, detection.window_s)
    else:
        n_jobs = 1 if detection.method == "energy" else _worthwhile_processes(track_ids, audio)
        scored = results_in_order(partial(_probabilities_once, audio=audio, detection=detection), track_ids, n_jobs)
    for track_id, scores in zip(track_ids, scored, strict=True):
        if isinstance(scores, Failed):
            logger.warning("track %s is rejected, the search for singing %s", track_id, scores.reason)
            yield track_id, np.full(_count_windows(audio, [track_id], detection.window_s), np.nan, np.float32)
        else:
            yield track_id, scores


def _count_windows(audio: ShardStore, track_ids: Sequence[str], window_s: float) -> NDArray[np.int64]:
    """Return how many whole windows each track has. Shape: (n_tracks,)."""
    return audio.n_samples(track_ids, "mixture") // round(window_s * audio.sample_rate_hz)


def _worthwhile_processes(track_ids: list[str], audio: ShardStore) -> int:
    """Return how many processes have enough to do: each takes seconds to start."""
    total_s = audio.n_samples(track_ids, "mixture").sum() / audio.sample_rate_hz
    return max(math.ceil(len(track_ids) / TRACKS_PER_PROCESS), math.ceil(float(total_s) / PROCESS_S))


def _probabilities_once(track_id: str, audio: ShardStore, detection: VocalFilterParameters) -> Scores:
    """Return the probabilities of a track's windows, by a detector that this process loads once."""
    path = Path(detection.detector)
    detector = _cached_detector(detection, audio, path.stat().st_mtime_ns if path.is_file() else 0)
    return track_probabilities(detector, audio, track_id, detection.window_s)


@lru_cache(maxsize=1)
def _cached_detector(detection: VocalFilterParameters, audio: ShardStore, version: int) -> VocalActivityDetector:  # noqa: ARG001 (part of the key of the cache)
    """Return the detector that this process has loaded before, unless its file was written again since."""
    return load_activity_detector(detection, audio)


def _score_ahead(
    detector: NeuralActivityDetector, audio: ShardStore, track_ids: list[str], window_s: float
) -> Iterator[Scores | Failed]:
    """Yield the probabilities of each track's windows, while threads read the next blocks of any tracks.

    Where scoring a read fails, each of its tracks is tried alone.
    """
    window = round(window_s * audio.sample_rate_hz)
    blocks = [(track_id, *span) for track_id in track_ids for span in _spans(audio, track_id, window)]
    reads = [blocks[start : start + BLOCKS_PER_READ] for start in range(0, len(blocks), BLOCKS_PER_READ)]

    def read(some: list[tuple[str, float, float]]) -> tuple[NDArray[np.int16], NDArray[np.intp]]:
        parts = [split_windows(audio.read(track_id, "mixture", *span), window) for track_id, *span in some]
        cuts = np.cumsum([len(part) for part in parts])[:-1]
        return np.concatenate(parts), cuts  # (n_windows, n_channels, window), (n_blocks - 1,)

    def scored() -> Iterator[tuple[str, Scores | None]]:
        for some, (windows, cuts) in zip(reads, prefetch_map(read, reads), strict=True):
            try:
                scores: Sequence[Scores | None] = np.split(detector.window_probabilities(windows), cuts)
            except Exception as error:
                if stops_the_run(error):
                    raise
                scores = [None] * len(some)
            yield from zip((track_id for track_id, *_ in some), scores, strict=True)

    def join(track: tuple[str, list[Scores | None]]) -> Scores:
        track_id, parts = track
        whole = [part for part in parts if part is not None]
        if len(whole) < len(parts):
            return track_probabilities(detector, audio, track_id, window_s)
        return np.concatenate(whole)

    by_track = groupby(scored(), itemgetter(0))
    return results_here(join, ((track_id, [scores for _, scores in parts]) for track_id, parts in by_track))


def track_probabilities(
    detector: VocalActivityDetector, audio: ShardStore, track_id: str, window_s: float
) -> NDArray[np.float32]:
    """Return the probability of singing in each window of a track.

    Samples after the last whole window are ignored; memory holds one block of at most BLOCK_S seconds.

    Args:
        detector: Gives the probabilities.
        audio: Store of the mixtures.
        track_id: Identifier of the track.
        window_s: Duration of a window, in seconds.

    Returns:
        (n_windows,) float32.
    """
    window = round(window_s * audio.sample_rate_hz)
    blocks = (audio.read(track_id, "mixture", *span) for span in _spans(audio, track_id, window))
    return np.concatenate([detector.probabilities(track_id, block, window) for block in blocks])


def _spans(audio: ShardStore, track_id: str, window: int) -> Iterator[tuple[float, float]]:
    """Yield offset and duration in seconds of a track's blocks, each a whole number of windows; at least one block."""
    rate = audio.sample_rate_hz
    n_windows = round(audio.duration_s(track_id, "mixture") * rate) // window
    windows_per_block = max(1, int(BLOCK_S * rate) // window)
    for first in range(0, max(1, n_windows), windows_per_block):
        count = min(windows_per_block, n_windows - first)
        yield first * window / rate, count * window / rate
