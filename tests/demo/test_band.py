"""Bands play the notes and the hits of their arrangement."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from real_cloned.demo import dsp
from real_cloned.demo.band import HAT, KICK, ONE_SHOT_S, SNARE, Arrangement, Band, synthesize_band

RATE = 8000
N_FRAMES = 100
PARTS = ("chord_db", "pad_db", "bass_db", "drums_db")


def soloist(part, **traits):
    """The average band of which only one part can be heard."""
    band = Band.sample(np.random.default_rng(0), 0.0)
    levels = {name: 0.0 if name == part else -200.0 for name in PARTS}
    return replace(band, **{name: torch.full((1, 1), value) for name, value in (levels | traits).items()})


@pytest.fixture
def arrangement():
    """One chord of C major over C, struck once; no drums."""
    age = torch.arange(N_FRAMES).float()[None] * dsp.HOP_S
    chords = torch.tensor([60.0, 64.0, 67.0])[None, :, None].expand(1, 3, N_FRAMES)
    return Arrangement(chords, torch.full((1, N_FRAMES), 36.0), age, age, torch.zeros(1, 3, N_FRAMES))


def played(band, arrangement):
    noise = torch.randn(1, RATE, generator=torch.Generator().manual_seed(0))
    return synthesize_band(band, arrangement, noise, torch.zeros(1, len(dsp.fft_frequencies(RATE))), RATE)


def loudest_hz(samples, count):
    power = torch.fft.rfft(samples[0] * torch.hann_window(RATE)).abs()
    inner = (power[1:-1] > power[:-2]) & (power[1:-1] > power[2:])
    peaks = inner.nonzero().flatten() + 1
    return sorted(peaks[power[peaks].argsort(descending=True)[:count]].tolist())


def hertz(*notes):
    return [440 * 2 ** ((note - 69) / 12) for note in notes]


def test_the_bass_plays_its_note(arrangement):
    assert loudest_hz(played(soloist("bass_db", bass_index=0.0), arrangement), 1) == pytest.approx(hertz(36), abs=1.5)


def test_the_chords_play_their_three_notes(arrangement):
    sound = played(soloist("chord_db", chord_index=0.0), arrangement)
    assert loudest_hz(sound, 3) == pytest.approx(hertz(60, 64, 67), abs=1.5)


def test_the_pad_plays_the_root_an_octave_higher(arrangement):
    assert loudest_hz(played(soloist("pad_db", pad_index=0.0), arrangement), 1) == pytest.approx(hertz(72), abs=1.5)


def test_modulation_adds_partials_at_multiples_of_its_ratio(arrangement):
    mono = replace(arrangement, chords=arrangement.chords[:, :1].expand(1, 3, N_FRAMES))
    plain, bright = (
        played(soloist("chord_db", chord_index=index, chord_ratio=2.0), mono)[0].double() for index in (0.0, 2.0)
    )
    third = round(3 * hertz(60)[0])
    levels = [torch.fft.rfft(sound).abs()[third - 3 : third + 4].max().item() for sound in (plain, bright)]
    assert levels[1] > 20 * levels[0]


@pytest.mark.parametrize("decay_s", [0.1, 0.4])
def test_a_plucked_bass_falls_with_its_decay(arrangement, decay_s):
    sound = played(soloist("bass_db", bass_index=0.0, bass_decay_s=decay_s), arrangement)[0]
    early, late = (sound[start : start + 1000].square().mean().sqrt() for start in (1000, 3400))  # 0.3 s apart
    assert (early / late).log().item() == pytest.approx(0.3 / decay_s, rel=0.15)


@pytest.mark.parametrize("part", [KICK, SNARE, HAT])
def test_a_drum_sounds_when_it_is_hit_and_as_loud_as_it_is_hit(arrangement, part):
    hits = torch.zeros(1, 3, N_FRAMES)
    hits[0, part, 20], hits[0, part, 60] = 1.0, 0.5
    sound = played(soloist("drums_db"), replace(arrangement, hits=hits))[0]
    first, second = sound[20 * 80 : 60 * 80], sound[60 * 80 :]
    assert sound[: 18 * 80].abs().max() < 1e-3 * sound.abs().max()
    assert first[round(ONE_SHOT_S * RATE) + 320 :].abs().max() < 1e-3 * first.abs().max()
    assert second.norm().item() == pytest.approx(0.5 * first.norm().item(), rel=0.02)


def test_hats_are_brighter_than_snares_and_snares_than_kicks(arrangement):
    def centre_hz(part):
        hits = torch.zeros(1, 3, N_FRAMES)
        hits[0, part, ::25] = 1.0
        power = torch.fft.rfft(played(soloist("drums_db"), replace(arrangement, hits=hits))[0]).abs().square()
        return (power * torch.fft.rfftfreq(RATE, 1 / RATE)).sum() / power.sum()

    assert centre_hz(KICK) < centre_hz(SNARE) < centre_hz(HAT)


def test_a_band_has_a_level_of_one(arrangement):
    assert dsp.rms(played(Band.sample(np.random.default_rng(1), 1.0), arrangement)).item() == pytest.approx(1, rel=1e-5)
