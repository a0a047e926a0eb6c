"""Small sounds, and files of them in any of FFmpeg's codecs."""

import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def music(duration_s: float = 2.0, seed: int = 0, n_channels: int = 1, rate: int = 16000) -> NDArray[np.int16]:
    """Return noise of its own for each seed, (n_channels, n) int16."""
    noise = np.random.default_rng(seed).normal(0, 3000, (n_channels, round(duration_s * rate)))
    return noise.clip(-32768, 32767).astype(np.int16)


def write_wav(path: Path, samples: NDArray[np.int16], sample_rate_hz: int = 16000) -> None:
    """Write (n_channels, n) int16."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((samples.shape[0], 2, sample_rate_hz, 0, "NONE", ""))
        file.writeframes(np.ascontiguousarray(samples.T, "<i2").tobytes())


def write_audio(
    path: Path, samples: NDArray[np.int16], sample_rate_hz: int, codec: str, layout: str | None = None
) -> Path:
    """Write (n_channels, n) int16 with one of FFmpeg's codecs; the suffix of the path names the container."""
    path.parent.mkdir(parents=True, exist_ok=True)
    layout = layout or {1: "mono", 2: "stereo"}[samples.shape[0]]
    with av.open(f"file:{path}", "w") as container:
        stream = container.add_stream(codec, rate=sample_rate_hz, layout=layout)
        interleaved = np.ascontiguousarray(samples.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
        frame.sample_rate, frame.pts = sample_rate_hz, 0
        to_codec = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=sample_rate_hz)
        for piece in [*to_codec.resample(frame), *to_codec.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
