"""What is done to a voice in the studio, by genre, and what cloning methods do to it."""

import torch
from torch import Tensor

from real_cloned.demo import dsp

GENRES = ("folk", "country", "rock", "pop", "hip-hop", "electronic")
# decay of the room in seconds, share of the room, drive in decibels, share of the vocoder
GENRE_EFFECTS = {
    "folk": (0.3, 0.05, 0.0, 0.0),
    "country": (0.4, 0.08, 0.0, 0.0),
    "rock": (0.7, 0.15, 9.0, 0.0),
    "pop": (1.2, 0.22, 4.0, 0.0),
    "hip-hop": (0.5, 0.12, 8.0, 0.2),
    "electronic": (1.8, 0.25, 4.0, 0.6),
}


def with_genre(vocals: Tensor, genres: list[str], noise: Tensor, sample_rate_hz: int) -> Tensor:
    """Return (batch, n_samples) vocals as their genres produce them: vocoder, saturation, room.

    noise : (batch, n_samples) of variance 1
    """
    decay_s, wet, drive_db, robot = torch.tensor([GENRE_EFFECTS[genre] for genre in genres]).T
    mixed = vocals.clone()
    crushed = robot.nonzero().flatten()
    if len(crushed):
        dry = vocals[crushed]
        wet_vocals = vocoded(dry, sample_rate_hz, n_bands=40, frame_s=0.02)
        mixed[crushed] = torch.lerp(dry, wet_vocals, robot[crushed, None])
    driven = torch.tanh(mixed * 10 ** (drive_db[:, None] / 20) / 3)
    saturated = torch.where(drive_db[:, None] > 0, driven * dsp.level(mixed) / dsp.level(driven), mixed)
    return dsp.reverberated(saturated, decay_s, wet, noise[:, : sample_rate_hz // 2], sample_rate_hz)


def vocoded(vocals: Tensor, sample_rate_hz: int, n_bands: int, frame_s: float) -> Tensor:
    """Return (batch, n_samples) rebuilt from few numbers: `n_bands` band energies every `frame_s` seconds.

    Within a band the magnitudes are flat; the phases are the voice's own, which keeps the pitch and sounds like a
    robot.
    """
    spectrum = dsp.spectrogram(vocals, sample_rate_hz)
    bands = _bands(n_bands, sample_rate_hz)  # (n_bands, n_bins), rows sum to 1
    energy = bands @ spectrum.abs().square()  # (batch, n_bands, n_frames)
    held = _held(energy, round(frame_s / dsp.HOP_S))
    envelope = (bands > 0).float().T @ held.sqrt()  # (batch, n_bins, n_frames)
    rebuilt = dsp.resynthesis(torch.sgn(spectrum) * envelope, vocals.shape[-1], sample_rate_hz)
    return rebuilt * dsp.level(vocals) / dsp.level(rebuilt)


def _bands(n_bands: int, sample_rate_hz: int) -> Tensor:
    hertz = dsp.bin_frequencies(sample_rate_hz)
    mel = torch.log1p(hertz / 700)
    place = (mel / mel[-1] * n_bands).long().clamp(max=n_bands - 1)
    member = (place == torch.arange(n_bands)[:, None]).float()
    return member / member.sum(dim=1, keepdim=True).clamp(min=1)


def _held(energy: Tensor, n_frames: int) -> Tensor:
    pooled = torch.nn.functional.avg_pool1d(energy, n_frames, ceil_mode=True)
    return pooled.repeat_interleave(n_frames, dim=-1)[..., : energy.shape[-1]]
