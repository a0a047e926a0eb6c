"""MP3 and FLAC files, written through PyAV (`decode` reads them back)."""

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from real_cloned.core.files import AnyPath, atomic_write, resolve_path

FASTEST_QUALITY = "9"
"""LAME's quickest quality setting: most of the time goes into it, and the demo's voices need no better."""

MP3_SAMPLE_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def encode_mp3(path: AnyPath | str, samples: NDArray[np.int16], sample_rate_hz: int, bit_rate: int) -> None:
    """Write an MP3 file that decodes without delay: LAME's header tells decoders how much padding to trim.

    The file is written beside `path` and renamed when complete.

    Args:
        path: The file to write, here or on a remote file system.
        samples: (n_channels, n_samples) int16, one or two channels.
        sample_rate_hz: One of `MP3_SAMPLE_RATES_HZ`.
        bit_rate: Bits per second, constant.

    Raises:
        ValueError: When the samples have another shape or type, or when MP3 has no such sample rate.
    """
    _check_samples(samples)
    if sample_rate_hz not in MP3_SAMPLE_RATES_HZ:
        raise ValueError(f"MP3 has no sample rate of {sample_rate_hz} Hz, only {MP3_SAMPLE_RATES_HZ}")
    with atomic_write(resolve_path(str(path))) as partial, av.open(f"file:{partial}", "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=sample_rate_hz)
        stream.bit_rate = bit_rate
        stream.codec_context.options = {"compression_level": FASTEST_QUALITY}
        _encode(container, stream, samples, "s16p")


def encode_flac(path: AnyPath | str, samples: NDArray[np.int16], sample_rate_hz: int) -> None:
    """Write a FLAC file; it is written beside `path` and renamed when complete.

    Args:
        path: The file to write, here or on a remote file system.
        samples: (n_channels, n_samples) int16, one or two channels.
        sample_rate_hz: Any whole number that FLAC knows.

    Raises:
        ValueError: When the samples have another shape or type.
    """
    _check_samples(samples)
    with atomic_write(resolve_path(str(path))) as partial, av.open(f"file:{partial}", "w", format="flac") as container:
        _encode(container, container.add_stream("flac", rate=sample_rate_hz), samples, "s16")


def _check_samples(samples: NDArray[np.int16]) -> None:
    if samples.dtype != np.int16 or samples.ndim != 2 or samples.shape[0] not in (1, 2) or not samples.shape[1]:
        raise ValueError(f"expected (1 or 2, n) int16 samples, got {samples.shape} {samples.dtype}")


def _encode(container: OutputContainer, stream: AudioStream, samples: NDArray[np.int16], layout: str) -> None:
    """Write all samples to a stream; the layout is FFmpeg's name of how they lie in memory, `s16` or `s16p`."""
    channels = "mono" if samples.shape[0] == 1 else "stereo"
    stream.codec_context.layout, stream.codec_context.format = channels, layout
    values = samples if layout == "s16p" else samples.T.reshape(1, -1)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(values), format=layout, layout=channels)
    frame.sample_rate, frame.pts = stream.codec_context.sample_rate, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
