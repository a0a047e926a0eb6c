"""Audio files of any kind, decoded to int16 at one sample rate with FFmpeg's decoders (PyAV), block by block.

Samples are clipped, never wrapped. More than two channels are mixed down to stereo by FFmpeg's matrix; then mono
becomes stereo by duplication, and stereo becomes mono by averaging. Packets that do not decode are skipped, as players
do, unless they are most of the file. The parts of a chained Ogg file are decoded one after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from numpy.typing import NDArray

from real_cloned.audio.headers import FileView, PcmHeader, find_ogg_links, read_mp3_counts, read_pcm_header
from real_cloned.audio.packets import TIMELINE_FORMATS, PacketReader, UnreadableAudio
from real_cloned.audio.resampling import FrameConverter
from real_cloned.core.files import AnyPath

av.logging.set_level(None)

EXACT_FORMATS = {"aiff", "flac", "mov", "caf", "ape", "tta", "wv", "mp3"}
"""Containers whose header counts samples or frames. Ogg has no such count, and in others FFmpeg divides size by bit
rate."""

MP3_TAG_FRAMES = 2
"""Frames of an MP3 file that may be counted but hold no sound: that of the counts, and what is left of the last one."""

WHOLE_SHARE = 0.99
"""An MP3 file is whole if its packets hold this share of the bytes that its first frame counts."""


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
    """Return all audio of a file; of stereo in opposite phase, the first channel.

    Args:
        path: A file in any format that FFmpeg decodes.
        sample_rate_hz: Sample rate of the result, in hertz.
        n_channels: Channels of the result, 1 or 2.

    Raises:
        UnreadableAudio: When the file is missing, empty, not audio, mostly damaged, or not scaled to ±1.

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
    for first_channel_only in (False, True):
        blocks = AudioBlocks(path, sample_rate_hz, n_channels, first_channel_only=first_channel_only)
        samples = np.concatenate([np.zeros((n_channels, 0), np.int16), *blocks], axis=1)
        if not blocks.is_opposite_phase:
            break
    return DecodedAudio(samples, blocks.source_sample_rate_hz, blocks.source_n_channels)


class AudioBlocks:
    """The audio of a file as an iterable of blocks (n_channels, n) int16 of about a second; one is in memory at a time.

    Args:
        path: A file in any format that FFmpeg decodes; iterating opens it.
        sample_rate_hz: Sample rate of the blocks, in hertz.
        n_channels: Channels of the blocks, 1 or 2.
        first_channel_only: Leave out the second channel of stereo, where it is the opposite of the first.

    Attributes:
        source_sample_rate_hz: After the last block: the sample rate of most of the file, in hertz.
        source_n_channels: After the last block: the channel count of most of the file.
        header_duration_s: After the last block: the duration that the header declares for the audio, in seconds; None
            where it declares none, or cannot be believed.
        is_opposite_phase: After the last block: whether two channels cancel each other when they are averaged.
    """

    def __init__(self, path: AnyPath | str, sample_rate_hz: int, n_channels: int, *, first_channel_only: bool = False):
        self.path = Path(path) if isinstance(path, str) else path
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.first_channel_only = first_channel_only
        self.source_sample_rate_hz, self.source_n_channels = 0, 0
        self.header_duration_s: float | None = None
        self.is_opposite_phase = False

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        """Decode from the beginning.

        Raises:
            UnreadableAudio: When the file is missing, empty, not audio, mostly damaged, or not scaled to ±1.
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
        converter = FrameConverter(self.sample_rate_hz, self.n_channels, first_channel_only=self.first_channel_only)
        with self.path.open("rb") as file:
            header = read_pcm_header(file)
            for container in _containers(self.path, file, header):
                packets = PacketReader(container)
                for frame in packets:
                    yield from converter.add(frame)
                self.header_duration_s = _header_duration_s(packets, header, file)
        yield from converter.flush()
        if not converter.n_samples_by_source:
            raise UnreadableAudio("empty: its audio stream holds no samples")
        (most_common, _), *_ = converter.n_samples_by_source.most_common(1)
        self.source_sample_rate_hz, self.source_n_channels = most_common
        self.is_opposite_phase = converter.is_opposite_phase


def _check_file(path: AnyPath) -> None:
    if not path.exists():
        raise UnreadableAudio("no such file")
    if not path.is_file():
        raise UnreadableAudio("not a file")
    if path.stat().st_size == 0:
        raise UnreadableAudio("empty")


def _containers(path: AnyPath, file: IO[bytes], header: PcmHeader | None) -> Iterator[InputContainer]:
    """Open a file, or its parts one after the other: FFmpeg reads no Ogg file whose parts differ in their channels."""
    links = find_ogg_links(file)
    views: list[str | FileView]
    if len(links) > 1:
        views = [FileView(file, start, stop) for start, stop in zip(links, [*links[1:], None], strict=True)]
    elif header is not None and header.corrections:
        views = [FileView(file, corrections=header.corrections)]
    else:
        # The prefix keeps FFmpeg from reading a name such as "live: song.mp3" as a network address.
        views = [f"file:{path}" if isinstance(path, Path) else FileView(file)]
    for number, view in enumerate(views):
        try:
            container = av.open(view, "r", metadata_errors="replace")
        except FFmpegError:
            if number == 0:
                raise
            continue  # what is left of a part that was cut off in its headers
        with container:
            yield container


def _header_duration_s(packets: PacketReader, header: PcmHeader | None, file: IO[bytes]) -> float | None:
    """Return the duration that a header declares for the audio, in seconds; None where it is unreliable."""
    if header is not None:
        return header.duration_s
    if packets.format_name in TIMELINE_FORMATS:
        return packets.timeline_duration_s()
    if packets.format_name not in EXACT_FORMATS:
        return None
    if packets.format_name == "mp3":
        n_frames, n_bytes = read_mp3_counts(file)
        is_whole = 0 < n_bytes * WHOLE_SHARE <= packets.mean_bytes * (packets.n_packets + MP3_TAG_FRAMES)
        if n_frames == 0 or (is_whole and packets.n_packets + MP3_TAG_FRAMES < n_frames * WHOLE_SHARE):
            return None
    stream = packets.stream
    if stream.duration is None or stream.time_base is None:
        return None
    return float(stream.duration * stream.time_base)
