"""Signal processing that voices, bands and effects share. All of it is batched: the first axis is the track.

One frame of control is one hop of the short-time Fourier transform, so a control curve of n_frames multiplies a
spectrogram of n_frames without resampling.
"""

import torch
from scipy.fft import next_fast_len
from torch import Tensor

HOP_S = 0.01
N_FFT_HOPS = 4


def hop(sample_rate_hz: int) -> int:
    """Return the samples in one control frame (10 ms)."""
    return round(HOP_S * sample_rate_hz)


def to_samples(curve: Tensor, sample_rate_hz: int) -> Tensor:
    """Return a control curve (..., n_frames) interpolated linearly to (..., n_frames * hop) samples."""
    following = torch.cat([curve[..., 1:], curve[..., -1:]], dim=-1)
    ramp = torch.arange(hop(sample_rate_hz)) / hop(sample_rate_hz)
    return (curve[..., None] + (following - curve)[..., None] * ramp).flatten(-2)


def phase(hertz: Tensor, sample_rate_hz: int) -> Tensor:
    """Return the running phase in cycles (..., n_frames * hop) of a frequency curve (..., n_frames).

    The frequency is interpolated as by `to_samples`; its integral has a closed form within each frame.
    """
    following = torch.cat([hertz[..., 1:], hertz[..., -1:]], dim=-1)
    lengths = (hertz.double() + following.double()) / 2 * HOP_S  # cycles in each frame
    starts = torch.cumsum(lengths, dim=-1) - lengths
    time_s = torch.arange(hop(sample_rate_hz)) / sample_rate_hz
    slope = (following - hertz) / (2 * HOP_S)
    cycles = (starts - starts.floor()).float()[..., None] + (hertz[..., None] + slope[..., None] * time_s) * time_s
    return cycles.flatten(-2)


def sawtooth(hertz: Tensor, sample_rate_hz: int) -> Tensor:
    """Return a sawtooth (..., n_samples) in [-1, 1] of a frequency curve (..., n_frames), its jumps smoothed: PolyBLEP.

    Source: Välimäki et al., "Alias-suppressed oscillators based on differentiated polynomial waveforms", 2010.
    """
    step = to_samples(hertz, sample_rate_hz) / sample_rate_hz
    cycles = phase(hertz, sample_rate_hz)
    cycle = cycles - cycles.floor()
    after = (cycle / step).clamp(max=1.0)
    before = ((cycle - 1.0) / step).clamp(min=-1.0)
    smooth = -((1.0 - after) ** 2) + (1.0 + before) ** 2
    return 2.0 * cycle - 1.0 - smooth


def spectrogram(samples: Tensor, sample_rate_hz: int) -> Tensor:
    """Return the complex spectrogram (batch, n_bins, n_frames + 1) of (batch, n_samples)."""
    size = N_FFT_HOPS * hop(sample_rate_hz)
    window = torch.hann_window(size)
    return torch.stft(samples, size, hop(sample_rate_hz), window=window, return_complex=True)


def resynthesis(spectrum: Tensor, n_samples: int, sample_rate_hz: int) -> Tensor:
    """Return samples (batch, n_samples): the inverse of `spectrogram`, by plain overlap-add."""
    spacing, size = hop(sample_rate_hz), N_FFT_HOPS * hop(sample_rate_hz)
    frames = torch.fft.irfft(spectrum.transpose(1, 2), size) * torch.hann_window(size) / 1.5  # (batch, n_frames, size)
    sums = torch.zeros(len(frames), frames.shape[1] + N_FFT_HOPS - 1, spacing)
    for part, piece in enumerate(frames.split(spacing, dim=-1)):
        sums[:, part : part + frames.shape[1]] += piece
    return sums.flatten(1)[:, size // 2 : size // 2 + n_samples]


def bin_frequencies(sample_rate_hz: int) -> Tensor:
    """Return the frequencies in hertz (n_bins,) of the bins of `spectrogram`."""
    frequencies: Tensor = torch.fft.rfftfreq(N_FFT_HOPS * hop(sample_rate_hz), 1 / sample_rate_hz)
    return frequencies


def filtered(samples: Tensor, log_response: Tensor, sample_rate_hz: int) -> Tensor:
    """Return (batch, n_samples) through a fixed filter given as natural-log magnitudes (batch, n_bins)."""
    spectrum = spectrogram(samples, sample_rate_hz) * log_response.exp()[..., None]
    return resynthesis(spectrum, samples.shape[-1], sample_rate_hz)


def smooth_response(points_db: Tensor, sample_rate_hz: int) -> Tensor:
    """Return natural-log magnitudes (batch, n_bins) that pass smoothly through (batch, n_points) decibels.

    The points lie evenly on a logarithmic frequency axis from 60 Hz to half the sample rate.
    """
    octaves = torch.log2(bin_frequencies(sample_rate_hz).clamp(min=60.0) / 60.0)
    position = octaves / octaves[-1] * (points_db.shape[-1] - 1)
    left = position.floor().long().clamp(max=points_db.shape[-1] - 2)
    weight = 0.5 - 0.5 * torch.cos(torch.pi * (position - left))
    return (points_db[:, left] * (1 - weight) + points_db[:, left + 1] * weight) * (torch.log(torch.tensor(10.0)) / 20)


def convolved(samples: Tensor, taps: Tensor) -> Tensor:
    """Return (batch, n_samples): each row convolved with its own (batch, n_taps), cut to the input's length."""
    size = next_fast_len(samples.shape[-1] + taps.shape[-1] - 1, real=True)
    product = torch.fft.rfft(samples, size) * torch.fft.rfft(taps, size)
    result: Tensor = torch.fft.irfft(product, size)
    return result[..., : samples.shape[-1]]


def reverberated(samples: Tensor, decay_s: Tensor, wet: Tensor, noise: Tensor, sample_rate_hz: int) -> Tensor:
    """Return (batch, n_samples) in a room of exponentially decaying noise.

    decay_s : (batch,) seconds to fall by 60 dB; wet : (batch,) share of the room's sound; noise : (batch, n_taps).
    """
    time_s = torch.arange(noise.shape[-1]) / sample_rate_hz
    room = noise * torch.exp(-6.9 * time_s / decay_s[:, None])
    room = room / room.norm(dim=-1, keepdim=True)
    return samples * (1 - wet[:, None]) + convolved(samples, room) * wet[:, None]


def level(samples: Tensor) -> Tensor:
    """Return the root mean square (batch, 1) of (batch, n_samples), never zero."""
    return samples.square().mean(dim=-1, keepdim=True).sqrt().clamp(min=1e-6)
