"""Augmentation of a batch of segments, on the device that trains: crop, mixing, random equaliser, noise.

Every segment has random numbers of its own (`draws`); all operations are done for the whole batch at once. Waveforms
are float32 in the range of int16; levels are decibels of mean power.

Mixing, equalisers and noise are linear, and done in the spectrogram from which the log-mel is made, so that waveforms
are transformed once. An equaliser's gains then hold for whole windows of the spectrogram, which differs little from a
filter, since the gains are smooth.
"""

import numpy as np
import torch
from torch import Tensor

from real_cloned.audio.level import rms
from real_cloned.audio.logmel import LogMel
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.draws import RandomDraws
from real_cloned.parameters.pretrain import AugmentParameters, MixParameters

LOWEST_HZ = 60.0
N_BANDS = 8
"""Points between which an equaliser's gains are interpolated, evenly spaced in octaves up to half the sample rate."""

POWER_STRIDE = 4
"""Every how many frames count where the power of a spectrogram is estimated."""


def crop_batch(batch: Batch, n_samples: int) -> Batch:
    """Return the same random section of all segments of a batch.

    Args:
        batch: Segments of at least `n_samples`, and accompaniment where the variant mixes.
        n_samples: Length of the section.
    """
    n_starts = batch.segments.shape[1] - n_samples + 1
    start = int(np.random.default_rng(batch.seed).integers(n_starts))
    accompaniment = None if batch.accompaniment is None else batch.accompaniment[:, start : start + n_samples]
    return batch._replace(segments=batch.segments[:, start : start + n_samples], accompaniment=accompaniment)


def augmented_log_mel(
    batch: Batch,
    mix: MixParameters | None,
    augment: AugmentParameters | None,
    log_mel: LogMel,
    draws: RandomDraws | None = None,
) -> Tensor:
    """Return the log-mel of the augmented segments of a batch.

    As in `LogMel`, each one is brought to a peak of 1. That of an equalised or noisy segment is estimated: it is taken
    to grow as the root mean square does.

    Args:
        batch: Segments, and accompaniment where the variant mixes.
        mix: How segments are mixed with the accompaniment; None: not at all.
        augment: Equaliser and noise; None: neither.
        log_mel: Of the encoder.
        draws: Random numbers for the segments; None: of the batch's seed.

    Returns:
        Shape (2 n_pairs, n_channels, n_mels, n_frames), float32.
    """
    with torch.autocast(batch.segments.device.type, enabled=False):
        draws = draws or RandomDraws.of(batch)
        mask = ~draws.bernoulli(augment.dry_share if augment else 0.0)  # (2 n_pairs,)
        waveforms = batch.segments.transpose(1, 2).float()  # (2 n_pairs, n_channels, n_samples)
        spectrum = log_mel.spectrum(waveforms)  # (2 n_pairs, n_channels, n_frames, n_bins, 2)
        if mix is not None and batch.accompaniment is not None:
            growth = equalise(spectrum, mix.voice_eq_db, mask, draws, log_mel.sample_rate_hz)  # (2 n_pairs,)
            waveforms *= growth[:, None, None]
            accompaniment = batch.accompaniment.transpose(1, 2).float()
            gain = accompaniment_gain(waveforms, accompaniment, mix, draws)  # (2 n_pairs,)
            accompaniment *= gain[:, None, None]
            spectrum += log_mel.spectrum(accompaniment)
            waveforms += accompaniment
        peaks = waveforms.abs().amax(dim=(1, 2))  # (2 n_pairs,)
        if augment is not None:
            growth = equalise(spectrum, augment.eq_db, mask, draws, log_mel.sample_rate_hz)
            levels = growth * rms(waveforms)
            peaks = growth * peaks * add_noise(spectrum, levels, augment.noise_db, mask, draws, log_mel)
        return log_mel.from_spectrum(spectrum, peaks)


def accompaniment_gain(voices: Tensor, accompaniment: Tensor, mix: MixParameters, draws: RandomDraws) -> Tensor:
    """Return the gains that make each voice louder than its accompaniment by a random number of decibels.

    Args:
        voices: Float32 in the range of int16. Shape: (n, n_channels, n_samples).
        accompaniment: Float32 in the range of int16. Shape: (n, n_channels, n_samples).
        mix: Range of levels, and the share of voices that stay without accompaniment.
        draws: Random numbers for n segments.

    Returns:
        Factors of the accompaniment, 0 where a voice stays without. Shape (n,).
    """
    ratio = 10 ** (draws.uniform(*mix.voice_db) / 20)  # (n,)
    gain = rms(voices) / (rms(accompaniment) * ratio)
    return torch.where(draws.bernoulli(mix.bare_share), torch.zeros_like(gain), gain)


