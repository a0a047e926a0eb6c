"""Which recordings are the same by their fingerprints: chromaprint's own, where it is installed, and synthetic ones."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from real_cloned.audio import fingerprint as module
from real_cloned.audio.decode import decode
from real_cloned.audio.encode import encode_mp3
from real_cloned.audio.fingerprint import (
    MAX_BIT_ERROR,
    MAX_S,
    MIN_WORDS,
    WORD_S,
    bit_error,
    find_matches,
    fingerprint,
    is_available,
)

RATE = 16000
needs_chromaprint = pytest.mark.skipif(not is_available(), reason="libchromaprint is not installed")


def random_words(*n_words, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(2**32, size=size, dtype=np.uint32) for size in n_words]


def noisy(words, share, seed=1):
    """The fingerprint with that share of its bits flipped."""
    flips = np.random.default_rng(seed).random((len(words), 32)) < share
    return words ^ (flips @ (1 << np.arange(32, dtype=np.uint64))).astype(np.uint32)


def melody(seed, seconds=20):
    """A stereo song of random chords, half a second each."""
    rng, time = np.random.default_rng(seed), np.arange(RATE // 2) / RATE
    chords = 220 * 2 ** (rng.integers(24, size=(2 * seconds, 3, 1)) / 12)
    song = np.sin(2 * np.pi * chords * time).sum(axis=1).ravel() * np.linspace(0.6, 1, seconds * RATE)
    return np.stack([song, 0.8 * song]) * 6000


def as_int16(samples):
    return np.clip(samples, -32768, 32767).astype(np.int16)


def pairs(fingerprints):
    return [match[:2] for match in find_matches(fingerprints)]


def slow_pairs(fingerprints):
    """All pairs at all offsets."""
    return [
        (a, b)
        for a, b in combinations(range(len(fingerprints)), 2)
        if min(
            bit_error(fingerprints[a], fingerprints[b], offset)
            for offset in range(-len(fingerprints[b]), len(fingerprints[a]))
        )
        <= MAX_BIT_ERROR
    ]


def test_a_copy_with_changed_bits_and_without_its_start_is_found_and_where_it_lies():
    song, other, third = random_words(150, 150, 120)
    (match,) = find_matches([other, song, third, noisy(song, 0.05)[17:]])
    assert (match.first, match.second) == (1, 3)
    assert match.bit_error == pytest.approx(0.05, abs=0.01)
    assert match.offset_s == pytest.approx(17 * WORD_S)


def test_the_longer_side_may_come_second():
    (song,) = random_words(150)
    (match,) = find_matches([song[17:], song])
    assert match == (0, 1, 0.0, pytest.approx(-17 * WORD_S))


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.sampled_from([0, 0.01, 0.02])), min_size=2, max_size=5)
)
@settings(max_examples=20, deadline=None)
def test_the_pairs_are_those_of_a_search_through_all_pairs_and_offsets(copies):
    songs = random_words(90, 90, 90)
    prints = [noisy(songs[song][start:], share, seed) for seed, (song, start, share) in enumerate(copies)]
    assert pairs(prints) == slow_pairs(prints)


def test_bits_decide_and_not_words_that_are_shared_by_chance():
    song, other = random_words(100, 100)
    other[[10, 30, 50, 70]] = song[[10, 30, 50, 70]]
    assert pairs([song, other]) == []
    assert pairs([song, noisy(song, 0.03)]) == [(0, 1)]


def test_a_shared_intro_is_not_the_same_recording():
    song, other = random_words(100, 100)
    assert pairs([song, np.concatenate([song[:40], other[:60]])]) == []


def test_short_stretches_and_empty_fingerprints_match_nothing():
    (song,) = random_words(MIN_WORDS - 1)
    assert pairs([song, song]) == pairs([song[:0], song[:0]]) == pairs([]) == []


def test_words_that_most_tracks_have_do_not_make_all_of_them_candidates(monkeypatch):
    monkeypatch.setattr(module, "MAX_WORD_COUNT", 5)
    songs = random_words(*[60] * 20)
    for song in songs:
        song[:3] = 627964279  # chromaprint's word of silence
    assert list(module._candidates(songs)) == []


def test_matching_in_parts_finds_the_same(monkeypatch):
    (song,) = random_words(150)
    prints = [*random_words(150, 150, seed=2), song, noisy(song, 0.04)]
    expected = find_matches(prints)
    monkeypatch.setattr(module, "WORDS_AT_ONCE", 50)
    assert find_matches(prints) == expected != []


def test_bit_error_counts_the_bits_where_both_lie_beside_each_other():
    (song,) = random_words(80)
    assert bit_error(song, song, 0) == 0
    assert bit_error(song, song ^ 1, 0) == 1 / 32
    assert bit_error(song, ~song, 0) == 1
    assert bit_error(song, song, 41) == 1, "less than half lies beside each other"


@needs_chromaprint
def test_a_song_is_found_as_mp3_at_another_level_and_cut_and_other_songs_are_not(tmp_path):
    song = melody(0)
    encode_mp3(tmp_path / "song.mp3", as_int16(song), RATE, 32000)
    changed = [decode(tmp_path / "song.mp3", RATE, 2).samples, as_int16(0.3 * song), as_int16(song[:, RATE:])]
    prints = [fingerprint(samples, RATE) for samples in (as_int16(song), as_int16(melody(1)), *changed)]
    assert pairs(prints) == [(0, 2), (0, 3), (0, 4), (2, 3), (2, 4), (3, 4)]


@needs_chromaprint
def test_no_more_than_the_first_two_minutes_are_fingerprinted():
    song = np.tile(as_int16(melody(0)), 7)
    assert song.shape[1] > MAX_S * RATE
    words = fingerprint(song, RATE)
    assert np.array_equal(words, fingerprint(song[:, : MAX_S * RATE], RATE))
    assert len(words) == pytest.approx(MAX_S / WORD_S, rel=0.05)


@needs_chromaprint
def test_what_is_too_short_has_an_empty_fingerprint():
    assert fingerprint(as_int16(melody(0))[:, :RATE], RATE).tolist() == []
