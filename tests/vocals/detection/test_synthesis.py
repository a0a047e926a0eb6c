"""Instruments play the notes they are given, and parts are made of them."""

import numpy as np
import pytest

from real_cloned.vocals.detection import synthesis

RATE = 16000


@pytest.mark.parametrize("make", ["_string", "_bell"])
def test_an_instrument_plays_the_pitch_that_it_is_given(make):
    for seed in range(4):
        play = getattr(synthesis, make)(np.random.default_rng(seed), RATE)
        tone = play(220.0, 1.5)[RATE // 4 : RATE // 4 + RATE]
        strongest = np.abs(np.fft.rfft(tone * np.hanning(RATE))).argmax()  # bins of 1 Hz
        harmonic = max(1, round(strongest / 220))
        assert strongest == pytest.approx(220 * harmonic, rel=0.05)


def test_every_instrument_gives_finite_notes_of_the_length_asked_for_that_end_in_silence():
    for seed in range(12):
        play = synthesis.draw_instrument(np.random.default_rng(seed), RATE)
        for hertz, seconds in ((41.2, 0.05), (880.0, 0.5)):
            tone = play(hertz, seconds)
            assert tone.shape == (round(seconds * RATE),)
            assert np.isfinite(tone).all()
            assert abs(tone[-1]) < 0.01


def test_parts_are_finite_at_a_level_of_one_and_the_same_for_the_same_seed():
    first, again, other = (synthesis.draw_distractors(np.random.default_rng(seed), 6, 2.0, RATE) for seed in (1, 1, 2))
    assert first.shape == (6, 2 * RATE)
    assert np.isfinite(first).all()
    assert first.astype(np.float32).std(axis=1) == pytest.approx(np.ones(6), abs=0.01)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_chords_sound_more_notes_than_melodies():
    def count(chords):
        heard = []

        def play(hertz, seconds):
            heard.append(hertz)
            return np.ones(round(seconds * RATE), np.float32)

        synthesis.draw_phrases(np.random.default_rng(0), play, 4.0, RATE, chords)
        return len(heard)

    assert count(chords=True) > count(chords=False) > 0


def test_a_distorted_part_is_bounded_and_has_more_harmonics():
    tone = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32)
    driven = synthesis.distort(np.random.default_rng(1), tone, RATE)
    spectrum = np.abs(np.fft.rfft(driven))
    assert np.abs(driven).max() < 1.6
    assert spectrum[600] > 0.05 * spectrum[200]


def test_drums_and_noise_sound_and_are_as_long_as_asked_for():
    rng = np.random.default_rng(0)
    for part in (synthesis.draw_drums(rng, 2.0, RATE), synthesis.draw_noise(rng, 2.0, RATE)):
        assert part.shape == (2 * RATE,)
        assert part.std() > 0
