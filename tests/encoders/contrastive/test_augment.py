"""Augmentation of a batch: crop, mixing, equaliser, noise, in the spectrogram and as they would be of waveforms."""

import numpy as np
import pytest
import torch

from real_cloned.audio.level import rms
from real_cloned.audio.logmel import LogMel
from real_cloned.encoders.contrastive.augment import (
    accompaniment_gain,
    add_noise,
    augmented_log_mel,
    crop_batch,
    equalise,
)
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.draws import RandomDraws
from real_cloned.parameters.pretrain import AugmentParameters, LogMelParameters, MixParameters
from tests.tiny import AUGMENT, MIX, but

RATE, N, SAMPLES = 4000, 200, 4000
EVERY = torch.ones(N, dtype=torch.bool)
LOG_MEL = LogMel(LogMelParameters(sample_rate_hz=RATE, n_fft=400, hop_length=100, n_mels=16, floor=1e-6))
PLAIN_MIX = MixParameters(voice_db=(0.0, 6.0), voice_eq_db=0.0, bare_share=0.0)


def noise(seed, scale=1000.0, n_channels=1):
    return torch.randn(N, n_channels, SAMPLES, generator=torch.Generator().manual_seed(seed)) * scale


def draws(seed=0):
    return RandomDraws(N, seed, torch.device("cpu"))


