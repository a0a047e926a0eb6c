"""Log-mel spectrograms, computed on the device that uses them."""

import torch
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks
from torchaudio.transforms import Spectrogram

from real_cloned.parameters.pretrain import LogMelParameters

MIN_PEAK = 1e-8


class LogMel(nn.Module):
    """Waveforms to log-mel: `log(mel + floor)` of the power spectrum, each waveform first brought to a peak of 1.

    Paper, section 3.2: FFT 800, hop 400, 128 mel bins at 16 kHz. Authors' code: natural log, floor 1e-10,
    peak-normalised.
    The numbers are those of torchaudio's MelSpectrogram. Power and mel bands are one matrix product here, which needs
    no copy of the spectrum.

    Args:
        parameters: Sample rate, window, hop, number of mel bands, floor, centre and scale.

    Example:
        >>> parameters = LogMelParameters(sample_rate_hz=16000, n_fft=800, hop_length=400, n_mels=128)
        >>> LogMel(parameters)(torch.zeros(2, 1, 96000)).shape
        torch.Size([2, 1, 128, 240])
    """

    bands: Tensor

    def __init__(self, parameters: LogMelParameters):
        super().__init__()
        self.floor = parameters.floor
        self.sample_rate_hz = parameters.sample_rate_hz
        self.hop_length = parameters.hop_length
        self.centre, self.scale = parameters.centre, parameters.scale
        self.spectrogram = Spectrogram(n_fft=parameters.n_fft, hop_length=parameters.hop_length, power=None)
        nyquist = parameters.sample_rate_hz / 2
        bands = melscale_fbanks(parameters.n_fft // 2 + 1, 0.0, nyquist, parameters.n_mels, parameters.sample_rate_hz)
        self.register_buffer("bands", bands.repeat_interleave(2, dim=0), persistent=False)  # (2 n_bins, n_mels)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return the log-mel spectrogram.

        Autocast is off in here: the logarithm would amplify the rounding of bfloat16.

        Args:
            waveforms: (batch, n_channels, n_samples), floating point of any level, or int16.

        Returns:
            (batch, n_channels, n_mels, n_samples // hop_length).
        """
        with torch.autocast(waveforms.device.type, enabled=False):
            return self._log_mel(waveforms if waveforms.is_floating_point() else waveforms.float())

    def _log_mel(self, waveforms: Tensor) -> Tensor:
        peaks = waveforms.abs().amax(dim=(1, 2)).clamp(min=MIN_PEAK)  # (batch,)
        return self.from_spectrum(self.spectrum(waveforms / peaks[:, None, None]))

    def spectrum(self, waveforms: Tensor) -> Tensor:
        """Return the complex spectrogram, of waveforms as they are.

        Args:
            waveforms: (batch, n_channels, n_samples), floating point.

        Returns:
            Real and imaginary parts, (batch, n_channels, n_samples // hop_length, n_fft // 2 + 1, 2).
        """
        n_frames = waveforms.shape[-1] // self.hop_length
        spectrum = self.spectrogram(waveforms)[..., :n_frames]  # (batch, n_channels, n_bins, n_frames)
        return torch.view_as_real(spectrum.transpose(-1, -2))

    def from_spectrum(self, spectrum: Tensor, peaks: Tensor | None = None) -> Tensor:
        """Return the log-mel spectrogram of complex spectrograms.

        Args:
            spectrum: As `spectrum` returns them.
            peaks: Peak of each waveform, which is brought to 1; None: it is 1. Shape: (batch,).

        Returns:
            (batch, n_channels, n_mels, n_frames).
        """
        mel = spectrum.square().flatten(-2) @ self.bands  # (batch, n_channels, n_frames, n_mels)
        if peaks is not None:
            mel = mel / peaks.clamp(min=MIN_PEAK).square()[:, None, None, None]
        return (torch.log(mel + self.floor).transpose(-1, -2) - self.centre) / self.scale
