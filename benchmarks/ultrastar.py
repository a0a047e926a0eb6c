"""UltraStar song files: when the notes of a song are sung, which makes them ground truth for vocal activity."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SUNG = (":", "*", "F", "R", "G")
"""Sung, golden, freestyle, rap and golden rap: in all of them somebody uses the voice."""


class Note(NamedTuple):
    """One sung syllable, in seconds from the start of the recording."""

    start_s: float
    end_s: float


def read_notes(text: str) -> list[Note]:
    """Return the notes of an UltraStar file's text, in its order.

    A beat of the file is a quarter of one at `#BPM` (decimal commas occur); `#GAP` is in milliseconds. With
    `#RELATIVE:YES` each line of the song counts from where the `-` line before it says. Raises ValueError where there
    is no `#BPM`.
    """
    header = _header(text)
    if "BPM" not in header:
        raise ValueError("no #BPM: this is no UltraStar file")
    beat_s, gap_s = 15 / _number(header["BPM"]), _number(header.get("GAP", "0")) / 1000
    relative, origin, notes = header.get("RELATIVE", "").strip().upper() == "YES", 0, []
    for words in (line.split() for line in text.splitlines()):
        if words and words[0] in SUNG and len(words) >= 3:
            start = origin + int(words[1])
            notes.append(Note(gap_s + start * beat_s, gap_s + (start + int(words[2])) * beat_s))
        elif relative and words and words[0] == "-":
            origin += int(words[-1])
    return notes


def sung_share(notes: list[Note], window_s: float, n_windows: int) -> NDArray[np.float64]:
    """Return (n_windows,) which share of each window of `window_s` seconds, side by side, is covered by notes."""
    per_window = round(window_s / 0.01)
    sounding = np.zeros(n_windows * per_window)
    for note in notes:
        sounding[max(0, round(note.start_s / 0.01)) : max(0, round(note.end_s / 0.01))] = 1
    return np.asarray(sounding.reshape(n_windows, per_window).mean(axis=1))


def _header(text: str) -> dict[str, str]:
    pairs = (line[1:].split(":", 1) for line in text.splitlines() if line.startswith("#") and ":" in line)
    return {name.strip().upper(): value.strip() for name, value in pairs}


def _number(text: str) -> float:
    return float(text.replace(",", "."))
