"""Augmentation of a batch: mixing, equaliser, noise."""

import pytest
import torch

from real_cloned.encoders.contrastive.augment import RandomDraws, add_noise, augment_batch, random_eq, random_mix, rms
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.parameters.pretrain import AugmentParameters, MixParameters
from tests.tiny import AUGMENT, MIX, but

RATE, N = 4000, 200
EVERY = torch.ones(N, dtype=torch.bool)


def noise(seed, scale=1000.0, n_channels=1):
    return torch.randn(N, n_channels, 1600, generator=torch.Generator().manual_seed(seed)) * scale


def draws(seed=0):
    return RandomDraws(N, seed, torch.device("cpu"))


def batch(seed=0, with_accompaniment=True):
    segments = noise(1, n_channels=2).transpose(1, 2).short()
    accompaniment = noise(2, 300.0, n_channels=2).transpose(1, 2).short()
    return Batch(segments, accompaniment if with_accompaniment else None, torch.arange(N // 2), seed)


def test_without_mix_and_augmentation_a_batch_stays_as_it_is():
    assert torch.equal(augment_batch(batch(), None, None, RATE), batch().segments.transpose(1, 2))


def test_the_same_seed_gives_the_same_waveforms_and_another_others():
    one, again, other = (augment_batch(batch(seed), MIX, AUGMENT, RATE) for seed in (1, 1, 2))
    assert one.shape == (N, 2, 1600)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_the_voice_is_louder_than_the_accompaniment_by_a_number_of_decibels_drawn_between_the_two_given():
    voices, accompaniment = noise(1, 50.0), noise(2, 3000.0)
    parts = random_mix(voices, accompaniment, but(MIX, voice_db=(-6.0, 12.0), voice_eq_db=0.0, bare_share=0.0), draws())
    louder_db = 20 * torch.log10(rms(voices) / rms(parts - voices))
    assert louder_db.min() == pytest.approx(-6.0, abs=0.5)
    assert louder_db.max() == pytest.approx(12.0, abs=0.5)
    assert louder_db.mean() == pytest.approx(3.0, abs=1.0)


def test_what_is_added_is_the_accompaniment_and_nothing_else():
    voices, accompaniment = noise(1), noise(2)
    added = random_mix(voices, accompaniment, but(MIX, voice_eq_db=0.0, bare_share=0.0), draws()) - voices
    cosine = torch.cosine_similarity(added.flatten(1), accompaniment.flatten(1))
    torch.testing.assert_close(cosine, torch.ones(N))


def test_a_share_of_the_voices_stays_without_accompaniment():
    bare = random_mix(noise(1), noise(2), but(MIX, voice_eq_db=0.0, bare_share=0.3), draws())
    assert (bare == noise(1)).all(dim=(1, 2)).float().mean() == pytest.approx(0.3, abs=0.1)


def test_a_silent_voice_leaves_its_accompaniment_as_quiet_as_itself():
    silent = torch.zeros(N, 1, 1600)
    assert random_mix(silent, noise(2), but(MIX, bare_share=0.0), draws()).abs().max() < 10


def test_a_share_of_the_segments_is_dry():
    plain = MixParameters(voice_db=(0.0, 0.0), bare_share=1.0, voice_eq_db=6.0)
    sound = augment_batch(batch(), plain, AugmentParameters(eq_db=6.0, noise_db=(-20.0, -20.0), dry_share=0.4), RATE)
    untouched = ((sound - batch().segments.transpose(1, 2)).abs() < 1).all(dim=(1, 2))
    assert untouched.float().mean() == pytest.approx(0.4, abs=0.1)


def test_an_equaliser_changes_each_frequency_by_no_more_than_it_may_and_smoothly():
    sound = torch.zeros(N, 2, 1600)
    sound[:, :, 800] = 1000.0  # an impulse holds all frequencies alike
    gains_db = 20 * torch.log10(torch.fft.rfft(random_eq(sound, 6.0, EVERY, draws(), RATE)).abs() / 1000)
    assert gains_db.abs().max() == pytest.approx(6.0, abs=0.3)
    assert gains_db[:, :, 100:].diff().abs().max() < 0.5  # from 250 Hz on, in steps of 2.5 Hz
    torch.testing.assert_close(gains_db[:, 0], gains_db[:, 1])
    assert gains_db[:, 0].std(dim=0).min() > 2.0  # each segment has its own


def test_an_equaliser_of_0_decibels_changes_nothing():
    assert torch.equal(random_eq(noise(1), 0.0, EVERY, draws(), RATE), noise(1))


def test_noise_lies_as_far_below_the_sound_as_asked_for():
    sound = noise(1)
    added = add_noise(sound, (-30.0, -20.0), EVERY, draws()) - sound
    below_db = 20 * torch.log10(added.square().mean(dim=(1, 2)).sqrt() / rms(sound))
    assert below_db.min() == pytest.approx(-30.0, abs=0.7)
    assert below_db.max() == pytest.approx(-20.0, abs=0.7)
    assert torch.corrcoef(added[:2, 0])[0, 1].abs() < 0.1


def test_no_noise_is_no_noise():
    assert torch.equal(add_noise(noise(1), None, EVERY, draws()), noise(1))
