"""Effects of the studio on a voice, by genre, and those that serve as cloning methods."""

from typing import NamedTuple

import torch
from torch import Tensor

from real_cloned.demo import dsp


class GenreEffects(NamedTuple):
    """What the studio does to the voice in one genre.

    Attributes:
        decay_s: Seconds in which the room falls by 60 dB.
        wet: Share of the room's sound, in [0, 1].
        drive_db: Gain before saturation in decibels; 0 is none.
        vocoder: Share of the vocoded voice, in [0, 1].
    """

    decay_s: float
    wet: float
    drive_db: float
    vocoder: float


GENRE_EFFECTS = {
    "folk": GenreEffects(0.3, 0.05, 0.0, 0.0),
    "country": GenreEffects(0.4, 0.08, 0.0, 0.0),
    "rock": GenreEffects(0.7, 0.15, 9.0, 0.0),
    "pop": GenreEffects(1.2, 0.22, 4.0, 0.0),
    "hip-hop": GenreEffects(0.5, 0.12, 8.0, 0.2),
    "electronic": GenreEffects(1.8, 0.25, 4.0, 0.6),
}
GENRES = tuple(GENRE_EFFECTS)


def apply_genre_effects(vocals: Tensor, genres: list[str], noise: Tensor, sample_rate_hz: int) -> Tensor:
    """Apply vocoder, saturation and reverb to each voice as its genre has them.

    Args:
        vocals: (batch, n_samples) float32.
        genres: (batch,) keys of GENRE_EFFECTS.
        noise: (batch, n_samples) of variance 1, for the impulse responses of the rooms.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_samples) float32.
    """
    decay_s, wet, drive_db, vocoder = torch.tensor([GENRE_EFFECTS[genre] for genre in genres]).T
    mixed = vocals.clone()
    rows = vocoder.nonzero().flatten()
    if len(rows):
        vocoded = channel_vocoder(vocals[rows], sample_rate_hz, n_bands=40, frame_s=0.02)
        mixed[rows] = torch.lerp(vocals[rows], vocoded, vocoder[rows, None])
    driven = torch.tanh(mixed * 10 ** (drive_db[:, None] / 20) / 3)
    saturated = torch.where(drive_db[:, None] > 0, driven * dsp.rms(mixed) / dsp.rms(driven), mixed)
    return dsp.add_reverb(saturated, decay_s, wet, noise[:, : sample_rate_hz // 2], sample_rate_hz)


def channel_vocoder(vocals: Tensor, sample_rate_hz: int, n_bands: int, frame_s: float) -> Tensor:
    """Resynthesize a voice from its energies in a few mel bands.

    Within a band the magnitudes become flat; the phases stay those of the voice, which keeps the pitch.

    Args:
        vocals: (batch, n_samples) float32.
        sample_rate_hz: Sample rate in hertz.
        n_bands: Number of bands.
        frame_s: Seconds over which an energy is averaged.

    Returns:
        (batch, n_samples) float32 at the level of `vocals`.
    """
    spectrum = dsp.stft(vocals, sample_rate_hz)
    bands = _mel_bands(n_bands, sample_rate_hz)  # (n_bands, n_bins), rows sum to 1
    energy = bands @ spectrum.abs().square()  # (batch, n_bands, n_frames)
    energy = _hold(energy, round(frame_s / dsp.HOP_S))
    envelope = (bands > 0).float().T @ energy.sqrt()  # (batch, n_bins, n_frames)
    vocoded = dsp.istft(torch.sgn(spectrum) * envelope, vocals.shape[-1], sample_rate_hz)
    return vocoded * dsp.rms(vocals) / dsp.rms(vocoded)


def smear(vocals: Tensor, sample_rate_hz: int, frame_s: float) -> Tensor:
    """Average the magnitudes of a voice over time, as crude voice conversion blurs what is sung; the phases stay.

    Args:
        vocals: (batch, n_samples) float32.
        sample_rate_hz: Sample rate in hertz.
        frame_s: Seconds over which magnitudes are averaged.

    Returns:
        (batch, n_samples) float32 at the level of `vocals`.
    """
    spectrum = dsp.stft(vocals, sample_rate_hz)
    width = 2 * round(frame_s / dsp.HOP_S / 2) + 1
    mean_over_time = torch.nn.AvgPool1d(width, stride=1, padding=width // 2, count_include_pad=False)
    magnitude = mean_over_time(spectrum.abs())  # (batch, n_bins, n_frames)
    smeared = dsp.istft(torch.sgn(spectrum) * magnitude, vocals.shape[-1], sample_rate_hz)
    return smeared * dsp.rms(vocals) / dsp.rms(smeared)


def _mel_bands(n_bands: int, sample_rate_hz: int) -> Tensor:
    mel = torch.log1p(dsp.fft_frequencies(sample_rate_hz) / 700)
    band = (mel / mel[-1] * n_bands).long().clamp(max=n_bands - 1)
    member = (band == torch.arange(n_bands)[:, None]).float()  # (n_bands, n_bins)
    return member / member.sum(dim=1, keepdim=True).clamp(min=1)


def _hold(energy: Tensor, n_frames: int) -> Tensor:
    """Replace every n_frames frames by their mean."""
    pooled = torch.nn.functional.avg_pool1d(energy, n_frames, ceil_mode=True)
    return pooled.repeat_interleave(n_frames, dim=-1)[..., : energy.shape[-1]]
