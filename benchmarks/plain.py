"""The plain way to get a segment: decode it anew from the compressed file each time. Needs PyAV."""

import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

N_SEGMENTS = 24
MINUTES = 3


def segments_per_second(audio: Any) -> float | None:
    """Return how many random segments of an mp3 of three minutes can be decoded in a second; None without PyAV."""
    if find_spec("av") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = encoded(Path(folder) / "a.mp3", "libmp3lame", MINUTES)
        places_s = np.random.default_rng(0).uniform(0, 60 * MINUTES - audio.segment_s, N_SEGMENTS)
        start = time.perf_counter()
        for place_s in places_s:
            decode_segment(file, float(place_s), audio)
        return N_SEGMENTS / (time.perf_counter() - start)


def decode_segment(file: Path, place_s: float, audio: Any) -> None:
    """Open the file, go to the place, decode and resample one segment, close it."""
    import av

    with av.open(str(file)) as container:
        container.seek(round(place_s * 1e6))
        resampler = av.AudioResampler("s16p", "stereo", audio.sample_rate_hz)
        n_samples = 0
        for frame in container.decode(audio=0):
            n_samples += sum(piece.samples for piece in resampler.resample(frame))
            if n_samples >= audio.segment_samples:
                return


def encoded(path: Path, codec: str, minutes: float) -> Path:
    """Write so many minutes of stereo noise, which codecs find hard, and return the path."""
    import av

    rate = 48000 if codec == "libopus" else 44100
    noise = np.random.default_rng(0).normal(0, 3000, (1, 2 * round(60 * minutes * rate))).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(stream.codec_context.format, "stereo", rate)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
