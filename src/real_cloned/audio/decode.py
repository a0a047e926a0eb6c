"""Audio files of any kind, decoded to int16 at one sample rate with FFmpeg's decoders (PyAV), block by block.

Samples are clipped, never wrapped. More than two channels are mixed down to stereo by FFmpeg's matrix; then mono
becomes stereo by duplication, and stereo becomes mono by averaging. Packets that do not decode are skipped, as players
do, unless they are most of the file. `header_duration_s` is the duration in a file's header, where it is reliable.
"""

import wave
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath

av.logging.set_level(None)

BLOCK_SAMPLES = 16384
"""Samples that the resampler returns at once; one MP3 frame at a time takes half as long again."""


EXACT_FORMATS = {"aiff", "flac", "mov", "matroska", "asf", "caf", "ape", "tta", "wv"}
"""Containers whose header counts samples. Ogg has no such count, and in others FFmpeg divides size by bit rate."""

FRAME_COUNT_TAGS = (b"Xing", b"Info", b"VBRI")
MP3_FRAME_BYTES = 4096
STREAMED_BYTES = 0x7FFFFF00
"""A WAV header with a larger size was written by a program that did not know the length in advance."""


class UnreadableAudio(RealClonedError):  # noqa: N818 (the name is that of the reason)
    """A file that cannot be decoded; the message is a short reason for the table of rejected files."""


@dataclass(frozen=True)
class DecodedAudio:
    """A decoded file, and the format of the file itself.

    Attributes:
        samples: (n_channels, n_samples) int16 at the requested sample rate.
        source_sample_rate_hz: Sample rate of most of the file, in hertz; it may change within a file.
        source_n_channels: Channel count of most of the file.
    """

    samples: NDArray[np.int16]
    source_sample_rate_hz: int
    source_n_channels: int


def decode(path: AnyPath | str, sample_rate_hz: int, n_channels: int) -> DecodedAudio:
    """Return all audio of a file.

    Args:
        path: A file in any format that FFmpeg decodes.
        sample_rate_hz: Sample rate of the result, in hertz.
        n_channels: Channels of the result, 1 or 2.

    Raises:
        UnreadableAudio: When the file is missing, empty, not audio, or mostly damaged.

    Example:
        >>> import tempfile, wave
        >>> path = Path(tempfile.mkdtemp()) / "ramp.wav"
        >>> with wave.open(str(path), "wb") as file:
        ...     file.setparams((1, 2, 8000, 0, "NONE", ""))
        ...     file.writeframes(np.arange(4, dtype="<i2").tobytes())
        >>> audio = decode(path, sample_rate_hz=8000, n_channels=2)
        >>> audio.samples.tolist(), audio.source_n_channels
        ([[0, 1, 2, 3], [0, 1, 2, 3]], 1)
    """
    blocks = AudioBlocks(path, sample_rate_hz, n_channels)
    samples = np.concatenate([np.zeros((n_channels, 0), np.int16), *blocks], axis=1)
    return DecodedAudio(samples, blocks.source_sample_rate_hz, blocks.source_n_channels)


class AudioBlocks:
    """The audio of a file as an iterable of blocks (n_channels, n) int16 of about a second; one is in memory at a time.

    Args:
        path: A file in any format that FFmpeg decodes; iterating opens it.
        sample_rate_hz: Sample rate of the blocks, in hertz.
        n_channels: Channels of the blocks, 1 or 2.

    Attributes:
        source_sample_rate_hz: After the last block: the sample rate of most of the file, in hertz.
        source_n_channels: After the last block: the channel count of most of the file.
        header_duration_s: After the last block: the duration in the header, in seconds; None where it is unreliable.
    """

    def __init__(self, path: AnyPath | str, sample_rate_hz: int, n_channels: int):
        self.path = Path(path) if isinstance(path, str) else path
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.source_sample_rate_hz, self.source_n_channels = 0, 0
        self.header_duration_s: float | None = None

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        """Decode from the beginning.

        Raises:
            UnreadableAudio: When the file is missing, empty, not audio, or mostly damaged.
        """
        try:
            _check_file(self.path)
            yield from self._blocks()
        except InvalidDataError as error:
            raise UnreadableAudio(f"not audio: {error.strerror}") from error
        except (FFmpegError, OSError, ValueError) as error:
            raise UnreadableAudio(f"unreadable: {getattr(error, 'strerror', None) or error}") from error
        except Exception as error:
            if isinstance(self.path, Path) or isinstance(error, UnreadableAudio):
                raise
            raise UnreadableAudio(f"unreadable: {error}") from error  # each remote file system has errors of its own

    def _blocks(self) -> Iterator[NDArray[np.int16]]:
        resampler = _Resampler(self.sample_rate_hz, self.n_channels)
        with ExitStack() as stack:
            container = stack.enter_context(_open(self.path, stack))
            if not container.streams.audio:
                raise UnreadableAudio("no audio stream")
            self.header_duration_s = header_duration_s(container, self.path)
            for frame in _frames(container):
                yield from resampler.add(frame)
        yield from resampler.flush()
        if not resampler.n_samples_by_source:
            raise UnreadableAudio("empty: its audio stream holds no samples")
        (most_common, _), *_ = resampler.n_samples_by_source.most_common(1)
        self.source_sample_rate_hz, self.source_n_channels = most_common


