"""Signal processing for voices, bands and studio effects. All of it is batched: the first axis is the track.

Control curves have one frame per hop of the short-time Fourier transform (10 ms), so that a curve of n_frames can
multiply a spectrogram of n_frames. Filters are given as natural-log magnitudes at the bins of `stft`.
"""

import torch
from scipy.fft import next_fast_len
from torch import Tensor

HOP_S = 0.01
N_FFT_HOPS = 4


def hop_length(sample_rate_hz: int) -> int:
    """Return the number of samples in one control frame (10 ms).

    Args:
        sample_rate_hz: Sample rate in hertz.
    """
    return round(HOP_S * sample_rate_hz)


def upsample_control(curve: Tensor, sample_rate_hz: int) -> Tensor:
    """Interpolate a control curve linearly to the sample rate.

    Args:
        curve: (..., n_frames) float32.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (..., n_frames * hop_length).
    """
    following = torch.cat([curve[..., 1:], curve[..., -1:]], dim=-1)
    ramp = torch.arange(hop_length(sample_rate_hz)) / hop_length(sample_rate_hz)
    return (curve[..., None] + (following - curve)[..., None] * ramp).flatten(-2)


def phase_cycles(frequency_hz: Tensor, sample_rate_hz: int) -> Tensor:
    """Return the running phase of an oscillator in cycles.

    The frequency is interpolated as by `upsample_control`; its integral has a closed form within each frame.

    Args:
        frequency_hz: (..., n_frames) instantaneous frequency in hertz.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (..., n_frames * hop_length), up to whole cycles.
    """
    following = torch.cat([frequency_hz[..., 1:], frequency_hz[..., -1:]], dim=-1)
    lengths = (frequency_hz.double() + following.double()) / 2 * HOP_S  # cycles in each frame
    starts = torch.cumsum(lengths, dim=-1) - lengths
    time_s = torch.arange(hop_length(sample_rate_hz)) / sample_rate_hz
    slope = (following - frequency_hz) / (2 * HOP_S)
    within = (frequency_hz[..., None] + slope[..., None] * time_s) * time_s  # (..., n_frames, hop_length)
    cycles = (starts - starts.floor()).float()[..., None] + within
    return cycles.flatten(-2)


def sawtooth(frequency_hz: Tensor, sample_rate_hz: int) -> Tensor:
    """Return a sawtooth in [-1, 1] whose jumps are smoothed by PolyBLEP against aliasing.

    Source: Välimäki et al., "Alias-suppressed oscillators based on differentiated polynomial waveforms", 2010.

    Args:
        frequency_hz: (..., n_frames) instantaneous frequency in hertz.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (..., n_frames * hop_length).
    """
    step = upsample_control(frequency_hz, sample_rate_hz) / sample_rate_hz
    cycles = phase_cycles(frequency_hz, sample_rate_hz)
    cycle = cycles - cycles.floor()
    after = (cycle / step).clamp(max=1.0)
    before = ((cycle - 1.0) / step).clamp(min=-1.0)
    correction = -((1.0 - after) ** 2) + (1.0 + before) ** 2
    return 2.0 * cycle - 1.0 - correction


def stft(samples: Tensor, sample_rate_hz: int) -> Tensor:
    """Return the short-time Fourier transform with a Hann window of four hops.

    Args:
        samples: (batch, n_samples) float32.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_bins, n_frames + 1) complex.
    """
    n_fft = N_FFT_HOPS * hop_length(sample_rate_hz)
    window = torch.hann_window(n_fft)
    return torch.stft(samples, n_fft, hop_length(sample_rate_hz), window=window, return_complex=True)


