"""From audio to the segments that hold singing, and to the tracks that hold enough of it (paper, section 3.1)."""

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.store import ShardStore
from real_cloned.errors import RealClonedError
from real_cloned.parameters import AudioParameters, CorpusParameters, VocalFilterParameters
from real_cloned.schemas import Rejected, Segments, empty
from real_cloned.vocals.detector import VocalDetector, load_detector
from real_cloned.weights import Weights


def find_vocal_segments(
    audio: ShardStore,
    weights: Weights,
    found_tracks: pd.DataFrame,
    corpus: CorpusParameters,
    segment: AudioParameters,
    detection: VocalFilterParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the segments with singing in all their windows, and the tracks rejected for too little singing.

    A track is kept when at least `corpus.min_vocal_share` of its windows hold singing; a rejected one has no segments.
    Raises RealClonedError when a segment is not a whole number of windows.
    """
    if segment.segment_s % detection.window_s:
        raise RealClonedError(
            f"audio.segment_s ({segment.segment_s:g}) must be a multiple of vocal_filter.window_s "
            f"({detection.window_s:g})"
        )
    detector = load_detector(weights)
    segments, rejected = [], []
    tracks = found_tracks["track_id"]
    for track_id in tqdm(tracks, desc=f"vocal filter {corpus.name}", unit="track", mininterval=1.0):
        probability = window_probabilities(
            detector, audio.read(track_id, "mixture"), round(detection.window_s * audio.sample_rate_hz)
        )
        share = (probability >= detection.threshold).sum() / max(1, len(probability))
        found = _segments(track_id, probability, segment.segment_s, detection)
        if share < corpus.min_vocal_share or found.empty:
            reason = f"too little singing: {share:.0%} of its windows"
            rejected.append({"track_id": track_id, "path": None, "stage": "vocal_filter", "reason": reason})
        else:
            segments.append(found)
    return _table(segments, Segments), _table([pd.DataFrame(rejected)] if rejected else [], Rejected)


def window_probabilities(detector: VocalDetector, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
    """Return (n_windows,) probabilities of singing in windows of `window` samples side by side.

    samples : (n_channels, n_samples) int16; what is left after the last whole window is not looked at
    """
    count = samples.shape[1] // window
    if not count:
        return np.zeros(0, np.float32)
    windows = samples[:, : count * window].reshape(len(samples), count, window).transpose(1, 0, 2)
    with torch.inference_mode():
        parts = [torch.sigmoid(detector(part)) for part in torch.from_numpy(windows.copy()).split(64)]
    return torch.cat(parts).numpy()  # type: ignore[no-any-return]


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
    return pd.concat(parts, ignore_index=True) if parts else empty(model)
