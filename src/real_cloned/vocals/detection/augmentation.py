"""Random augmentation for the vocal detector: speed, pitch glides, consonants, filters, saturation.

Voices and backings are treated alike, so that no fixed timbre, room or level indicates a voice.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

N_FFT, HOP_LENGTH = 512, 256


def warp_positions(rng: np.random.Generator, n_samples: int, sample_rate_hz: int, glide: float) -> NDArray[np.float64]:
    """Return increasing positions at which to read a sound, so that its speed changes and its pitch glides.

    Args:
        rng: Source of random numbers.
        n_samples: Number of positions.
        sample_rate_hz: Sample rate, in hertz.
        glide: Standard deviation of the glides, in semitones; they change direction a few times a second.

    Returns:
        (n_samples,) float64, in samples.
    """
    n_knots = max(2, round(n_samples / sample_rate_hz * rng.uniform(1.5, 6)))
    knots = rng.uniform(-5, 5) + rng.normal(0, glide, n_knots)
    semitones = np.interp(np.linspace(0, 1, n_samples), np.linspace(0, 1, n_knots), knots)
    return np.asarray(np.cumsum(2 ** (semitones / 12)))


def add_consonants(
    rng: np.random.Generator, samples: NDArray[np.float32], activity: NDArray[np.float32], sample_rate_hz: int
) -> NDArray[np.float32]:
    """Return a voice with consonants: up to eight a second, in which the tone is attenuated, most with noise.

    Args:
        rng: Source of random numbers.
        samples: (n_samples,) float32.
        activity: (n_steps,) 0 or 1, evenly spaced over the samples; noise is added only where it is 1.
        sample_rate_hz: Sample rate, in hertz.

    Returns:
        (n_samples,) float32.
    """
    duration_s = len(samples) / sample_rate_hz
    tone, noise_gain = np.ones(round(200 * duration_s)), np.zeros(round(200 * duration_s))  # 5 ms each
    for start in rng.integers(len(tone), size=rng.poisson(rng.uniform(0, 8) * duration_s)):
        span = slice(start, start + rng.integers(6, 25))
        tone[span] = rng.uniform(0, 0.5)
        noise_gain[span] = rng.uniform(0, 0.6) * (rng.random() < 0.7)
    noise_gain *= activity[np.arange(len(noise_gain)) * len(activity) // len(noise_gain)]
    positions = np.linspace(0, len(tone) - 1, len(samples))
    noise = np.diff(rng.standard_normal(len(samples) + 1, np.float32)) * samples.std()
    curves = (np.interp(positions, np.arange(len(tone)), curve) for curve in (tone, noise_gain))
    return np.asarray(samples * next(curves) + noise * next(curves), np.float32)


def apply_eq(waveforms: Tensor, points_db: Tensor) -> Tensor:
    """Return waveforms through filters whose gains change over time.

    Args:
        waveforms: (batch, n_samples).
        points_db: (batch, n_frequencies, n_times) gains in decibels, evenly spaced in time and, from 80 Hz on, in log
            frequency, with linear interpolation between; one time is a fixed filter.

    Returns:
        (batch, n_samples).
    """
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(waveforms, N_FFT, HOP_LENGTH, window=window, return_complex=True)  # (batch, n_bins, n_frames)
    position = torch.log(torch.arange(N_FFT // 2 + 1).clamp(min=2) / 2)
    position = position / position[-1] * (points_db.shape[1] - 1)
    left = position.long().clamp(max=points_db.shape[1] - 2)
    weight = (position - left)[:, None]  # (n_bins, 1)
    gains_db = functional.interpolate(points_db, spectrum.shape[-1], mode="linear", align_corners=True)
    gains_db = gains_db[:, left] * (1 - weight) + gains_db[:, left + 1] * weight  # (batch, n_bins, n_frames)
    return torch.istft(spectrum * 10 ** (gains_db / 20), N_FFT, HOP_LENGTH, window=window, length=waveforms.shape[-1])


def saturate(waveforms: Tensor, drive: Tensor) -> Tensor:
    """Return waveforms compressed by a hyperbolic tangent.

    Args:
        waveforms: (batch, n_samples).
        drive: (batch, 1); 0 leaves a waveform as it is.

    Returns:
        (batch, n_samples).
    """
    compressed = torch.tanh(waveforms * drive) / drive.clamp(min=1e-3)
    return torch.where(drive > 1e-3, compressed, waveforms)


def normalize_rms(waveforms: Tensor) -> Tensor:
    """Return waveforms at a root mean square of 1; silence stays silent.

    Args:
        waveforms: (batch, n_samples).
    """
    return waveforms / waveforms.square().mean(dim=-1, keepdim=True).sqrt().clamp(min=1e-6)
