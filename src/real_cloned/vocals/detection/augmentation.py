"""What studios, rooms and carriers do to sound, drawn at random: so that no fixed timbre or level means "voice"."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

N_FFT, HOP = 512, 256
ROOM_S = 1.0


def warp_positions(rng: np.random.Generator, n_samples: int, sample_rate_hz: int, glide: float) -> NDArray[np.float64]:
    """Return (n_samples,) rising positions in samples: read there, a sound is slower or faster, and its pitch glides.

    glide : standard deviation in semitones of the glides, which turn a few times a second
    """
    n_knots = max(2, round(n_samples / sample_rate_hz * rng.uniform(1.5, 6)))
    knots = rng.uniform(-5, 5) + rng.normal(0, glide, n_knots)
    semitones = np.interp(np.linspace(0, 1, n_samples), np.linspace(0, 1, n_knots), knots)
    return np.asarray(np.cumsum(2 ** (semitones / 12)))


def articulated(
    rng: np.random.Generator, samples: NDArray[np.float32], activity: NDArray[np.float32], sample_rate_hz: int
) -> NDArray[np.float32]:
    """Return a voice (n_samples,) with consonants: up to eight a second, the tone muffled, most of them hissing.

    activity : (n_steps,) where the voice sounds, evenly over the samples; it hisses nowhere else
    """
    duration_s = len(samples) / sample_rate_hz
    tone, hiss = np.ones(round(200 * duration_s)), np.zeros(round(200 * duration_s))  # 5 ms each
    for start in rng.integers(len(tone), size=rng.poisson(rng.uniform(0, 8) * duration_s)):
        here = slice(start, start + rng.integers(6, 25))
        tone[here] = rng.uniform(0, 0.5)
        hiss[here] = rng.uniform(0, 0.6) * (rng.random() < 0.7)
    hiss *= activity[np.arange(len(hiss)) * len(activity) // len(hiss)]
    places = np.linspace(0, len(tone) - 1, len(samples))
    noise = np.diff(rng.standard_normal(len(samples) + 1, np.float32)) * samples.std()
    curves = (np.interp(places, np.arange(len(tone)), curve) for curve in (tone, hiss))
    return np.asarray(samples * next(curves) + noise * next(curves), np.float32)


def filtered(waveforms: Tensor, points_db: Tensor) -> Tensor:
    """Return (batch, n_samples) through filters that move.

    points_db : (batch, n_frequencies, n_times) gains in decibels, evenly spaced in log frequency from 80 Hz on and in
    time, with straight lines between them; n_times of 1 is a fixed filter
    """
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(waveforms, N_FFT, HOP, window=window, return_complex=True)  # (batch, n_bins, n_frames)
    place = torch.log(torch.arange(N_FFT // 2 + 1).clamp(min=2) / 2)
    place = place / place[-1] * (points_db.shape[1] - 1)
    left = place.long().clamp(max=points_db.shape[1] - 2)
    share = (place - left)[:, None]
    gains_db = functional.interpolate(points_db, spectrum.shape[-1], mode="linear", align_corners=True)
    gains_db = gains_db[:, left] * (1 - share) + gains_db[:, left + 1] * share
    return torch.istft(spectrum * 10 ** (gains_db / 20), N_FFT, HOP, window=window, length=waveforms.shape[-1])


def draw_rooms(rng: np.random.Generator, count: int, sample_rate_hz: int) -> Tensor:
    """Return (count, n_taps) impulse responses: a direct sound, then noise that decays within 0.1 s to 3 s."""
    n_taps = round(ROOM_S * sample_rate_hz)
    decay_s = 10 ** rng.uniform(-1, 0.5, (count, 1))
    tails = rng.normal(size=(count, n_taps)) * np.exp(-6.9 * np.arange(n_taps) / sample_rate_hz / decay_s)
    tails *= rng.uniform(0, 1, (count, 1)) ** 2 / np.linalg.norm(tails, axis=1, keepdims=True)
    tails[:, 0] = 1
    return torch.from_numpy(tails).float()


def in_rooms(waveforms: Tensor, rooms: Tensor) -> Tensor:
    """Return (batch, n_samples): each waveform in its own room (batch, n_taps)."""
    size = waveforms.shape[-1] + rooms.shape[-1]
    wet: Tensor = torch.fft.irfft(torch.fft.rfft(waveforms, size) * torch.fft.rfft(rooms, size), size)
    return wet[:, : waveforms.shape[-1]]


def saturated(waveforms: Tensor, drive: Tensor) -> Tensor:
    """Return (batch, n_samples) pressed by a hyperbolic tangent. drive : (batch, 1), from 0 (not at all) on."""
    pressed = torch.tanh(waveforms * drive) / drive.clamp(min=1e-3)
    return torch.where(drive > 1e-3, pressed, waveforms)


def levelled(waveforms: Tensor) -> Tensor:
    """Return (batch, n_samples) at a root mean square of 1; silence stays silent."""
    return waveforms / waveforms.square().mean(dim=-1, keepdim=True).sqrt().clamp(min=1e-6)
