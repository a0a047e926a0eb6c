"""What studio and cloning methods do to a voice, and what they leave alone."""

import numpy as np
import pytest
import torch

from real_cloned.demo import dsp
from real_cloned.demo.effects import GENRE_EFFECTS, GENRES, apply_genre_effects, channel_vocoder, smear

RATE = 8000


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def voice():
    return dsp.sawtooth(torch.full((1, 100), 200.0), RATE)


def partials(samples, hertz=200):
    """The share of power at multiples of `hertz`."""
    power = torch.fft.rfft(samples[0]).abs().square()
    return (power[::hertz].sum() / power.sum()).item()


@pytest.mark.parametrize("genre", ["folk", "country"])
def test_plain_genres_add_a_room_and_nothing_else(voice, genre):
    decay_s, wet, *_ = torch.tensor(GENRE_EFFECTS[genre])
    room = noise(1, RATE)
    expected = dsp.add_reverb(voice, decay_s[None], wet[None], room[:, : RATE // 2], RATE)
    torch.testing.assert_close(apply_genre_effects(voice, [genre], room, RATE), expected)


def test_each_row_is_treated_as_its_own_genre_wants():
    voices, rooms, genres = noise(6, RATE), noise(6, RATE, seed=1), list(GENRES)
    together = apply_genre_effects(voices, genres, rooms, RATE)
    for row, genre in enumerate(genres):
        alone = apply_genre_effects(voices[row : row + 1], [genre], rooms[row : row + 1], RATE)
        torch.testing.assert_close(together[row : row + 1], alone, rtol=0, atol=1e-4)


def test_saturation_adds_partials_to_a_tone():
    tone = torch.sin(2 * torch.pi * 200 * torch.arange(RATE) / RATE)[None] * 2
    third = [
        torch.fft.rfft(apply_genre_effects(tone, [genre], noise(1, RATE), RATE)[0]).abs()[600]
        for genre in ("folk", "rock")
    ]
    assert third[1] > 10 * third[0]


def test_saturation_does_not_make_a_loud_voice_softer(voice):
    loud, (decay_s, wet, *_) = 3 * voice, torch.tensor(GENRE_EFFECTS["rock"])
    room = noise(1, RATE)
    clean = dsp.add_reverb(loud, decay_s[None], wet[None], room[:, : RATE // 2], RATE)
    assert dsp.rms(apply_genre_effects(loud, ["rock"], room, RATE)).item() == pytest.approx(
        dsp.rms(clean).item(), rel=0.1
    )


def test_the_voice_itself_is_not_changed(voice):
    before = voice.clone()
    apply_genre_effects(voice, ["electronic"], noise(1, RATE), RATE)
    assert torch.equal(voice, before)


def test_the_vocoder_keeps_level_and_pitch(voice):
    robot = channel_vocoder(voice, RATE, n_bands=28, frame_s=0.03)
    assert dsp.rms(robot).item() == pytest.approx(dsp.rms(voice).item(), rel=1e-5)
    assert partials(robot) > 0.5


def test_fewer_bands_keep_less_of_the_voice(voice):
    few, many = (channel_vocoder(voice, RATE, n_bands=n_bands, frame_s=0.01) for n_bands in (4, 60))
    assert torch.cosine_similarity(voice, few) < torch.cosine_similarity(voice, many) - 0.02


def test_the_vocoder_follows_the_voice_no_faster_than_its_frames():
    swell = noise(1, RATE) * (torch.arange(RATE) % 400 < 200)  # 25 ms on, 25 ms off

    def depth(frame_s):
        parts = channel_vocoder(swell, RATE, n_bands=28, frame_s=frame_s)[0].reshape(-1, 400).square().mean(dim=0)
        return (parts[50:150].mean() / parts[250:350].mean()).item()

    assert depth(0.01) > 3 * depth(0.2)


def test_noise_stays_in_the_band_in_which_it_was():
    low = dsp.apply_filter(noise(1, RATE), -20.0 * (dsp.fft_frequencies(RATE)[None] > 1000), RATE)
    power = torch.fft.rfft(channel_vocoder(low, RATE, n_bands=20, frame_s=0.02)[0]).abs().square()
    assert power[1500:].sum() < 1e-2 * power.sum()
    assert np.isfinite(power).all()


def test_smearing_spreads_a_short_loud_sound_over_time_and_keeps_the_level():
    sound = 0.001 * noise(1, RATE)
    sound[:, RATE // 2 : RATE // 2 + 80] += noise(1, 80, seed=1)
    smeared = smear(sound, RATE, frame_s=0.2)
    torch.testing.assert_close(dsp.rms(smeared), dsp.rms(sound))
    before, after = (dsp.rms(samples[:, RATE // 2 - 800 : RATE // 2 - 300]) for samples in (sound, smeared))
    assert after > 10 * before


def test_smearing_leaves_a_steady_tone_as_it_is(voice):
    steady = slice(1000, -1000)
    torch.testing.assert_close(smear(voice, RATE, frame_s=0.05)[:, steady], voice[:, steady], rtol=0, atol=0.05)
