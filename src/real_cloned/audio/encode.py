"""MP3 files, written with LAME through PyAV (`decode` reads them back)."""

from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from numpy.typing import NDArray

from real_cloned.core.files import atomic_write

FASTEST_QUALITY = "9"
"""LAME's quickest quality setting: most of the time goes into it, and the demo's voices need no better."""

MP3_SAMPLE_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def encode_mp3(path: Path | str, samples: NDArray[np.int16], sample_rate_hz: int, bit_rate: int) -> None:
    """Write an MP3 file that decodes without delay: LAME's header tells decoders how much padding to trim.

    The file is written beside `path` and renamed when complete.

    Args:
        path: The file to write.
        samples: (n_channels, n_samples) int16, one or two channels.
        sample_rate_hz: One of `MP3_SAMPLE_RATES_HZ`.
        bit_rate: Bits per second, constant.

    Raises:
        ValueError: When the samples have another shape or type, or when MP3 has no such sample rate.
    """
    if samples.dtype != np.int16 or samples.ndim != 2 or samples.shape[0] not in (1, 2) or not samples.shape[1]:
        raise ValueError(f"expected (1 or 2, n) int16 samples, got {samples.shape} {samples.dtype}")
    if sample_rate_hz not in MP3_SAMPLE_RATES_HZ:
        raise ValueError(f"MP3 has no sample rate of {sample_rate_hz} Hz, only {MP3_SAMPLE_RATES_HZ}")
    with atomic_write(Path(path)) as partial, av.open(f"file:{partial}", "w", format="mp3") as container:
        _encode(container, samples, sample_rate_hz, bit_rate)


def _encode(container: OutputContainer, samples: NDArray[np.int16], sample_rate_hz: int, bit_rate: int) -> None:
    layout = "mono" if samples.shape[0] == 1 else "stereo"
    stream = container.add_stream("libmp3lame", rate=sample_rate_hz)
    stream.codec_context.layout = layout
    stream.codec_context.format = "s16p"
    stream.bit_rate = bit_rate
    stream.codec_context.options = {"compression_level": FASTEST_QUALITY}
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="s16p", layout=layout)
    frame.sample_rate, frame.pts = sample_rate_hz, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
