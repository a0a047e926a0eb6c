"""Two ways to tell how likely a window holds singing: the trained detector, and the loudness of separated vocals.

From audio to the segments that hold singing, and to the tracks that hold enough of it (paper, section 3.1).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.artifacts.weights import read_weights
from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Segments
from real_cloned.vocals.detection.energy import EnergyListener
from real_cloned.vocals.detection.model import VocalDetector, load_detector

SHIPPED = Path(__file__).with_name("vocal_detector.safetensors")
"""The detector that ships with the package (`kedro run --pipelines=train_vocal_detector` trains it)."""

N_TOGETHER = 20
"""Windows that go through the network at once."""


class Listener(Protocol):
    """Anything that hears singing."""

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return (n_windows,) probabilities of singing in the whole windows of `window` samples, side by side.

        samples : (n_channels, n_samples) int16, a stretch of the track
        """
        ...


class DetectorListener:
    """The trained detector."""

    def __init__(self, detector: VocalDetector):
        self.detector = detector

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return what the detector says of each window; what is left after the last whole window is not heard."""
        count = samples.shape[1] // window
        if not count:
            return np.zeros(0, np.float32)
        windows = samples[:, : count * window].reshape(len(samples), count, window).transpose(1, 0, 2)
        with torch.inference_mode():
            parts = [torch.sigmoid(self.detector(part)) for part in torch.from_numpy(windows.copy()).split(N_TOGETHER)]
        return torch.cat(parts).numpy()  # type: ignore[no-any-return]


def load_listener(parameters: VocalFilterParameters, audio: ShardStore) -> Listener:
    """Return the listener that `parameters` name, for tracks of `audio`.

    Raises RealClonedError when its weights are not there, are no detector's, or are for another sample rate.
    """
    if parameters.method == "energy":
        return EnergyListener.load(parameters, audio)
    detector = open_detector(parameters.detector)
    if detector.sample_rate_hz != audio.sample_rate_hz:
        raise RealClonedError(
            f"vocal_filter.detector {parameters.detector} hears audio at {detector.sample_rate_hz} Hz, and "
            f"audio.sample_rate_hz is {audio.sample_rate_hz}: train one at that rate, or set vocal_filter.method to "
            "energy"
        )
    return DetectorListener(detector)


def open_detector(name: str) -> VocalDetector:
    """Return the detector that ships with the package (`shipped`), or that of the .safetensors file at path `name`.

    Raises RealClonedError for any other kind of file, and where there is none.
    """
    path = SHIPPED if name == "shipped" else Path(name)
    if path.suffix != ".safetensors":
        raise RealClonedError(
            f"vocal_filter.detector is {name}: give `shipped` or the path of a .safetensors file, as "
            "`kedro run --pipelines=train_vocal_detector` writes it; nothing else is read as weights"
        )
    if not path.is_file():
        raise RealClonedError(f"vocal_filter.detector names {path}, and there is no such file")
    return load_detector(read_weights(path))


BLOCK_S = 60.0
"""How much of a track is in memory at once, at most: a whole number of windows."""

TRACKS_AT_ONCE = 32
"""Tracks that a process hears before it is given others."""


def find_vocal_segments(
    audio: ShardStore,
    tracks: pd.DataFrame,
    corpus: CorpusParameters,
    segment: AudioParameters,
    detection: VocalFilterParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the segments with singing in all their windows, and the tracks rejected for too little singing.

    tracks : Tracks, whose mixtures are in `audio`

    A track is kept when at least `corpus.min_vocal_share` of its windows hold singing; a rejected one has no segments.
    Raises RealClonedError when a segment is not a whole number of windows, or when the detector cannot be had.
    """
    _check_windows(segment.segment_s, detection.window_s)
    if tracks.empty:
        return empty_table(Segments), empty_table(Rejected)
    load_listener(detection, audio)  # what is missing is missed here, not in another process
    segments, rejected = [], []
    for track_id, probability in _heard(tracks["track_id"].tolist(), audio, corpus.name, detection):
        share = (probability >= detection.threshold).sum() / max(1, len(probability))
        found = _segments(track_id, probability, segment.segment_s, detection)
        if share < corpus.min_vocal_share or found.empty:
            reason = f"too little singing: {share:.0%} of its windows"
            rejected.append({"track_id": track_id, "path": None, "stage": "vocal_filter", "reason": reason})
        else:
            segments.append(found)
    return _table(segments, Segments), _table([pd.DataFrame(rejected)] if rejected else [], Rejected)


def _heard(
    track_ids: list[str], audio: ShardStore, corpus: str, detection: VocalFilterParameters
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield each track and its windows' probabilities; processes share the tracks, but one has a GPU or a separator."""
    groups = [track_ids[start : start + TRACKS_AT_ONCE] for start in range(0, len(track_ids), TRACKS_AT_ONCE)]
    shared = detection.method == "detector" and not torch.cuda.is_available()
    n_jobs = min(cpu_count(), len(groups)) if shared else 1
    tasks = (delayed(_group_probabilities)(group, audio, detection) for group in groups)
    with tqdm(desc=f"vocal filter {corpus}", total=len(track_ids), unit="track", mininterval=1.0) as bar:
        for group, heard in zip(groups, Parallel(n_jobs=n_jobs, return_as="generator")(tasks), strict=True):
            yield from zip(group, heard, strict=True)
            bar.update(len(group))


def _group_probabilities(
    track_ids: list[str], audio: ShardStore, detection: VocalFilterParameters
) -> list[NDArray[np.float32]]:
    listener = load_listener(detection, audio)
    return [track_probabilities(listener, audio, track_id, detection.window_s) for track_id in track_ids]


def track_probabilities(listener: Listener, audio: ShardStore, track_id: str, window_s: float) -> NDArray[np.float32]:
    """Return (n_windows,) probabilities of singing in a track's windows side by side.

    What is left after the last whole window is not heard; memory holds one block of at most BLOCK_S seconds.
    """
    window = round(window_s * audio.sample_rate_hz)
    parts = [listener.probabilities(track_id, block, window) for block in _blocks(audio, track_id, window)]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def _blocks(audio: ShardStore, track_id: str, window: int) -> Iterator[NDArray[np.int16]]:
    """Stretches of a track (n_channels, n_samples), each a whole number of windows."""
    rate = audio.sample_rate_hz
    n_windows = round(audio.duration_s(track_id, "mixture") * rate) // window
    at_once = max(1, int(BLOCK_S * rate) // window)
    for first in range(0, n_windows, at_once):
        count = min(at_once, n_windows - first)
        yield audio.read(track_id, "mixture", first * window / rate, count * window / rate)


def _check_windows(segment_s: float, window_s: float) -> None:
    if segment_s % window_s:
        raise RealClonedError(
            f"audio.segment_s ({segment_s:g}) must be a multiple of vocal_filter.window_s ({window_s:g})"
        )


def _segments(
    track_id: str, probability: NDArray[np.float32], segment_s: float, detection: VocalFilterParameters
) -> pd.DataFrame:
    """Segments side by side; each is as probable as the least probable of its windows."""
    per_segment = round(segment_s / detection.window_s)
    count = len(probability) // per_segment
    least = probability[: count * per_segment].reshape(count, per_segment).min(axis=1)
    kept = least >= detection.threshold
    offsets_s = np.arange(count)[kept] * segment_s
    return pd.DataFrame({"track_id": track_id, "offset_s": offsets_s, "vocal_probability": least[kept]})


def _table(parts: list[pd.DataFrame], model: type) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else empty_table(model)
