"""What the encoder hears of a batch: voices mixed with other bands, equalised, with noise, on the device that trains.

Every segment has random numbers of its own, drawn from the batch's seed; all is done for the whole batch at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.parameters.pretrain import AugmentParameters, MixParameters

LOWEST_HZ = 60.0
N_POINTS = 8
"""Points between which an equaliser's gains are interpolated, evenly spaced in octaves up to half the sample rate."""

QUIETEST = 1.0
"""Least level that anything is compared with, in steps of int16: silence is not blown up."""


def heard(batch: Batch, mix: MixParameters | None, augment: AugmentParameters | None, sample_rate_hz: int) -> Tensor:
    """Return (2 n_pairs, n_channels, n_samples) of the sides of a batch: int16 as they are, or float32 in its range.

    Without `mix` and `augment` nothing is changed.
    """
    sides = batch.sides.transpose(1, 2)  # (2 n_pairs, n_channels, n_samples)
    if mix is None and augment is None:
        return sides
    with torch.autocast(sides.device.type, enabled=False):
        return _changed(sides, batch, mix, augment, sample_rate_hz)


def _changed(
    sides: Tensor, batch: Batch, mix: MixParameters | None, augment: AugmentParameters | None, sample_rate_hz: int
) -> Tensor:
    draw = Draw(len(sides), batch.seed, sides.device)
    touched = ~draw.chosen(augment.dry_share if augment else 0.0)
    sound = sides.float()
    if mix is not None and batch.bands is not None:
        sound = mixed(sound, batch.bands.transpose(1, 2).float(), mix, touched, draw, sample_rate_hz)
    if augment is not None:
        sound = equalised(sound, augment.eq_db, touched, draw, sample_rate_hz)
        sound = with_noise(sound, augment.noise_db, touched, draw)
    return sound


class Draw:
    """Random numbers for `n` segments, all from one seed, on one device."""

    def __init__(self, n: int, seed: int, device: torch.device):
        self.n, self.device = n, device
        self.generator = torch.Generator(device).manual_seed(seed)

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """Return (n, *shape) evenly distributed numbers."""
        numbers = torch.rand(self.n, *shape, generator=self.generator, device=self.device)
        return low + (high - low) * numbers

    def chosen(self, share: float) -> Tensor:
        """Return (n,) bool: true for about `share` of the segments."""
        return self.between(0.0, 1.0) < share


def mixed(
    voices: Tensor, bands: Tensor, mix: MixParameters, touched: Tensor, draw: Draw, sample_rate_hz: int
) -> Tensor:
    """Return the voices, each over its band, louder than it by a random number of dB; some stay without a band.

    voices, bands : (n, n_channels, n_samples) float32; touched : (n,) whether the voice's equaliser is used
    """
    voices = equalised(voices, mix.voice_eq_db, touched, draw, sample_rate_hz)
    louder = 10 ** (draw.between(*mix.voice_db) / 20)
    gain = level(voices) / (level(bands) * louder)
    gain = torch.where(draw.chosen(mix.bare_share), torch.zeros_like(gain), gain)
    return voices + gain[:, None, None] * bands


def equalised(sound: Tensor, within_db: float, touched: Tensor, draw: Draw, sample_rate_hz: int) -> Tensor:
    """Return the sound through a smooth random equaliser, the same for all channels of a segment.

    sound : (n, n_channels, n_samples) float32; within_db : gains lie between minus and plus this; touched : (n,) whose
    """
    if within_db == 0:
        return sound
    points_db = draw.between(-within_db, within_db, N_POINTS) * touched[:, None]  # (n, n_points)
    spectrum = torch.fft.rfft(sound)  # (n, n_channels, n_bins)
    gains_db = points_db @ _interpolation(spectrum.shape[-1], sample_rate_hz, sound.device)  # (n, n_bins)
    changed: Tensor = torch.fft.irfft(spectrum * (10 ** (gains_db / 20))[:, None], n=sound.shape[-1])
    return changed


def with_noise(sound: Tensor, noise_db: tuple[float, float] | None, touched: Tensor, draw: Draw) -> Tensor:
    """Return the sound with white noise at a random level; each segment has a random part of one long noise.

    sound : (n, n_channels, n_samples) float32; noise_db : dB above the segment's mean power
    """
    if noise_db is None:
        return sound
    n_samples = sound.shape[-1]
    long = torch.randn(2 * n_samples, generator=draw.generator, device=sound.device)
    starts = draw.between(0, n_samples).long()
    amplitude = level(sound) * 10 ** (draw.between(*noise_db) / 20) * touched
    return sound + (amplitude[:, None] * long.unfold(0, n_samples, 1)[starts])[:, None]


def level(sound: Tensor, least: float = QUIETEST) -> Tensor:
    """Return (n,) the root of the mean power of (n, n_channels, n_samples), no less than `least` steps of int16."""
    return sound.square().mean(dim=(1, 2)).sqrt().clamp(min=least)


def _interpolation(n_bins: int, sample_rate_hz: int, device: torch.device) -> Tensor:
    """Return (n_points, n_bins): what each point adds to each bin; below the lowest point its gain goes on."""
    hertz = torch.linspace(0, sample_rate_hz / 2, n_bins, device=device).clamp(min=LOWEST_HZ)
    octaves = torch.log2(hertz / LOWEST_HZ)
    place = octaves * ((N_POINTS - 1) / octaves[-1])  # between 0 and n_points - 1
    points = torch.arange(N_POINTS, device=device)
    return (1 - (place - points[:, None]).abs()).clamp(min=0)
