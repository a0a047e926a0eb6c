"""Audio files of any kind, decoded to int16 at one sample rate with FFmpeg's decoders (PyAV), piece by piece.

Samples are clipped, never wrapped. More than two channels are folded to stereo by FFmpeg's matrix; then mono becomes
stereo by duplication, and stereo mono by averaging. Packets that do not decode are skipped, as players do, unless they
are most of the file.

How long a file's own header says that it is, where a header can be believed.
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

PIECE_SAMPLES = 16384
"""How much the resampler hands over at once; an MP3 frame at a time takes half as long again."""


class UnreadableAudio(RealClonedError):  # noqa: N818 (it is a reason, not a fault)
    """A file that gives no audio; the message is a short reason for the table of rejected files."""


@dataclass(frozen=True)
class Decoded:
    """A decoded file, and what the file itself held.

    samples : (n_channels, n_samples) int16 at the sample rate that was asked for
    source_sample_rate_hz, source_n_channels : of most of the file, should they change on the way
    """

    samples: NDArray[np.int16]
    source_sample_rate_hz: int
    source_n_channels: int


class AudioPieces:
    """The audio of the file at `path`, in pieces (n_channels, n) int16 of about a second; memory holds one at a time.

    Iterating opens the file, and raises UnreadableAudio when it is not there, is empty, is no audio, or is mostly
    damaged. After the last piece `source` holds the sample rate in hertz and the channel count of most of the file, and
    `declared_s` how long its header says it is, in seconds: None where there is no telling.
    """

    def __init__(self, path: AnyPath | str, sample_rate_hz: int, n_channels: int):
        self.path = Path(path) if isinstance(path, str) else path
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.source = (0, 0)
        self.declared_s: float | None = None

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        """Decode from the beginning."""
        try:
            _check_file(self.path)
            yield from self._pieces()
        except InvalidDataError as error:
            raise UnreadableAudio(f"not audio: {error.strerror}") from error
        except (FFmpegError, OSError, ValueError) as error:
            raise UnreadableAudio(f"unreadable: {getattr(error, 'strerror', None) or error}") from error
        except Exception as error:
            if isinstance(self.path, Path) or isinstance(error, UnreadableAudio):
                raise
            raise UnreadableAudio(f"unreadable: {error}") from error  # each remote file system has errors of its own

    def _pieces(self) -> Iterator[NDArray[np.int16]]:
        folding = _Folding(self.sample_rate_hz, self.n_channels)
        with ExitStack() as stack:
            container = stack.enter_context(_opened(self.path, stack))
            if not container.streams.audio:
                raise UnreadableAudio("no audio stream")
            self.declared_s = declared_duration_s(container, self.path)
            for frame in _frames(container):
                yield from folding.add(frame)
        yield from folding.flush()
        if not folding.n_samples_by_source:
            raise UnreadableAudio("empty: its audio stream holds no samples")
        self.source, _ = folding.n_samples_by_source.most_common(1)[0]


def decode(path: AnyPath | str, sample_rate_hz: int, n_channels: int) -> Decoded:
    """Return all audio of the file at `path`, at `sample_rate_hz` hertz and with `n_channels` channels.

    Raises UnreadableAudio as AudioPieces does.
    """
    pieces = AudioPieces(path, sample_rate_hz, n_channels)
    samples = np.concatenate([np.zeros((n_channels, 0), np.int16), *pieces], axis=1)
    return Decoded(samples, *pieces.source)


def _check_file(path: AnyPath) -> None:
    if not path.exists():
        raise UnreadableAudio("no such file")
    if not path.is_file():
        raise UnreadableAudio("not a file")
    if path.stat().st_size == 0:
        raise UnreadableAudio("empty")


def _opened(path: AnyPath, stack: ExitStack) -> InputContainer:
    if isinstance(path, Path):
        # The prefix keeps FFmpeg from reading a name such as "live: song.mp3" as a network address.
        return av.open(f"file:{path}", metadata_errors="replace")
    return av.open(stack.enter_context(path.open("rb")), "r", metadata_errors="replace")


def _frames(container: InputContainer) -> Iterator[AudioFrame]:
    stream = container.streams.audio[0]
    n_whole, n_damaged = 0, 0
    for packet in container.demux(stream):
        try:
            yield from stream.decode(packet)
            n_whole += packet.size > 0
        except InvalidDataError:
            n_damaged += 1
    if n_damaged > n_whole:
        raise UnreadableAudio(f"damaged: {n_damaged} of {n_whole + n_damaged} packets do not decode")


class _Folding:
    """Takes frames as they are decoded, and gives int16 samples of one sample rate and channel count.

    A damaged file may change its frame format midway, and HE-AAC does so by design: a new resampler is made then.
    """

    def __init__(self, sample_rate_hz: int, n_channels: int):
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.n_samples_by_source: Counter[tuple[int, int]] = Counter()
        self._format: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def add(self, frame: AudioFrame) -> Iterator[NDArray[np.int16]]:
        """Take one more frame, and give what is ready."""
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or form != self._format:
            yield from self.flush()
            layout = "stereo" if frame.layout.nb_channels > 2 else frame.layout
            self._resampler = AudioResampler("s16p", layout, self.sample_rate_hz, frame_size=PIECE_SAMPLES)
            self._format = form
        self.n_samples_by_source[frame.sample_rate, frame.layout.nb_channels] += frame.samples
        frame.pts = None  # a jump in time stamps must neither stop the resampler nor insert silence
        yield from map(self._folded, self._resampler.resample(frame))

    def flush(self) -> Iterator[NDArray[np.int16]]:
        """Give what the resampler still holds."""
        if self._resampler is not None:
            yield from map(self._folded, self._resampler.resample(None))
        self._resampler = None

    def _folded(self, frame: AudioFrame) -> NDArray[np.int16]:
        return _to_channels(np.asarray(frame.to_ndarray(), np.int16), self.n_channels)


def _to_channels(samples: NDArray[np.int16], n_channels: int) -> NDArray[np.int16]:
    if samples.shape[0] == n_channels:
        return samples
    if n_channels == 2:
        return np.repeat(samples, 2, axis=0)
    mean = samples.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.asarray(np.rint(mean), np.int16)


EXACT_FORMATS = {"aiff", "flac", "mov", "matroska", "asf", "caf", "ape", "tta", "wv"}
"""Containers whose header counts samples. Ogg has no such count, and in others FFmpeg divides size by bit rate."""

FRAME_COUNTS = (b"Xing", b"Info", b"VBRI")
MP3_FRAME_BYTES = 4096
STREAMED_BYTES = 0x7FFFFF00
"""A WAV that says it is longer was written by a program that did not know how long it would be."""


def declared_duration_s(container: InputContainer, path: AnyPath) -> float | None:
    """Return the seconds of audio that the header of an open file promises, None where it promises nothing.

    An MP3 file is believed only when its first frame counts the others; without it, its length is a guess.
    """
    form = container.format.name.split(",")[0]
    stream = container.streams.audio[0]
    if form == "wav":
        return _wav_duration_s(path)
    if form not in EXACT_FORMATS and not (form == "mp3" and _counts_frames(path)):
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
    return any(mark in first_frame for mark in FRAME_COUNTS)


def _wav_duration_s(path: AnyPath) -> float | None:
    """FFmpeg would cut the header's length down to that of the file."""
    try:
        with path.open("rb") as file, wave.open(file) as header:  # type: ignore[arg-type]
            n_bytes = header.getnframes() * header.getnchannels() * header.getsampwidth()
            return header.getnframes() / header.getframerate() if 0 < n_bytes < STREAMED_BYTES else None
    except (wave.Error, EOFError, ZeroDivisionError):
        return None  # not plain PCM
