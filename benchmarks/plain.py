"""The plain ways to get a segment: decode it anew from the compressed file each time. Needs PyAV.

One starts the ffmpeg program for each segment, as the authors do (theirs starts two); the other decodes within Python.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

N_SEGMENTS = 24
MINUTES = 3


def segments_per_second(audio: Any) -> dict[str, float]:
    """Return by plain way how many random segments of an mp3 of three minutes it decodes in a second.

    Ways that need what is not installed (the ffmpeg program, PyAV) are left out.
    """
    if find_spec("av") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file = encoded(Path(folder) / "a.mp3", "libmp3lame", MINUTES)
        ways = {"an ffmpeg process each": start_ffmpeg} if shutil.which("ffmpeg") else {}
        return {
            name: _rate(way, file, audio) for name, way in {**ways, "decoded within Python": decode_segment}.items()
        }


def _rate(decode: Callable[[Path, float, Any], None], file: Path, audio: Any) -> float:
    places_s = np.random.default_rng(0).uniform(0, 60 * MINUTES - audio.segment_s, N_SEGMENTS)
    start = time.perf_counter()
    for place_s in places_s:
        decode(file, float(place_s), audio)
    return N_SEGMENTS / (time.perf_counter() - start)


def start_ffmpeg(file: Path, place_s: float, audio: Any) -> None:
    """Have the ffmpeg program decode and resample one segment, and read what it writes."""
    wanted = ["-ss", f"{place_s:.3f}", "-i", str(file), "-t", str(audio.segment_s)]
    form = ["-f", "s16le", "-ac", "2", "-ar", str(audio.sample_rate_hz), "-"]
    done = subprocess.run(["ffmpeg", "-v", "error", *wanted, *form], check=True, capture_output=True)
    samples = np.frombuffer(done.stdout, "<i2")
    if len(samples) < 2 * audio.segment_samples:
        raise ValueError(f"ffmpeg gave {len(samples)} samples from {place_s:.3f} s of {file}")


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
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(stream.codec_context.format, "stereo", rate)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