def batch(seed=0, with_accompaniment=True):
    segments = noise(1, n_channels=2).transpose(1, 2).short()
    accompaniment = noise(2, 300.0, n_channels=2).transpose(1, 2).short()
    return Batch(segments, accompaniment if with_accompaniment else None, torch.arange(N // 2), seed)


def augmented(mix=None, augment=None, batch=batch()):  # noqa: B008 (never changed)
    return augmented_log_mel(batch, mix, augment, LOG_MEL)


def test_what_is_not_changed_has_the_log_mel_of_its_waveform():
    expected = LOG_MEL(batch().segments.transpose(1, 2))
    torch.testing.assert_close(augmented(augment=AugmentParameters()), expected, atol=1e-4, rtol=1e-4)


def test_the_same_seed_gives_the_same_log_mels_and_another_others():
    one, again, other = (augmented(MIX, AUGMENT, batch(seed)) for seed in (1, 1, 2))
    assert one.shape == (N, 2, 16, 40)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_a_mix_in_the_spectrogram_is_that_of_the_waveforms():
    draw, voices = draws(), batch().segments.transpose(1, 2).float()
    draw.bernoulli(0.0)  # who is dry
    accompaniment = batch().accompaniment.transpose(1, 2).float()
    gain = accompaniment_gain(voices, accompaniment, PLAIN_MIX, draw)
    expected = LOG_MEL(voices + gain[:, None, None] * accompaniment)
    torch.testing.assert_close(augmented(PLAIN_MIX), expected, atol=1e-3, rtol=1e-4)


def filtered(waveforms, max_db, draw, mask=EVERY):
    """Return waveforms through the random equaliser, as a filter of the whole waveform."""
    impulse = torch.ones(N, 1, 1, SAMPLES // 2 + 1, 2)
    equalise(impulse, max_db, mask, draw, RATE)  # of the gains only
    return torch.fft.irfft(torch.fft.rfft(waveforms) * impulse[:, :, 0, :, 0], n=SAMPLES)


def test_an_equaliser_in_the_spectrogram_differs_from_a_filter_by_a_hundredth_of_what_it_does():
    """The claim is of music, whose spectrum is not flat: notes, each of which decays."""
    rng, time = np.random.default_rng(0), np.arange(SAMPLES) / RATE
    frequencies = rng.uniform(80, 1900, (N, 6, 1))
    notes = (np.sin(2 * np.pi * frequencies * time) * np.exp(-2 * time)).sum(axis=1)
    waveforms = torch.from_numpy(3000 * notes[:, None] + rng.normal(0, 20, (N, 1, SAMPLES))).float()
    plain = Batch(waveforms.transpose(1, 2), None, torch.arange(N // 2), 0)
    draw = draws()
    draw.bernoulli(0.0)
    expected = LOG_MEL(filtered(waveforms, 6.0, draw))
    got = augmented_log_mel(plain, None, AugmentParameters(eq_db=6.0), LOG_MEL)
    offset = (got - expected).mean(dim=(1, 2, 3), keepdim=True)  # the peak is estimated
    assert offset.abs().mean() < 0.2
    inner = (got - expected - offset)[..., 3:-3]
    changed = (expected - LOG_MEL(waveforms))[..., 3:-3]
    assert inner.square().mean() < 0.01 * changed.square().mean()


def test_the_voice_is_louder_than_the_accompaniment_by_a_number_of_decibels_drawn_between_the_two_given():
    voices, accompaniment = noise(1, 50.0), noise(2, 3000.0)
    gain = accompaniment_gain(voices, accompaniment, but(PLAIN_MIX, voice_db=(-6.0, 12.0)), draws())
    louder_db = 20 * torch.log10(rms(voices) / rms(gain[:, None, None] * accompaniment))
    assert louder_db.min() == pytest.approx(-6.0, abs=0.5)
    assert louder_db.max() == pytest.approx(12.0, abs=0.5)
    assert louder_db.mean() == pytest.approx(3.0, abs=1.0)


def test_a_share_of_the_voices_stays_without_accompaniment():
    gain = accompaniment_gain(noise(1), noise(2), but(PLAIN_MIX, bare_share=0.3), draws())
    assert (gain == 0).float().mean() == pytest.approx(0.3, abs=0.1)


def test_a_silent_voice_leaves_its_accompaniment_as_quiet_as_itself():
    gain = accompaniment_gain(torch.zeros(N, 1, SAMPLES), noise(2), PLAIN_MIX, draws())
    assert (gain[:, None, None] * noise(2)).abs().max() < 10


def test_a_share_of_the_segments_is_dry():
    bare = MixParameters(voice_db=(0.0, 0.0), bare_share=1.0, voice_eq_db=6.0)
    sound = augmented(bare, AugmentParameters(eq_db=6.0, noise_db=(-20.0, -20.0), dry_share=0.4))
    untouched = ((sound - LOG_MEL(batch().segments.transpose(1, 2))).abs() < 1e-3).all(dim=(1, 2, 3))
    assert untouched.float().mean() == pytest.approx(0.4, abs=0.1)


def test_an_equaliser_changes_each_frequency_by_no_more_than_it_may_and_smoothly():
    sound = torch.ones(N, 2, 1, 801, 2)
    growth = equalise(sound, 6.0, EVERY, draws(), RATE)
    gains_db = 20 * torch.log10(sound[:, :, 0, :, 0])  # (n, n_channels, n_bins)
    assert gains_db.abs().max() == pytest.approx(6.0, abs=0.3)
    assert gains_db[:, :, 100:].diff().abs().max() < 0.5  # from 250 Hz on, in steps of 2.5 Hz
    torch.testing.assert_close(gains_db[:, 0], gains_db[:, 1])
    assert gains_db[:, 0].std(dim=0).min() > 2.0  # each segment has its own
    power = (10 ** (gains_db[:, 0] / 10))[:, 1:-1].mean(dim=1)
    torch.testing.assert_close(growth.square(), power, atol=0.01, rtol=0.01)


def test_an_equaliser_of_0_decibels_changes_nothing():
    sound = torch.ones(N, 1, 2, 11, 2)
    assert torch.equal(equalise(sound, 0.0, EVERY, draws(), RATE), torch.ones(N))
    assert torch.equal(sound, torch.ones(N, 1, 2, 11, 2))


def test_noise_lies_as_far_below_the_sound_as_asked_for():
    sound = noise(1)
    spectrum = LOG_MEL.spectrum(sound)
    before = spectrum.clone()
    growth = add_noise(spectrum, rms(sound), (-30.0, -20.0), EVERY, draws(), LOG_MEL)
    added = (spectrum - before).square().mean(dim=(1, 2, 3, 4))
    below_db = 10 * torch.log10(added / before.square().mean(dim=(1, 2, 3, 4)))
    assert below_db.min() == pytest.approx(-30.0, abs=1.0)
    assert below_db.max() == pytest.approx(-20.0, abs=1.0)
    torch.testing.assert_close(growth, (1 + 10 ** (below_db / 10)).sqrt(), atol=0.01, rtol=0.01)


def test_no_noise_is_no_noise():
    spectrum = LOG_MEL.spectrum(noise(1))
    before = spectrum.clone()
    add_noise(spectrum, rms(noise(1)), None, EVERY, draws(), LOG_MEL)
    assert torch.equal(spectrum, before)


def test_a_crop_is_the_same_section_of_voices_and_accompaniments_and_another_one_for_another_seed():
    ramp = torch.arange(SAMPLES).short()[None, :, None].expand(N, -1, 1)
    pairs = Batch(ramp, ramp + 1, torch.arange(N // 2), 7)
    cropped = crop_batch(pairs, 1000)
    assert cropped.segments.shape == (N, 1000, 1)
    assert torch.equal(cropped.segments + 1, cropped.accompaniment)
    starts = {int(crop_batch(pairs._replace(seed=seed), 1000).segments[0, 0, 0]) for seed in range(40)}
    assert len(starts) > 30
    assert max(starts) <= SAMPLES - 1000
    assert crop_batch(pairs, SAMPLES).segments.shape == ramp.shape


def share_of(batch, rank, world_size):
    """Return a process's share of a batch, as `PairBatches` gives it, and the rows that it has."""
    n_pairs = len(batch.labels)
    rows = torch.arange(2 * n_pairs).reshape(2, n_pairs)[:, rank::world_size].flatten()
    parts = (batch.segments[rows], batch.accompaniment[rows], batch.labels[rank::world_size])
    return Batch(*parts, batch.seed, rank, world_size), rows


@pytest.mark.parametrize("world_size", [2, 4])
def test_what_a_segment_becomes_is_the_same_on_any_number_of_processes(world_size):
    whole = crop_batch(batch(), SAMPLES - 800)
    expected = augmented(MIX, AUGMENT, whole)
    for rank in range(world_size):
        share, rows = share_of(batch(), rank, world_size)
        cropped = crop_batch(share, SAMPLES - 800)
        assert torch.equal(cropped.segments, whole.segments[rows])
        torch.testing.assert_close(augmented(MIX, AUGMENT, cropped), expected[rows])
