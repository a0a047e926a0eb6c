"""Random rooms: impulse responses, and sounds in them."""

import numpy as np
import torch
from torch import Tensor

RIR_S = 1.0
"""Duration of an impulse response, in seconds."""


def draw_rirs(rng: np.random.Generator, count: int, sample_rate_hz: int) -> Tensor:
    """Return room impulse responses: a direct sound, then noise that decays within 0.1 s to 3 s.

    Args:
        rng: Source of random numbers.
        count: Number of rooms.
        sample_rate_hz: Sample rate, in hertz.

    Returns:
        (count, n_taps) float32.
    """
    n_taps = round(RIR_S * sample_rate_hz)
    decay_s = 10 ** rng.uniform(-1, 0.5, (count, 1))
    tails = rng.normal(size=(count, n_taps)) * np.exp(-6.9 * np.arange(n_taps) / sample_rate_hz / decay_s)
    tails *= rng.uniform(0, 1, (count, 1)) ** 2 / np.linalg.norm(tails, axis=1, keepdims=True)
    tails[:, 0] = 1
    return torch.from_numpy(tails).float()


def convolve_rir(waveforms: Tensor, rirs: Tensor) -> Tensor:
    """Return each waveform convolved with its own room impulse response.

    Args:
        waveforms: (batch, n_samples).
        rirs: (batch, n_taps).

    Returns:
        (batch, n_samples).
    """
    size = waveforms.shape[-1] + rirs.shape[-1]
    wet: Tensor = torch.fft.irfft(torch.fft.rfft(waveforms, size) * torch.fft.rfft(rirs, size), size)
    return wet[:, : waveforms.shape[-1]]
