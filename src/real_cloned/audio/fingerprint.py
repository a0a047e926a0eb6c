"""Acoustic fingerprints (chromaprint), and the pairs of recordings whose fingerprints are nearly the same.

A fingerprint is a sequence of 32-bit words, one per 0.124 s, computed from the pitch classes of the music. Another
encoding, another loudness or a few seconds less change some bits; another song changes about 40 % of them. Fingerprints
are compared as AcoustID does: words that two tracks share give the pairs to compare and their offset, so that never all
pairs are compared, and the share of different bits at that offset decides.

Reference: L. Lalinský, https://oxygene.sk/2011/01/how-does-chromaprint-work/; https://github.com/acoustid/chromaprint.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

WORD_S = 4096 / 3 / 11025
"""Seconds between two words: chromaprint's frames of 4096 samples at 11,025 Hz overlap by two thirds."""

MAX_S = 120
"""Seconds from the start that are fingerprinted, as AcoustID does."""

MAX_BIT_ERROR = 8 / 32
"""Same recording up to this share of different bits; chromaprint's own limit for a segment is 10 of 32. Of the demo's
training songs, encoded, mastered or cut anew, the worst had 0.140 (docs/benchmarks.md)."""

MIN_WORDS = 24
"""Words that two tracks must have in common, 3 s: shorter stretches are alike by chance."""

MIN_OVERLAP = 0.5
"""Share of the shorter track that must lie beside the other one."""

SHARED_BITS = 28
"""Leading bits of a word in which two tracks must agree to be compared at all, as in AcoustID."""

MAX_WORD_COUNT = 50
"""Words that occur more often (silence, a drone) say nothing, and are not used to find pairs."""

WORDS_AT_ONCE = 2**24
"""Words that are sorted at once; it bounds the memory."""


class Match(NamedTuple):
    """Two recordings that are nearly the same.

    Attributes:
        first: Index of one fingerprint.
        second: Index of the other, larger than `first`.
        bit_error: Share of different bits where they lie beside each other, in [0, 1].
        offset_s: Seconds by which the second recording starts later within the first.
    """

    first: int
    second: int
    bit_error: float
    offset_s: float


@cache
def is_available() -> bool:
    """Tell whether chromaprint can be used: pyacoustid is in Python's path, and libchromaprint in the system's."""
    try:
        import chromaprint  # noqa: F401
    except ImportError:
        return False
    return True


def fingerprint(samples: NDArray[np.int16], sample_rate_hz: int) -> Words:
    """Return the fingerprint of a recording's first MAX_S seconds; it is empty for less than about 3 s.

    Args:
        samples: (n_channels, n_samples) int16, one or two channels.
        sample_rate_hz: Sample rate, in hertz.

    Returns:
        (n_words,) uint32.

    Raises:
        ImportError: Chromaprint is not there (`is_available`).
    """
    import chromaprint

    printer = chromaprint.Fingerprinter()
    printer.start(sample_rate_hz, samples.shape[0])
    printer.feed(np.ascontiguousarray(samples[:, : MAX_S * sample_rate_hz].T).tobytes())
    words, _ = chromaprint.decode_fingerprint(printer.finish())
    return np.array(words, np.uint32)


def find_matches(fingerprints: Sequence[Words]) -> list[Match]:
    """Return the pairs of fingerprints that are of the same recording, in the order of their indices.

    Args:
        fingerprints: (n_words,) uint32 each; empty ones match nothing.

    Example:
        >>> song, other = np.random.default_rng(0).integers(2**32, size=(2, 100), dtype=np.uint32)
        >>> [match[:2] for match in find_matches([song, other, song[10:] ^ 1])]
        [(0, 2)]
    """
    best: dict[tuple[int, int], Match] = {}
    for first, second, offset in _candidates(fingerprints):
        for shift in (offset - 1, offset, offset + 1):
            error = bit_error(fingerprints[first], fingerprints[second], shift)
            if error <= MAX_BIT_ERROR and ((first, second) not in best or error < best[first, second].bit_error):
                best[first, second] = Match(first, second, error, shift * WORD_S)
    return sorted(best.values())


def bit_error(first: Words, second: Words, offset: int) -> float:
    """Return the share of different bits where two fingerprints lie beside each other.

    Args:
        first: (n_words,) uint32.
        second: (n_words,) uint32.
        offset: Words by which `second` starts later within `first`.

    Returns:
        A share in [0, 1]; 1 where they have too little in common (MIN_WORDS, MIN_OVERLAP).
    """
    parts = first[max(0, offset) :], second[max(0, -offset) :]
    n_words = min(map(len, parts))
    if n_words < max(MIN_WORDS, MIN_OVERLAP * min(len(first), len(second))):
        return 1.0
    return float(np.bitwise_count(parts[0][:n_words] ^ parts[1][:n_words]).mean() / 32)


def _candidates(fingerprints: Sequence[Words]) -> Iterator[tuple[int, int, int]]:
    """Yield (first, second, offset) of all pairs that share at least two words at about the same offset."""
    lengths = np.array([len(words) for words in fingerprints], np.int64)
    track = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    position = (np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)).astype(np.int32)
    word = np.concatenate([*fingerprints, np.empty(0, np.uint32)]) >> np.uint32(32 - SHARED_BITS)
    is_new = np.r_[True, (word[1:] != word[:-1]) | (track[1:] != track[:-1])][: len(word)]  # a held chord repeats words
    n_parts = 1 + len(word) // WORDS_AT_ONCE
    found = [
        _shared_words(word[part], track[part], position[part])
        for part in (is_new & (word % n_parts == number) for number in range(n_parts))
    ]
    rows, votes = np.unique(np.concatenate(found), axis=0, return_counts=True)
    for first, second, half_offset in rows[votes > 1].tolist():
        yield first, second, 2 * half_offset


def _shared_words(word: Words, track: NDArray[np.int32], position: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return (n, 3) first, second and offset of each word that two tracks share.

    Offsets are halved, so that neighbours count together: one recording's words lie between two of the other's.
    """
    order = np.argsort(word, kind="stable")  # stable, so that the tracks of a word stay in their order
    _, group, sizes = np.unique(word[order], return_inverse=True, return_counts=True)
    is_shared = ((sizes > 1) & (sizes <= MAX_WORD_COUNT))[group]
    order, group = order[is_shared], group[is_shared]
    found = [np.empty((0, 3), np.int32)]
    for lag in range(1, np.bincount(group).max(initial=0)):
        first, second = order[:-lag], order[lag:]
        is_pair = (group[:-lag] == group[lag:]) & (track[first] != track[second])
        first, second = first[is_pair], second[is_pair]
        found.append(np.stack([track[first], track[second], (position[first] - position[second] + 1) // 2], axis=1))
    return np.concatenate(found)