def istft(spectrum: Tensor, n_samples: int, sample_rate_hz: int) -> Tensor:
    """Return the inverse of `stft` by plain overlap-add; the first and last hop are attenuated.

    Args:
        spectrum: (batch, n_bins, n_frames) complex.
        n_samples: Length of the result in samples.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_samples) float32.
    """
    hop, n_fft = hop_length(sample_rate_hz), N_FFT_HOPS * hop_length(sample_rate_hz)
    frames = (
        torch.fft.irfft(spectrum.transpose(1, 2), n_fft) * torch.hann_window(n_fft) / 1.5
    )  # (batch, n_frames, n_fft)
    sums = torch.zeros(len(frames), frames.shape[1] + N_FFT_HOPS - 1, hop)
    for index, part in enumerate(frames.split(hop, dim=-1)):  # part: (batch, n_frames, hop)
        sums[:, index : index + frames.shape[1]] += part
    return sums.flatten(1)[:, n_fft // 2 : n_fft // 2 + n_samples]


def fft_frequencies(sample_rate_hz: int) -> Tensor:
    """Return the frequencies (n_bins,) in hertz of the bins of `stft`.

    Args:
        sample_rate_hz: Sample rate in hertz.
    """
    frequencies: Tensor = torch.fft.rfftfreq(N_FFT_HOPS * hop_length(sample_rate_hz), 1 / sample_rate_hz)
    return frequencies


def apply_filter(samples: Tensor, log_response: Tensor, sample_rate_hz: int) -> Tensor:
    """Filter with a zero-phase response that does not change over time.

    Args:
        samples: (batch, n_samples) float32.
        log_response: (batch, n_bins) natural-log magnitudes.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_samples) float32.
    """
    spectrum = stft(samples, sample_rate_hz) * log_response.exp()[..., None]  # (batch, n_bins, n_frames + 1)
    return istft(spectrum, samples.shape[-1], sample_rate_hz)


def interpolate_response(points_db: Tensor, sample_rate_hz: int) -> Tensor:
    """Return a smooth filter response through points that lie evenly in log frequency from 60 Hz to half the rate.

    Args:
        points_db: (batch, n_points) gains in decibels.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_bins) natural-log magnitudes.
    """
    octaves = torch.log2(fft_frequencies(sample_rate_hz).clamp(min=60.0) / 60.0)
    position = octaves / octaves[-1] * (points_db.shape[-1] - 1)
    left = position.floor().long().clamp(max=points_db.shape[-1] - 2)
    weight = 0.5 - 0.5 * torch.cos(torch.pi * (position - left))
    return (points_db[:, left] * (1 - weight) + points_db[:, left + 1] * weight) * (torch.log(torch.tensor(10.0)) / 20)


def fft_convolve(samples: Tensor, taps: Tensor) -> Tensor:
    """Convolve each row with its own filter, cut to the length of the input.

    Args:
        samples: (batch, n_samples) float32.
        taps: (batch, n_taps) float32.

    Returns:
        (batch, n_samples) float32.
    """
    n_fft = next_fast_len(samples.shape[-1] + taps.shape[-1] - 1, real=True)
    product = torch.fft.rfft(samples, n_fft) * torch.fft.rfft(taps, n_fft)
    result: Tensor = torch.fft.irfft(product, n_fft)
    return result[..., : samples.shape[-1]]


def add_reverb(samples: Tensor, decay_s: Tensor, wet: Tensor, noise: Tensor, sample_rate_hz: int) -> Tensor:
    """Add the sound of a room whose impulse response is exponentially decaying noise.

    Args:
        samples: (batch, n_samples) float32.
        decay_s: (batch,) seconds in which the room falls by 60 dB.
        wet: (batch,) share of the room's sound, in [0, 1].
        noise: (batch, n_taps) of variance 1.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_samples) float32.
    """
    time_s = torch.arange(noise.shape[-1]) / sample_rate_hz
    room = noise * torch.exp(-6.9 * time_s / decay_s[:, None])
    room = room / room.norm(dim=-1, keepdim=True)
    return samples * (1 - wet[:, None]) + fft_convolve(samples, room) * wet[:, None]


def rms(samples: Tensor) -> Tensor:
    """Return the root mean square (batch, 1), at least 1e-6.

    Args:
        samples: (batch, n_samples) float32.
    """
    return samples.square().mean(dim=-1, keepdim=True).sqrt().clamp(min=1e-6)
