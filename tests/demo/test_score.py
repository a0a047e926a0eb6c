"""Scores: what is sung and played, and how much."""

import numpy as np
import pytest
import torch

from real_cloned.demo.band import HAT, KICK, SNARE
from real_cloned.demo.score import LANGUAGES, Groove, draw_score, stack_scores, vocal_activity

GROOVE = Groove(tempo_bpm=120.0, swing=0.0, busyness=0.0)


def score(seed=0, groove=GROOVE, language="english", duration_s=20, vocal_share=0.9):
    return draw_score(np.random.default_rng(seed), groove, language, duration_s, vocal_share)


def tensors(one):
    return [tensor for part in (one.melody, one.arrangement) for tensor in vars(part).values()]


def test_the_same_seed_gives_the_same_score_and_another_another():
    first, again, other = score(3), score(3), score(4)
    assert all(torch.equal(*pair) for pair in zip(tensors(first), tensors(again), strict=True))
    assert not torch.equal(first.melody.interval, other.melody.interval)


@pytest.mark.parametrize("vocal_share", [0.3, 0.6, 0.9])
def test_the_voice_sounds_for_about_the_share_that_was_asked_for(vocal_share):
    shares = [vocal_activity(score(seed, vocal_share=vocal_share, duration_s=60).melody).mean() for seed in range(8)]
    assert np.mean(shares) == pytest.approx(vocal_share, abs=0.07)


def test_vocal_activity_says_whether_the_gate_is_open_in_most_of_a_tenth_of_a_second():
    melody = score(1, vocal_share=0.6, duration_s=7).melody
    gate = melody.gate[0].tolist()
    expected = [int(sum(value > 0.05 for value in gate[start : start + 10]) > 5) for start in range(0, 700, 10)]
    assert vocal_activity(melody).tolist() == expected
    assert 0 < sum(expected) < 70


def test_every_curve_is_as_long_as_the_track():
    assert {tensor.shape[-1] for tensor in tensors(score(duration_s=6.5))} == {650}


def test_one_vowel_is_sung_at_a_time_blended_where_they_meet():
    vowels = score().melody.vowel_weights[0]
    torch.testing.assert_close(vowels.sum(dim=0)[5:-5], torch.ones(2000 - 10))
    assert (vowels >= 0).all()
    assert (vowels.amax(dim=0) > 0.99).float().mean() > 0.5


def test_onsets_begin_at_zero_where_a_note_begins_and_count_seconds():
    melody = score().melody
    opened = (melody.gate[0, 1:] > 0) & (melody.gate[0, :-1] == 0)
    assert (melody.note_age_s[0, 1:][opened] == 0).all()
    steps = melody.note_age_s[0].diff()
    torch.testing.assert_close(steps[steps > 0], torch.full_like(steps[steps > 0], 0.01))


def test_languages_sing_other_vowels():
    shares = {}
    for language in LANGUAGES:
        melodies = [score(seed, language=language, duration_s=60).melody for seed in range(4)]
        shares[language] = np.mean([one.vowel_weights[0].mean(dim=1).numpy() for one in melodies], axis=0)
    for one in LANGUAGES:
        for other in LANGUAGES:
            assert one == other or np.abs(shares[one] - shares[other]).max() > 0.04


def test_chords_are_triads_over_the_bass():
    arrangement = score().arrangement
    root, third, fifth = arrangement.chords[0]
    assert ((root - arrangement.bass[0]) % 12 == (52 - 33) % 12).all()
    assert set((third - root).unique().tolist()) <= {3.0, 4.0}
    assert set((fifth - root).unique().tolist()) == {7.0}


def test_a_plain_groove_beats_kick_and_snare_in_turn_with_a_hat_on_every_eighth():
    hits = score().arrangement.hits[0]  # at 120 bpm a beat is 50 frames
    assert hits[KICK].nonzero().flatten().tolist() == list(range(0, 2000, 100))
    assert hits[SNARE].nonzero().flatten().tolist() == list(range(50, 2000, 100))
    assert hits[HAT].nonzero().flatten().tolist() == list(range(0, 2000, 25))


def test_swing_delays_every_second_eighth():
    hits = score(groove=Groove(120.0, 0.4, 0.0)).arrangement.hits[0]
    assert hits[HAT].nonzero().flatten().tolist()[:5] == [0, 35, 50, 85, 100]


def test_a_busy_band_strikes_more_often():
    busyness, plain = (score(groove=Groove(120.0, 0.0, busyness)).arrangement for busyness in (1.0, 0.0))
    assert (busyness.hits > 0).sum() > (plain.hits > 0).sum()
    assert busyness.chord_age_s.max() < plain.chord_age_s.max()


def test_stacked_scores_are_rows():
    one, other = score(1), score(2)
    pairs = zip(tensors(stack_scores([one, other])), tensors(one), tensors(other), strict=True)
    assert all(torch.equal(both, torch.cat([first, second])) for both, first, second in pairs)
