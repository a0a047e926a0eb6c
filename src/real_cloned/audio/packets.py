"""Packets of an audio file: which of them decode, to what, and how far they reach."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import InvalidDataError
from av.packet import Packet
from numpy.typing import NDArray

from real_cloned.audio.headers import PROTECTED
from real_cloned.core.errors import RealClonedError

TIMELINE_FORMATS = {"matroska", "asf"}
"""Containers whose header says only when the last of their streams ends: the video may be longer than the audio."""

PROTECTED_TAGS = {"drms", "enca"}
"""Codec tags of encrypted audio in MP4."""

FLOAT_LIMIT = 16.0
"""Floating-point samples beyond it (24 dB above full scale) are not scaled to ±1."""


class UnreadableAudio(RealClonedError):  # noqa: N818 (the name is that of the reason)
    """A file that cannot be decoded; the message is a short reason for the table of rejected files."""


class PacketReader:
    """Decodes the first audio stream of a container, and notes how far it reaches.

    Args:
        container: A file that is open.

    Attributes:
        format_name: Name of the container's format.
        stream: The stream.
        n_packets: How many packets could be decoded.

    Raises:
        UnreadableAudio: When the container has no audio, or it is encrypted or of an unknown kind.
    """

    def __init__(self, container: InputContainer):
        if not container.streams.audio:
            raise UnreadableAudio("no audio stream")
        self.container, self.stream = container, container.streams.audio[0]
        self.format_name = container.format.name.split(",")[0]
        if getattr(self.stream, "codec_context", None) is None:
            raise UnreadableAudio("no decoder: FFmpeg does not know the kind of its audio")
        if self.stream.codec_tag in PROTECTED_TAGS or "ASF_Protection_Type" in container.metadata:
            raise UnreadableAudio(PROTECTED)
        self.n_packets, self._n_bytes = 0, 0
        self._start_s, self._end_s, self._container_end_s = float("inf"), 0.0, 0.0

    def __iter__(self) -> Iterator[AudioFrame]:
        """Decode from the beginning.

        Raises:
            UnreadableAudio: When most packets do not decode, or floating-point samples are not scaled to ±1.
        """
        n_damaged = 0
        codec = self.stream.codec_context.name
        has_float_samples = codec.startswith("pcm_f") or codec == "wavpack"
        for packet in self._packets():
            try:
                for frame in self.stream.decode(packet):
                    if has_float_samples:
                        _check_level(frame)
                    yield frame
                self.n_packets += packet.size > 0
                self._n_bytes += packet.size
            except InvalidDataError:
                n_damaged += 1
        if n_damaged > self.n_packets:
            raise UnreadableAudio(f"damaged: {n_damaged} of {self.n_packets + n_damaged} packets do not decode")

    @property
    def mean_bytes(self) -> float:
        """Mean size of the packets that could be decoded, in bytes."""
        return self._n_bytes / max(1, self.n_packets)

    def _packets(self) -> Iterator[Packet]:
        if self.format_name not in TIMELINE_FORMATS:
            yield from self.container.demux(self.stream)
            return
        for packet in self.container.demux():
            is_audio = packet.stream.index == self.stream.index
            if packet.pts is not None and packet.time_base is not None:
                start_s = float(packet.pts * packet.time_base)
                end_s = start_s + float((packet.duration or 0) * packet.time_base)
                self._container_end_s = max(self._container_end_s, end_s)
                if is_audio:
                    self._start_s, self._end_s = min(self._start_s, start_s), max(self._end_s, end_s)
            if is_audio:
                yield packet

    def timeline_duration_s(self) -> float | None:
        """Return the duration of the audio in one of TIMELINE_FORMATS: what was read and what is missing at its end."""
        if self.container.duration is None:
            return None
        missing_s = self.container.duration / 1e6 - self._container_end_s
        if self.stream.duration is not None and self.stream.time_base is not None:  # in ASF that of all streams
            missing_s = min(missing_s, float(self.stream.duration * self.stream.time_base) - self._container_end_s)
        own = next((value for tag, value in self.stream.metadata.items() if tag.startswith("DURATION")), "")
        missing_s = min(missing_s, _parse_duration_s(own) - self._end_s)  # in Matroska the end of this stream
        return max(0.0, self._end_s - self._start_s) + max(0.0, missing_s)


def _parse_duration_s(text: str) -> float:
    """Return the seconds of Matroska's `00:03:20.5`; infinity for anything else."""
    try:
        hours, minutes, seconds = map(float, text.split(":"))
    except ValueError:
        return float("inf")
    return 3600 * hours + 60 * minutes + seconds


def _check_level(frame: AudioFrame) -> None:
    problem = float_problem(frame.to_ndarray()) if frame.format.name[:3] in ("flt", "dbl") else None
    if problem is not None:
        raise UnreadableAudio(problem)


def float_problem(samples: NDArray[Any]) -> str | None:
    """Return why floating-point samples are no audio; None if they are.

    Full scale is ±1. Samples a little beyond it are common, and are clipped later; but NaN and infinity have no level,
    and samples in the range of integers would be clipped nearly everywhere.

    Args:
        samples: Floating-point samples, of any shape.

    Example:
        >>> float_problem(np.array([0.5, -1.2])) is None, float_problem(np.array([0.5, np.nan]))
        (True, 'not finite: its samples are not all numbers (NaN or infinity)')
    """
    peak = float(np.abs(samples).max(initial=0.0))
    if not np.isfinite(peak):
        return "not finite: its samples are not all numbers (NaN or infinity)"
    if peak > FLOAT_LIMIT:
        return f"not scaled to ±1: a floating-point sample of {peak:g}; divide by 32768 what were 16-bit integers"
    return None
