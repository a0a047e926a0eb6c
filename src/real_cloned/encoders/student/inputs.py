"""What teacher and student hear of a batch: the bare voice, and the same voice in a room, over a band, coded.

Unlike in `contrastive.augment`, all is done to waveforms, since the filter banks of CAM++ are not linear in them.
Every segment has random numbers of its own; waveforms are float32 in the range of int16, one channel.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torchaudio.functional import mu_law_decoding, mu_law_encoding, resample

from real_cloned.audio.level import rms
from real_cloned.audio.rooms import convolve_rir, draw_rirs
from real_cloned.encoders.contrastive.augment import N_BANDS, accompaniment_gain, band_weights
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.draws import RandomDraws
from real_cloned.parameters.pretrain import AugmentParameters, StudentParameters

CODEC_HZ = (3000.0, 8000.0)
"""Between these lies what a codec leaves out: telephones keep 3.4 kHz, bad MP3 files 8 kHz and less."""
N_LEVELS = 256


class Heard(NamedTuple):
    """The two versions of a batch, and who sings.

    Attributes:
        bare: What the teacher hears. Shape: (2 n_pairs, n_samples).
        mixed: What the student hears. Shape: (2 n_pairs, n_samples).
        labels: Singer and speed of each pair as one number. Shape: (n_pairs,).
    """

    bare: Tensor
    mixed: Tensor
    labels: Tensor


def student_inputs(
    batch: Batch, parameters: StudentParameters, sample_rate_hz: int, draws: RandomDraws | None = None
) -> Heard:
    """Return what teacher and student hear.

    Args:
        batch: Segments and their accompaniment.
        parameters: Of the variant.
        sample_rate_hz: Of the segments, in hertz.
        draws: Random numbers for the segments; None: of the batch's seed.
    """
    draws = draws or RandomDraws.of(batch)
    dry = draws.bernoulli(parameters.augment.dry_share if parameters.augment else 0.0)  # (2 n_pairs,)
    voices = batch.segments.float().mean(dim=2)  # (2 n_pairs, n_samples)
    speeds = (draws.uniform(0, len(parameters.speeds))[: len(voices) // 2]).long()  # (n_pairs,)
    bare = play_at(voices, speeds.repeat(2), parameters.speeds)
    labels = batch.labels * len(parameters.speeds) + speeds
    mixed = equalise(bare, parameters.mix.voice_eq_db * ~dry, draws, sample_rate_hz)
    in_room = draws.bernoulli(parameters.room_share) & ~dry
    rirs = draws.share(draw_rirs(np.random.default_rng(batch.seed), draws.n_all, sample_rate_hz)).to(mixed.device)
    mixed = torch.where(in_room[:, None], convolve_rir(mixed, rirs), mixed)
    if batch.accompaniment is not None:
        band = batch.accompaniment.float().mean(dim=2)[:, : mixed.shape[1]]  # (2 n_pairs, n_samples)
        gain = accompaniment_gain(mixed[:, None], band[:, None], parameters.mix, draws)
        mixed = mixed + gain[:, None] * band
    if parameters.augment is not None:
        mixed = degrade(mixed, parameters.augment, ~dry, draws, sample_rate_hz)
    is_coded = draws.bernoulli(parameters.codec_share) & ~dry
    mixed = torch.where(is_coded[:, None], code(mixed, draws.uniform(*CODEC_HZ), sample_rate_hz), mixed)
    return Heard(bare, mixed, labels)


def play_at(voices: Tensor, indices: Tensor, speeds: list[float]) -> Tensor:
    """Return each voice played at one of the speeds, all cut to the length that the fastest leaves.

    Args:
        voices: Shape: (n, n_samples).
        indices: Which speed. Shape: (n,), int64.
        speeds: At 1.1 a voice is shorter by a factor of 1.1, and pitch and formants are higher by it.

    Returns:
        Shape (n, floor(n_samples / max(1, *speeds))).
    """
    length = int(voices.shape[1] / max(1.0, *speeds))
    played = torch.empty(len(voices), length, device=voices.device)
    for index in indices.unique().tolist():
        rows, rate = indices == index, round(100 * speeds[index])
        played[rows] = (voices[rows] if rate == 100 else resample(voices[rows], rate, 100))[:, :length]
    return played


def equalise(waveforms: Tensor, max_db: Tensor, draws: RandomDraws, sample_rate_hz: int) -> Tensor:
    """Return waveforms through smooth random filters.

    Args:
        waveforms: Shape: (n, n_samples).
        max_db: Gains of each lie between minus and plus this many decibels. Shape: (n,).
        draws: Random numbers for n segments.
        sample_rate_hz: In hertz.

    Returns:
        Shape (n, n_samples).
    """
    spectrum = torch.fft.rfft(waveforms)  # (n, n_bins)
    weights = band_weights(spectrum.shape[1], sample_rate_hz, waveforms.device)  # (n_bands, n_bins)
    gains_db = draws.uniform(-1.0, 1.0, N_BANDS) * max_db[:, None]  # (n, n_bands)
    filtered: Tensor = torch.fft.irfft(spectrum * 10 ** (gains_db @ weights / 20), waveforms.shape[1])
    return filtered


def degrade(
    waveforms: Tensor, augment: AugmentParameters, mask: Tensor, draws: RandomDraws, sample_rate_hz: int
) -> Tensor:
    """Return waveforms through an equaliser and with white noise.

    Args:
        waveforms: Shape: (n, n_samples).
        augment: Equaliser and noise.
        mask: True for those that are changed. Shape: (n,).
        draws: Random numbers for n segments.
        sample_rate_hz: In hertz.

    Returns:
        Shape (n, n_samples).
    """
    changed = equalise(waveforms, augment.eq_db * mask, draws, sample_rate_hz)
    if augment.noise_db is None:
        return changed
    ratio = 10 ** (draws.uniform(*augment.noise_db) / 20) * mask  # (n,)
    return changed + (ratio * rms(changed[:, None]))[:, None] * draws.noise(waveforms.shape[1])


def code(waveforms: Tensor, cutoff_hz: Tensor, sample_rate_hz: int) -> Tensor:
    """Return waveforms without what lies above a cut-off, coded by mu-law with 8 bits and decoded.

    Args:
        waveforms: Shape: (n, n_samples).
        cutoff_hz: Of each. Shape: (n,).
        sample_rate_hz: In hertz.

    Returns:
        Shape (n, n_samples).
    """
    spectrum = torch.fft.rfft(waveforms)  # (n, n_bins)
    hertz = torch.linspace(0, sample_rate_hz / 2, spectrum.shape[1], device=waveforms.device)
    low = torch.fft.irfft(spectrum * (hertz <= cutoff_hz[:, None]), waveforms.shape[1])
    peaks = low.abs().amax(dim=1, keepdim=True).clamp(min=1.0)
    coded: Tensor = mu_law_decoding(mu_law_encoding(low / peaks, N_LEVELS), N_LEVELS) * peaks
    return coded