def equalise(spectrum: Tensor, max_db: float, mask: Tensor, draws: RandomDraws, sample_rate_hz: int) -> Tensor:
    """Put each segment through a smooth random equaliser, the same for all its channels, in place.

    Args:
        spectrum: As `LogMel.spectrum` makes it. Shape: (n, n_channels, n_frames, n_bins, 2).
        max_db: Gains lie between minus and plus this many decibels.
        mask: True for the segments that are changed. Shape: (n,).
        draws: Random numbers for n segments.
        sample_rate_hz: Of the segments, in hertz.

    Returns:
        By which factor the root mean square of each segment has grown. Shape (n,).
    """
    if max_db == 0:
        return torch.ones(len(spectrum), device=spectrum.device)
    n_bins = spectrum.shape[3]
    band_gains_db = draws.uniform(-max_db, max_db, N_BANDS) * mask[:, None]  # (n, n_bands)
    gains = 10 ** (band_gains_db @ band_weights(n_bins, sample_rate_hz, spectrum.device) / 20)  # (n, n_bins)
    before = _power(spectrum)  # (n, n_bins)
    spectrum *= gains[:, None, None, :, None]
    total = before.sum(dim=1)
    return torch.where(total > 0, (before * gains.square()).sum(dim=1) / total, 1.0).sqrt()


def add_noise(
    spectrum: Tensor,
    levels: Tensor,
    noise_db: tuple[float, float] | None,
    mask: Tensor,
    draws: RandomDraws,
    log_mel: LogMel,
) -> Tensor:
    """Add white noise at a random level to each segment, in place; each gets a random section of one long noise.

    Args:
        spectrum: As `LogMel.spectrum` makes it. Shape: (n, n_channels, n_frames, n_bins, 2).
        levels: Root mean square of each segment. Shape: (n,).
        noise_db: Least and greatest level, in decibels above the segment's mean power; None: no noise.
        mask: True for the segments that are changed. Shape: (n,).
        draws: Random numbers for n segments.
        log_mel: That made the spectrum.

    Returns:
        By which factor the root mean square of each segment has grown. Shape (n,).
    """
    if noise_db is None:
        return torch.ones(len(spectrum), device=spectrum.device)
    n_frames = spectrum.shape[2]
    noise = draws.normal(2 * n_frames * log_mel.hop_length)
    frames = log_mel.spectrum(noise[None, None])[0, 0]  # (2 n_frames, n_bins, 2)
    starts = draws.uniform(0, n_frames).long()  # (n,)
    sections = frames[starts[:, None] + torch.arange(n_frames, device=spectrum.device)]  # (n, n_frames, n_bins, 2)
    ratio = 10 ** (draws.uniform(*noise_db) / 20) * mask  # (n,)
    spectrum += ((ratio * levels)[:, None, None, None] * sections)[:, None]
    return (1 + ratio.square()).sqrt()


def band_weights(n_bins: int, sample_rate_hz: int, device: torch.device) -> Tensor:
    """Return by how much each band counts in the gain, in decibels, of each bin.

    It is linear interpolation in octaves; below the lowest band its gain goes on.

    Args:
        n_bins: Frequencies, evenly spaced from 0 to half the sample rate.
        sample_rate_hz: In hertz.
        device: Of the result.

    Returns:
        Shape (n_bands, n_bins), float32.
    """
    hertz = torch.linspace(0, sample_rate_hz / 2, n_bins, device=device).clamp(min=LOWEST_HZ)
    octaves = torch.log2(hertz / LOWEST_HZ)  # (n_bins,)
    position = octaves * ((N_BANDS - 1) / octaves[-1])  # between 0 and n_bands - 1
    bands = torch.arange(N_BANDS, device=device)
    return (1 - (position - bands[:, None]).abs()).clamp(min=0)


def _power(spectrum: Tensor) -> Tensor:
    """Return the power of each bin, (n, n_bins), up to a factor, estimated from some frames; inner bins count twice."""
    frames = spectrum[:, :, ::POWER_STRIDE].flatten(1, 2)  # (n, n_channels * n_frames, n_bins, 2)
    power = frames.square().sum(dim=1).sum(dim=-1)  # (n, n_bins)
    power[:, 1:-1] *= 2
    return power
