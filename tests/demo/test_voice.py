"""Sung notes have the pitch, and vowels the formants, that were asked for."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from real_cloned.demo import dsp
from real_cloned.demo.voice import N_VOWELS, VOWELS_HZ, Melody, Voice, synthesize_vocals, vocal_tract_response

RATE = 16000
N_FRAMES = 60


def average(**traits):
    """The average voice, but for some traits; without tilt, vibrato or colour."""
    voice = Voice.sample(np.random.default_rng(0), 0.0)
    changes = {"tilt_db": 0.0, "vibrato_cents": 0.0, **traits}
    return replace(voice, **{name: torch.full_like(getattr(voice, name), value) for name, value in changes.items()})


def held(interval, vowel=0, gate=1.0):
    """One long note."""
    flat = torch.ones(1, N_FRAMES)
    vowels = torch.zeros(1, N_VOWELS, N_FRAMES)
    vowels[:, vowel] = 1
    return Melody(flat * interval, flat * gate, vowels, torch.zeros(1, 4, N_FRAMES), 0 * flat, 0 * flat)


def sung(voice, melody):
    noise = torch.randn(1, N_FRAMES * dsp.hop_length(RATE), generator=torch.Generator().manual_seed(0))
    return synthesize_vocals(voice, melody, noise, torch.zeros(1, len(dsp.fft_frequencies(RATE))), RATE)


def pitch_hz(samples):
    """The frequency at which the sound resembles itself most."""
    correlation = np.correlate(samples, samples, "full")[len(samples) - 1 :]
    lags = np.arange(RATE // 700, RATE // 70)
    return RATE / lags[correlation[lags].argmax()]


def peaks_hz(response):
    inner = (response[1:-1] > response[:-2]) & (response[1:-1] > response[2:])
    return dsp.fft_frequencies(RATE)[1:-1][inner]


@pytest.mark.parametrize("tract", [0.9, 1.0, 1.2])
@pytest.mark.parametrize("vowel", range(N_VOWELS))
def test_a_vowels_response_peaks_at_the_formants_scaled_by_the_tract(vowel, tract):
    peaks = peaks_hz(vocal_tract_response(average(tract_scale=tract, bandwidth_offsets=-0.7), RATE)[0, vowel])
    for formant in VOWELS_HZ[vowel] * tract:
        assert (peaks - formant).abs().min() <= max(25.0, 0.02 * formant)


def test_wider_formants_are_lower_peaks():
    narrow, wide = (vocal_tract_response(average(bandwidth_offsets=width), RATE)[0, 0].max() for width in (-0.3, 0.3))
    assert narrow > wide


def test_tilt_is_in_decibels_per_octave_above_200_hertz():
    change = (
        (vocal_tract_response(average(tilt_db=6.0), RATE) - vocal_tract_response(average(), RATE))[0, 0]
        * 20
        / np.log(10)
    )
    hertz = dsp.fft_frequencies(RATE)
    np.testing.assert_allclose(change[hertz > 0], 6 * np.log2(np.maximum(hertz[hertz > 0], 200) / 200), atol=1e-3)


@pytest.mark.parametrize("interval", [-5.0, 0.0, 7.0])
@pytest.mark.parametrize("pitch", [48.0, 60.0])
def test_a_note_has_the_pitch_of_the_melody_in_the_singers_range(pitch, interval):
    samples = sung(average(pitch_midi=pitch, breathiness=0.01), held(interval))[0].numpy()
    assert pitch_hz(samples) == pytest.approx(440 * 2 ** ((pitch + interval - 69) / 12), rel=0.02)


def test_vibrato_moves_the_pitch_up_and_down_by_its_cents():
    melody = replace(held(0.0), note_age_s=torch.full((1, N_FRAMES), 1.0))
    samples = sung(average(vibrato_cents=200.0, vibrato_hz=5.0, breathiness=0.01), melody)[0].numpy()
    frequency = [pitch_hz(samples[start : start + 640]) for start in range(0, len(samples) - 640, 160)]
    cents = 1200 * np.log2(np.array(frequency) / (440 * 2 ** ((60 - 69) / 12)))
    assert cents.max() == pytest.approx(200, abs=60)
    assert cents.min() == pytest.approx(-200, abs=60)


def test_the_voice_is_silent_where_the_gate_is_shut():
    gate = torch.ones(1, N_FRAMES)
    gate[:, 20:40] = 0
    samples = sung(average(), replace(held(0.0), gate=gate))[0]
    frames = samples.reshape(N_FRAMES, -1).square().mean(dim=1)
    assert frames[24:36].max() < 1e-6 * frames[:15].mean()


def test_a_song_has_a_level_of_one():
    assert dsp.rms(sung(average(), held(2.0, gate=0.1))).item() == pytest.approx(1, rel=1e-5)


def test_breath_makes_the_voice_less_periodic():
    def periodicity(breath):
        samples = sung(average(breathiness=breath), held(0.0))[0].double().numpy()
        lag = round(RATE / pitch_hz(samples))
        return np.corrcoef(samples[:-lag], samples[lag:])[0, 1]

    assert periodicity(0.01) > periodicity(0.6) + 0.05


def test_a_consonant_is_noise_and_carries_no_pitch():
    consonants = torch.zeros(1, 4, N_FRAMES)
    consonants[:, 3] = 1
    hiss = sung(average(), replace(held(0.0, gate=0.0), consonants=consonants))[0].double()
    power = torch.fft.rfft(hiss).abs().square()
    hertz = torch.fft.rfftfreq(len(hiss), 1 / RATE)
    assert power[(hertz > 3000)].sum() > 0.9 * power.sum()
