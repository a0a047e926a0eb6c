"""How long a file's own header says that it is, where a header can be believed."""

import wave

from av.container import InputContainer

from real_cloned.places import Place

EXACT_FORMATS = {"aiff", "flac", "mov", "matroska", "asf", "caf", "ape", "tta", "wv"}
"""Containers whose header counts samples. Ogg has no such count, and in others FFmpeg divides size by bit rate."""

FRAME_COUNTS = (b"Xing", b"Info", b"VBRI")
MP3_FRAME_BYTES = 4096
STREAMED_BYTES = 0x7FFFFF00
"""A WAV that says it is longer was written by a program that did not know how long it would be."""


def declared_duration_s(container: InputContainer, path: Place) -> float | None:
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


def _counts_frames(path: Place) -> bool:
    with path.open("rb") as file:
        start = file.read(10)
        if start[:3] == b"ID3" and len(start) == 10:
            file.seek(10 + sum(byte << shift for byte, shift in zip(start[6:], (21, 14, 7, 0), strict=True)))
        first_frame = file.read(MP3_FRAME_BYTES)
    return any(mark in first_frame for mark in FRAME_COUNTS)


def _wav_duration_s(path: Place) -> float | None:
    """FFmpeg would cut the header's length down to that of the file."""
    try:
        with path.open("rb") as file, wave.open(file) as header:  # type: ignore[arg-type]
            n_bytes = header.getnframes() * header.getnchannels() * header.getsampwidth()
            return header.getnframes() / header.getframerate() if 0 < n_bytes < STREAMED_BYTES else None
    except (wave.Error, EOFError, ZeroDivisionError):
        return None  # not plain PCM