def _check_file(path: AnyPath) -> None:
    if not path.exists():
        raise UnreadableAudio("no such file")
    if not path.is_file():
        raise UnreadableAudio("not a file")
    if path.stat().st_size == 0:
        raise UnreadableAudio("empty")


def _open(path: AnyPath, stack: ExitStack) -> InputContainer:
    if isinstance(path, Path):
        # The prefix keeps FFmpeg from reading a name such as "live: song.mp3" as a network address.
        return av.open(f"file:{path}", metadata_errors="replace")
    return av.open(stack.enter_context(path.open("rb")), "r", metadata_errors="replace")


def _frames(container: InputContainer) -> Iterator[AudioFrame]:
    stream = container.streams.audio[0]
    n_valid, n_damaged = 0, 0
    for packet in container.demux(stream):
        try:
            yield from stream.decode(packet)
            n_valid += packet.size > 0
        except InvalidDataError:
            n_damaged += 1
    if n_damaged > n_valid:
        raise UnreadableAudio(f"damaged: {n_damaged} of {n_valid + n_damaged} packets do not decode")


class _Resampler:
    """Converts decoded frames to int16 samples of one sample rate and channel count.

    A damaged file may change its frame format midway, and HE-AAC does so by design: a new resampler is made then.
    """

    def __init__(self, sample_rate_hz: int, n_channels: int):
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.n_samples_by_source: Counter[tuple[int, int]] = Counter()
        self._format: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def add(self, frame: AudioFrame) -> Iterator[NDArray[np.int16]]:
        """Add a frame, and yield the samples that are ready."""
        frame_format = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or frame_format != self._format:
            yield from self.flush()
            layout = "stereo" if frame.layout.nb_channels > 2 else frame.layout
            self._resampler = AudioResampler("s16p", layout, self.sample_rate_hz, frame_size=BLOCK_SAMPLES)
            self._format = frame_format
        self.n_samples_by_source[frame.sample_rate, frame.layout.nb_channels] += frame.samples
        frame.pts = None  # a jump in time stamps must neither stop the resampler nor insert silence
        yield from map(self._convert, self._resampler.resample(frame))

    def flush(self) -> Iterator[NDArray[np.int16]]:
        """Yield the samples that the resampler still holds."""
        if self._resampler is not None:
            yield from map(self._convert, self._resampler.resample(None))
        self._resampler = None

    def _convert(self, frame: AudioFrame) -> NDArray[np.int16]:
        return _to_channels(np.asarray(frame.to_ndarray(), np.int16), self.n_channels)


def _to_channels(samples: NDArray[np.int16], n_channels: int) -> NDArray[np.int16]:
    if samples.shape[0] == n_channels:
        return samples
    if n_channels == 2:
        return np.repeat(samples, 2, axis=0)
    mean = samples.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.asarray(np.rint(mean), np.int16)


def header_duration_s(container: InputContainer, path: AnyPath) -> float | None:
    """Return the duration in the header of an open file, in seconds; None where the header has no reliable one.

    That of an MP3 file counts only when its first frame holds the number of frames; without it, FFmpeg estimates.

    Args:
        container: The file, opened with PyAV.
        path: The same file.
    """
    format_name = container.format.name.split(",")[0]
    stream = container.streams.audio[0]
    if format_name == "wav":
        return _wav_duration_s(path)
    if format_name not in EXACT_FORMATS and not (format_name == "mp3" and _counts_frames(path)):
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration is not None else None


def _counts_frames(path: AnyPath) -> bool:
    with path.open("rb") as file:
        start = file.read(10)
        if start[:3] == b"ID3" and len(start) == 10:
            file.seek(10 + sum(byte << shift for byte, shift in zip(start[6:], (21, 14, 7, 0), strict=True)))
        first_frame = file.read(MP3_FRAME_BYTES)
    return any(tag in first_frame for tag in FRAME_COUNT_TAGS)


def _wav_duration_s(path: AnyPath) -> float | None:
    """Return the duration in a WAV header; FFmpeg would reduce it to that of the samples in the file."""
    try:
        with path.open("rb") as file, wave.open(file) as header:  # type: ignore[arg-type]
            n_bytes = header.getnframes() * header.getnchannels() * header.getsampwidth()
            return header.getnframes() / header.getframerate() if 0 < n_bytes < STREAMED_BYTES else None
    except (wave.Error, EOFError, ZeroDivisionError):
        return None  # not plain PCM
