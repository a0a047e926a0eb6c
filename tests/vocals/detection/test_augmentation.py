"""Each treatment leaves sound as it is when it is set to nothing, and does what it says when it is not."""

import numpy as np
import pytest
import torch

from real_cloned.vocals.detection import augmentation

RATE = 8000


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_positions_without_a_glide_are_evenly_spaced_and_stay_within_five_semitones():
    for seed in range(20):
        steps = np.diff(augmentation.warp_positions(np.random.default_rng(seed), 4000, RATE, 0.0))
        assert np.ptp(steps) < 1e-6
        assert 2 ** (-5 / 12) <= steps.mean() <= 2 ** (5 / 12)


def test_positions_with_a_glide_rise_at_a_changing_speed():
    steps = np.diff(augmentation.warp_positions(np.random.default_rng(0), 3 * RATE, RATE, 1.0))
    assert (steps > 0).all()
    assert steps.std() > 0.01


def test_a_flat_filter_changes_nothing_and_six_decibels_double():
    waveforms = noise(2, RATE)
    torch.testing.assert_close(augmentation.apply_eq(waveforms, torch.zeros(2, 8, 1)), waveforms, atol=1e-5, rtol=0)
    louder = augmentation.apply_eq(waveforms, torch.full((2, 8, 5), 20 * np.log10(2)))
    torch.testing.assert_close(louder, 2 * waveforms, atol=1e-4, rtol=0)


def test_a_filter_lifts_the_frequencies_and_times_that_it_names():
    points_db = torch.zeros(1, 8, 2)
    points_db[0, -1, -1] = 40.0  # the top, at the end
    waveforms = noise(1, 4 * RATE)
    gain = torch.fft.rfft(augmentation.apply_eq(waveforms, points_db).reshape(4, -1)).abs().square()
    gain /= torch.fft.rfft(waveforms.reshape(4, -1)).abs().square().mean()
    assert gain[3, -200:].mean() > 100 * gain[0, -200:].mean().clamp(min=1)
    assert gain[3, 50:400].mean() == pytest.approx(1, abs=0.3)


def test_no_drive_leaves_sound_as_it_is_and_a_high_one_presses_it():
    waveforms = noise(2, 1000)
    pressed = augmentation.saturate(waveforms, torch.tensor([[0.0], [5.0]]))
    assert torch.equal(pressed[0], waveforms[0])
    assert pressed[1].abs().max() <= 0.2 + 1e-6


def test_levelled_sound_has_a_level_of_one_and_silence_stays_silent():
    levelled = augmentation.normalize_rms(torch.stack([7 * noise(1000), torch.zeros(1000)]))
    assert levelled[0].square().mean() == pytest.approx(1, rel=1e-4)
    assert not levelled[1].any()


def test_consonants_hiss_only_where_the_voice_sounds():
    tone = np.sin(np.arange(3 * RATE) * 0.1).astype(np.float32)
    tone[: RATE * 3 // 2] = 0
    activity = np.repeat([0, 1], 15).astype(np.float32)
    changed = 0
    for seed in range(5):
        heard = augmentation.add_consonants(np.random.default_rng(seed), tone, activity, RATE)
        assert np.abs(heard[: RATE * 3 // 2 - RATE // 50]).max() == 0
        changed += not np.allclose(heard, tone)
    assert changed >= 3
