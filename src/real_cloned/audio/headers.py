"""What the header of an audio file says of its length, where it cannot be believed, and what FFmpeg is given instead.

A program that writes to a pipe cannot return to the header when it knows the length. It leaves 0 there, or a number
near the largest one: SoX 0x7FFFF000, FFmpeg 0xFFFFFFFF. WAV, W64, AIFF and AU have such sizes. FFmpeg reads some of
these files to their end and refuses others, so those are corrected while they are read.
"""

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

UNKNOWN_BYTES, UNKNOWN_BYTES_64 = 0x7FFF0000, 1 << 62
"""Sizes from these on, in 32 and in 64 bits, were written by programs that did not know the length."""

W64_RIFF = bytes.fromhex("726966662E91CF11A5D628DB04C10000")
UNCOMPRESSED = (1, 3, 0xFFFE)
"""WAV formats whose length follows from their size: integers, floating point, either with a list of channels."""

PROTECTED = "protected: only the program of its shop can play it"
"""Why an encrypted file is rejected."""

MAX_CHUNKS = 1000
MP3_FRAME_BYTES = 4096
OGG_HEAD_BYTES, FIRST_PAGE = 27, 0x02


@dataclass(frozen=True)
class PcmHeader:
    """The header of a file of plain samples.

    Attributes:
        duration_s: Duration that it declares, in seconds; None where it declares none that can be believed.
        corrections: Bytes by their offset in the file, with which FFmpeg reads it to its end.
    """

    duration_s: float | None = None
    corrections: Mapping[int, bytes] = field(default_factory=dict)


def read_pcm_header(file: IO[bytes]) -> PcmHeader | None:
    """Return the header of a WAV, W64, AU or plain CAF file, or of an AIFF file without a length; None of others.

    Args:
        file: The file, opened for reading.
    """
    n_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(40)
    if start[:4] in (b"RIFF", b"RF64", b"BW64") and start[8:12] == b"WAVE":
        return _read_wav(file, n_bytes)
    if start[:16] == W64_RIFF:
        return _read_w64(file, n_bytes)
    if start[:4] == b"FORM" and start[8:12] in (b"AIFF", b"AIFC"):
        return _read_aiff(file, n_bytes)
    if start[:4] == b"caff":
        return _read_caf(file)
    if start[:4] == b".snd":
        return PcmHeader(corrections={} if any(start[8:12]) else {8: b"\xff" * 4})
    return None


def _read_wav(file: IO[bytes], n_bytes: int) -> PcmHeader:
    size_at, bytes_per_s, declared, limit = 0, 0, 0, UNKNOWN_BYTES
    for name, offset, size in _chunks(file, 12, struct.Struct("<4sI")):
        if name == b"ds64":
            size_at, limit = offset + 8, UNKNOWN_BYTES_64
            declared = int.from_bytes(file.read(16)[8:], "little")
        if name == b"fmt ":
            bytes_per_s = _bytes_per_second(file.read(14))
        if name == b"data":
            declared = declared if size_at else size
            if 0 < declared < limit:
                return PcmHeader(declared / bytes_per_s if bytes_per_s else None)
            return PcmHeader(corrections={size_at: struct.pack("<Q", n_bytes - offset)} if size_at else {})
    return PcmHeader()


def _read_w64(file: IO[bytes], n_bytes: int) -> PcmHeader:
    head, bytes_per_s = struct.Struct("<16sQ"), 0
    for name, offset, size in _chunks(file, 40, head, alignment=8, counts_head=True):
        if name[:4] == b"fmt ":
            bytes_per_s = _bytes_per_second(file.read(14))
        if name[:4] == b"data":
            if 0 < size < UNKNOWN_BYTES_64:
                return PcmHeader(size / bytes_per_s if bytes_per_s else None)
            sizes = {16: n_bytes, offset - 8: n_bytes - offset + head.size}
            return PcmHeader(corrections={at: struct.pack("<Q", value) for at, value in sizes.items()})
    return PcmHeader()


def _read_aiff(file: IO[bytes], n_bytes: int) -> PcmHeader | None:
    n_frames_at = None
    for name, offset, size in _chunks(file, 12, struct.Struct(">4sI")):
        if name == b"COMM":
            n_frames_at = offset + 2
        if name == b"SSND":
            if n_frames_at is None or 8 < size < UNKNOWN_BYTES:
                return None
            sizes = {4: n_bytes - 8, n_frames_at: 0, offset - 4: n_bytes - offset}
            return PcmHeader(corrections={at: struct.pack(">I", value % 2**32) for at, value in sizes.items()})
    return None


