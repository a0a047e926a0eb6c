"""The demo's signal processing against closed forms and numpy."""

import numpy as np
import pytest
import torch

from real_cloned.demo import dsp

RATE = 8000


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def spectrum_db(samples):
    """Power in decibels over frequency in hertz, for one second of sound."""
    power = torch.fft.rfft(samples.double() * torch.hann_window(len(samples), dtype=torch.float64)).abs().square()
    return 10 * torch.log10(power + 1e-12)


def test_resynthesis_inverts_the_spectrogram_but_for_ten_milliseconds_at_each_end():
    samples = noise(2, RATE)
    rebuilt = dsp.istft(dsp.stft(samples, RATE), RATE, RATE)
    inner = slice(dsp.hop_length(RATE), -dsp.hop_length(RATE))
    torch.testing.assert_close(rebuilt[:, inner], samples[:, inner], rtol=0, atol=1e-5)


def test_a_flat_filter_is_a_gain():
    samples = noise(1, RATE)
    doubled = dsp.apply_filter(samples, torch.full((1, len(dsp.fft_frequencies(RATE))), 2.0).log(), RATE)
    torch.testing.assert_close(doubled[:, 80:-80], 2 * samples[:, 80:-80], rtol=0, atol=1e-5)


def test_a_filter_changes_the_level_of_a_tone_by_its_response_there():
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(RATE) / RATE)[None]
    response = -dsp.fft_frequencies(RATE)[None] / 1000  # 1 neper less at 1 kHz
    change = dsp.rms(dsp.apply_filter(tone, response, RATE)) / dsp.rms(tone)
    assert change.item() == pytest.approx(np.exp(-1), rel=0.02)


def test_a_control_curve_is_interpolated_linearly():
    curve = noise(3, 20)
    places = np.arange(20 * dsp.hop_length(RATE)) / dsp.hop_length(RATE)
    expected = [np.interp(places, np.arange(20), row.numpy()) for row in curve]
    np.testing.assert_allclose(dsp.upsample_control(curve, RATE).numpy(), expected, atol=1e-6)


def test_the_phase_of_a_steady_tone_runs_evenly():
    phase = dsp.phase_cycles(torch.full((1, 300), 440.0), RATE)
    turns = torch.arange(3 * RATE, dtype=torch.float64) * 440 / RATE
    distance = (phase - turns).frac().abs()
    assert torch.minimum(distance, 1 - distance).max() < 1e-4


def test_the_phase_of_a_glide_is_the_running_sum_of_its_frequency():
    hertz = torch.linspace(100, 400, 50)[None]
    turns = torch.cumsum(dsp.upsample_control(hertz, RATE).double() / RATE, dim=-1)
    distance = (dsp.phase_cycles(hertz, RATE)[:, 1:] - turns[:, :-1]).frac().abs()
    assert torch.minimum(distance, 1 - distance).max() < 0.05  # a sum of rectangles against the integral


@pytest.mark.parametrize("hertz", [110, 180, 261])
def test_the_harmonics_of_a_sawtooth_lie_at_multiples_and_fall_as_one_over_n(hertz):
    levels = spectrum_db(dsp.sawtooth(torch.full((1, 100), float(hertz)), RATE)[0])
    assert levels.argmax() == hertz
    falls = levels[[hertz, 2 * hertz, 3 * hertz]] - levels[hertz]
    np.testing.assert_allclose(falls, [0, -20 * np.log10(2), -20 * np.log10(3)], atol=0.5)


def test_a_smoothed_sawtooth_aliases_less_than_a_plain_one():
    hertz = torch.full((1, 100), 701.0)
    between = torch.tensor([RATE - 11 * 701, RATE - 10 * 701])  # where harmonics 11 and 10 fold down to
    plain = spectrum_db((2 * dsp.phase_cycles(hertz, RATE).frac() - 1)[0])[between]
    assert (plain - spectrum_db(dsp.sawtooth(hertz, RATE)[0])[between]).min() > 10


def test_a_smooth_response_passes_through_its_points():
    points_db = torch.tensor([[3.0, -6.0, 0.0, 9.0, -2.0], [0.0, 1.0, 2.0, 3.0, 4.0]])
    response_db = dsp.interpolate_response(points_db, 16000) * 20 / np.log(10)
    places = 60 * (8000 / 60) ** (np.arange(5) / 4)
    bins = np.abs(dsp.fft_frequencies(16000).numpy()[:, None] - np.maximum(places, 50)).argmin(axis=0)
    np.testing.assert_allclose(response_db[:, bins], points_db, atol=0.2)


def test_a_smooth_response_never_leaves_the_range_of_its_points():
    points_db = noise(4, 8) * 10
    response_db = dsp.interpolate_response(points_db, RATE) * 20 / np.log(10)
    assert (response_db <= points_db.amax(dim=1, keepdim=True) + 1e-4).all()
    assert (response_db >= points_db.amin(dim=1, keepdim=True) - 1e-4).all()


@pytest.mark.parametrize(("n_samples", "n_taps"), [(1000, 37), (50, 200), (64, 1)])
def test_each_row_is_convolved_with_its_own_taps_as_numpy_does(n_samples, n_taps):
    samples, taps = noise(3, n_samples), noise(3, n_taps, seed=1)
    expected = [np.convolve(*rows)[:n_samples] for rows in zip(samples.numpy(), taps.numpy(), strict=True)]
    np.testing.assert_allclose(dsp.fft_convolve(samples, taps).numpy(), expected, atol=1e-4)


def test_the_level_is_the_root_mean_square_and_never_zero():
    sine = torch.sin(2 * torch.pi * 100 * torch.arange(RATE) / RATE)
    levels = dsp.rms(torch.stack([torch.full((RATE,), -0.3), sine, torch.zeros(RATE)]))
    np.testing.assert_allclose(levels[:, 0], [0.3, 0.5**0.5, 1e-6], rtol=1e-4)


def test_a_room_falls_by_sixty_decibels_in_its_decay_time():
    impulse = torch.zeros(2, RATE)
    impulse[:, 0] = 1
    decay_s = torch.tensor([0.5, 1.0])
    room = dsp.add_reverb(impulse, decay_s, torch.ones(2), noise(2, RATE), RATE)
    early, late = room[:, :800], room[:, 2400:3200]  # 0.3 s apart
    fall_db = 20 * torch.log10(dsp.rms(early) / dsp.rms(late))[:, 0]
    np.testing.assert_allclose(fall_db, 60 * 0.3 / decay_s, atol=1.5)


def test_a_dry_room_leaves_the_sound_as_it_is():
    samples = noise(1, RATE)
    assert torch.equal(dsp.add_reverb(samples, torch.tensor([0.5]), torch.zeros(1), noise(1, 800), RATE), samples)
