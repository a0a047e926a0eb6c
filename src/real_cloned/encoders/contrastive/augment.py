"""Augmentation of a batch of segments, on the device that trains: mixing, random equaliser, noise.

Every segment has random numbers of its own, drawn from the batch's seed; all operations are done for the whole batch at
once. Waveforms are float32 in the range of int16; levels are decibels of mean power.
"""

import torch
from torch import Tensor

from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.parameters.pretrain import AugmentParameters, MixParameters

LOWEST_HZ = 60.0
N_BANDS = 8
"""Points between which an equaliser's gains are interpolated, evenly spaced in octaves up to half the sample rate."""

MIN_RMS = 1.0
"""Lowest root mean square that a level is compared with, in steps of int16, so that silence is not amplified."""


def augment_batch(
    batch: Batch, mix: MixParameters | None, augment: AugmentParameters | None, sample_rate_hz: int
) -> Tensor:
    """Return the segments of a batch as the encoder is given them.

    Args:
        batch: Segments, and accompaniment where the variant mixes.
        mix: How segments are mixed with the accompaniment; None: not at all.
        augment: Equaliser and noise; None: neither.
        sample_rate_hz: Of the segments, in hertz.

    Returns:
        Shape (2 n_pairs, n_channels, n_samples): int16 and unchanged where `mix` and `augment` are None, else float32
        in the range of int16.
    """
    segments = batch.segments.transpose(1, 2)  # (2 n_pairs, n_channels, n_samples)
    if mix is None and augment is None:
        return segments
    with torch.autocast(segments.device.type, enabled=False):
        draws = RandomDraws(len(segments), batch.seed, segments.device)
        mask = ~draws.bernoulli(augment.dry_share if augment else 0.0)  # (2 n_pairs,)
        waveforms = segments.float()
        if mix is not None and batch.accompaniment is not None:
            accompaniment = batch.accompaniment.transpose(1, 2).float()
            voices = random_eq(waveforms, mix.voice_eq_db, mask, draws, sample_rate_hz)
            waveforms = random_mix(voices, accompaniment, mix, draws)
        if augment is not None:
            waveforms = random_eq(waveforms, augment.eq_db, mask, draws, sample_rate_hz)
            waveforms = add_noise(waveforms, augment.noise_db, mask, draws)
        return waveforms


class RandomDraws:
    """Random numbers for the segments of a batch, all from one seed, on one device.

    Args:
        n: Number of segments.
        seed: Of the batch.
        device: Where the numbers are drawn.
    """

    def __init__(self, n: int, seed: int, device: torch.device):
        self.n, self.device = n, device
        self.generator = torch.Generator(device).manual_seed(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Return uniformly distributed numbers, (n, *shape) float32.

        Args:
            low: Least value.
            high: Greatest value.
            *shape: Of the numbers of one segment.
        """
        numbers = torch.rand(self.n, *shape, generator=self.generator, device=self.device)
        return low + (high - low) * numbers

    def bernoulli(self, probability: float) -> Tensor:
        """Return (n,) bool, each true with a probability.

        Args:
            probability: 0 to 1.
        """
        return self.uniform(0.0, 1.0) < probability


def random_mix(voices: Tensor, accompaniment: Tensor, mix: MixParameters, draws: RandomDraws) -> Tensor:
    """Return each voice over its accompaniment, louder than it by a random number of decibels.

    Args:
        voices: Float32 in the range of int16. Shape: (n, n_channels, n_samples).
        accompaniment: Float32 in the range of int16. Shape: (n, n_channels, n_samples).
        mix: Range of levels, and the share of voices that stay without accompaniment.
        draws: Random numbers for n segments.

    Returns:
        Shape (n, n_channels, n_samples).
    """
    ratio = 10 ** (draws.uniform(*mix.voice_db) / 20)  # (n,)
    gain = rms(voices) / (rms(accompaniment) * ratio)
    gain = torch.where(draws.bernoulli(mix.bare_share), torch.zeros_like(gain), gain)
    return voices + gain[:, None, None] * accompaniment


def random_eq(waveforms: Tensor, max_db: float, mask: Tensor, draws: RandomDraws, sample_rate_hz: int) -> Tensor:
    """Return the waveforms through a smooth random equaliser, the same for all channels of a segment.

    Args:
        waveforms: Float32. Shape: (n, n_channels, n_samples).
        max_db: Gains lie between minus and plus this many decibels.
        mask: True for the segments that are changed. Shape: (n,).
        draws: Random numbers for n segments.
        sample_rate_hz: Of the waveforms, in hertz.

    Returns:
        Shape (n, n_channels, n_samples).
    """
    if max_db == 0:
        return waveforms
    band_gains_db = draws.uniform(-max_db, max_db, N_BANDS) * mask[:, None]  # (n, n_bands)
    spectrum = torch.fft.rfft(waveforms)  # (n, n_channels, n_bins)
    gains_db = band_gains_db @ _band_weights(spectrum.shape[-1], sample_rate_hz, waveforms.device)  # (n, n_bins)
    filtered: Tensor = torch.fft.irfft(spectrum * (10 ** (gains_db / 20))[:, None], n=waveforms.shape[-1])
    return filtered


def add_noise(waveforms: Tensor, noise_db: tuple[float, float] | None, mask: Tensor, draws: RandomDraws) -> Tensor:
    """Return the waveforms with white noise at a random level; each gets a random section of one long noise.

    Args:
        waveforms: Float32 in the range of int16. Shape: (n, n_channels, n_samples).
        noise_db: Least and greatest level, in decibels above the segment's mean power; None: no noise.
        mask: True for the segments that are changed. Shape: (n,).
        draws: Random numbers for n segments.

    Returns:
        Shape (n, n_channels, n_samples).
    """
    if noise_db is None:
        return waveforms
    n_samples = waveforms.shape[-1]
    noise = torch.randn(2 * n_samples, generator=draws.generator, device=waveforms.device)
    starts = draws.uniform(0, n_samples).long()  # (n,)
    amplitude = rms(waveforms) * 10 ** (draws.uniform(*noise_db) / 20) * mask  # (n,)
    return waveforms + (amplitude[:, None] * noise.unfold(0, n_samples, 1)[starts])[:, None]


def rms(waveforms: Tensor, minimum: float = MIN_RMS) -> Tensor:
    """Return the root mean square of each segment, over all its channels.

    Args:
        waveforms: Float32. Shape: (n, n_channels, n_samples).
        minimum: Least value that is returned.

    Returns:
        Shape (n,).
    """
    return waveforms.square().mean(dim=(1, 2)).sqrt().clamp(min=minimum)


def _band_weights(n_bins: int, sample_rate_hz: int, device: torch.device) -> Tensor:
    """Return (n_bands, n_bins): linear interpolation in octaves; below the lowest band its gain goes on."""
    hertz = torch.linspace(0, sample_rate_hz / 2, n_bins, device=device).clamp(min=LOWEST_HZ)
    octaves = torch.log2(hertz / LOWEST_HZ)  # (n_bins,)
    position = octaves * ((N_BANDS - 1) / octaves[-1])  # between 0 and n_bands - 1
    bands = torch.arange(N_BANDS, device=device)
    return (1 - (position - bands[:, None]).abs()).clamp(min=0)