def _read_caf(file: IO[bytes]) -> PcmHeader | None:
    bytes_per_s = 0.0
    for name, _, size in _chunks(file, 8, struct.Struct(">4sq"), alignment=1):
        if name == b"desc":
            sample_rate_hz, kind, _, packet_bytes, packet_frames = struct.unpack(">d4sIII", file.read(24).ljust(24))
            if kind != b"lpcm" or not packet_frames:
                return None
            bytes_per_s = sample_rate_hz * packet_bytes / packet_frames
        if name == b"data" and bytes_per_s > 0:
            edit_count_bytes = 4
            return PcmHeader((size - edit_count_bytes) / bytes_per_s if 0 < size < UNKNOWN_BYTES_64 else None)
    return None


def _chunks(
    file: IO[bytes], offset: int, head: struct.Struct, alignment: int = 2, *, counts_head: bool = False
) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk, the offset of its content, where the file then stands, and the content's size."""
    for _ in range(MAX_CHUNKS):
        file.seek(offset)
        start = file.read(head.size)
        if len(start) < head.size:
            return
        name, size = head.unpack(start)
        size -= head.size if counts_head else 0
        yield name, offset + head.size, size
        offset += head.size + max(0, size)
        offset += -offset % alignment


def _bytes_per_second(wave_format: bytes) -> int:
    """Return the bytes per second of uncompressed samples from the content of a WAV's `fmt ` chunk, else 0."""
    if len(wave_format) < 14:
        return 0
    kind, _, sample_rate_hz, _, frame_bytes = struct.unpack("<HHIIH", wave_format)
    return sample_rate_hz * frame_bytes if kind in UNCOMPRESSED else 0


def read_mp3_counts(file: IO[bytes]) -> tuple[int, int]:
    """Return how many frames and bytes an MP3 file has, as its first frame says; 0 for what it does not say.

    Args:
        file: The file, opened for reading.
    """
    file.seek(0)
    start = file.read(10)
    has_tag = start[:3] == b"ID3" and len(start) == 10
    tag_bytes = sum(byte << shift for byte, shift in zip(start[6:], (21, 14, 7, 0), strict=True)) if has_tag else -10
    file.seek(10 + tag_bytes)
    frame = file.read(MP3_FRAME_BYTES)
    if (at := frame.find(b"VBRI")) >= 0:
        n_bytes, n_frames = struct.unpack(">II", frame[at + 10 : at + 18].ljust(8, b"\0"))
        return n_frames, n_bytes
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0:
        return 0, 0
    flags, *counts = struct.unpack(">III", frame[at + 4 : at + 16].ljust(12, b"\0"))
    n_frames = counts.pop(0) if flags & 1 else 0
    return n_frames, counts[0] if flags & 2 else 0


def find_ogg_links(file: IO[bytes]) -> list[int]:
    """Return the offsets at which the parts of an Ogg file begin; empty for other files.

    Parts of one file, such as the songs of a recorded radio programme, may differ in sample rate and channels. A part
    begins with the first pages of its streams (RFC 3533, section 6).

    Args:
        file: The file, opened for reading.
    """
    starts, offset, was_first = list[int](), 0, False
    while True:
        file.seek(offset)
        head = file.read(OGG_HEAD_BYTES)
        if len(head) < OGG_HEAD_BYTES or head[:4] != b"OggS":
            return starts
        is_first = bool(head[5] & FIRST_PAGE)
        if is_first and not was_first:
            starts.append(offset)
        offset += OGG_HEAD_BYTES + head[26] + sum(file.read(head[26]))
        was_first = is_first


class FileView(io.RawIOBase):
    """A part of a file as a file of its own, with some bytes replaced.

    Args:
        file: The file, opened for reading.
        start: Offset of its first byte.
        stop: Offset after its last byte; None: the end of the file.
        corrections: Bytes to read instead of those in the file, by their offset in the view.
    """

    def __init__(
        self, file: IO[bytes], start: int = 0, stop: int | None = None, corrections: Mapping[int, bytes] | None = None
    ):
        super().__init__()
        self._file, self._start = file, start
        self._n_bytes = (file.seek(0, io.SEEK_END) if stop is None else stop) - start
        self._corrections = corrections or {}
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte, and return its offset.

        Args:
            offset: In bytes, from what `whence` says.
            whence: As in `io.IOBase.seek`.
        """
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._n_bytes}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end.

        Args:
            size: At most so many; below 0: all.
        """
        n_left = max(0, self._n_bytes - self._position)
        self._file.seek(self._start + self._position)
        content = bytearray(self._file.read(n_left if size < 0 else min(size, n_left)))
        for offset, correction in self._corrections.items():
            for at, byte in enumerate(correction, offset - self._position):
                if 0 <= at < len(content):
                    content[at] = byte
        self._position += len(content)
        return bytes(content)
