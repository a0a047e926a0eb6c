"""The encoder `mfcc`: statistics of mel-frequency cepstral coefficients (MFCC), a lower bound without any training.

An embedding is the mean and the standard deviation, over a segment's frames, of the MFCC and of their deltas (Kim and
Whitman, ISMIR 2002; Mesaros et al., ISMIR 2007). Each coefficient is multiplied by a fixed weight, which brings them to
about one scale: a probe has batch normalisation, but cosine similarities would otherwise depend on the first few
coefficients alone. The weights are those of HTK, which were not fitted to any data.
"""

import torch
from torch import Tensor, nn
from torchaudio.functional import compute_deltas
from torchaudio.transforms import MFCC

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import MfccParameters

N_STATISTICS = 4
"""Mean and standard deviation, of coefficients and of deltas."""


class MfccStatistics(nn.Module):
    """Segments to statistics of their MFCC.

    Args:
        parameters: Of the variant.
        sample_rate_hz: Of the segments, in hertz.

    Attributes:
        lifter: Weights of the coefficients. Shape: (n_mfcc,).

    Example:
        >>> parameters = MfccParameters(name="mfcc", inference_stem="vocals", n_mfcc=13)
        >>> encoder = MfccStatistics(parameters, sample_rate_hz=16000)
        >>> encoder(torch.randn(2, 1, 16000)).shape  # means and deviations of 13 coefficients and 13 deltas
        torch.Size([2, 52])
    """

    lifter: Tensor

    def __init__(self, parameters: MfccParameters, sample_rate_hz: int):
        super().__init__()
        mel_settings = {"n_fft": parameters.n_fft, "hop_length": parameters.hop_length, "n_mels": parameters.n_mels}
        self.mfcc = MFCC(sample_rate_hz, parameters.n_mfcc, log_mels=True, melkwargs=mel_settings)
        self.delta_frames = parameters.delta_frames
        self.register_buffer("lifter", lifter(parameters.n_mfcc, parameters.lifter))
        self.embedding_size = N_STATISTICS * parameters.n_mfcc

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return the statistics of the mean of all channels, scaled to a peak of 1: loudness is no trait of a voice.

        Autocast is off in here: nothing would be faster in bfloat16, and its rounding would be part of the statistics.

        Args:
            waveforms: Of any level, float or int16. Shape: (batch, n_channels, n_samples).

        Returns:
            Mean and deviation of the coefficients, then of their deltas, shape (batch, 4 n_mfcc).
        """
        with torch.autocast(waveforms.device.type, enabled=False):
            return self._statistics(waveforms)

    def _statistics(self, waveforms: Tensor) -> Tensor:
        mono = waveforms.to(torch.get_default_dtype()).mean(dim=1)  # (batch, n_samples)
        mono = mono / mono.abs().amax(dim=1, keepdim=True).clamp(min=1e-8)
        coefficients = self.lifter[:, None] * self.mfcc(mono)  # (batch, n_mfcc, n_frames)
        deltas = compute_deltas(coefficients, self.delta_frames)  # (batch, n_mfcc, n_frames)
        parts = [part for frames in (coefficients, deltas) for part in (frames.mean(dim=2), frames.std(dim=2))]
        return torch.cat(parts, dim=1)


def lifter(n_mfcc: int, length: int) -> Tensor:
    """Return the weights of the coefficients: 1 + L/2 sin(pi k / L) for coefficient k, shape (n_mfcc,).

    Source: Young et al., The HTK Book, section 5.3 (CEPLIFTER, L = 22).

    Args:
        n_mfcc: Number of coefficients.
        length: L.
    """
    return 1 + length / 2 * torch.sin(torch.pi * torch.arange(n_mfcc) / length)


def mfcc_weights(parameters: MfccParameters, audio: AudioParameters) -> Weights:
    """Return the fixed tables that the encoder computes with.

    Args:
        parameters: Of the variant.
        audio: Sample rate of the segments.
    """
    tables = MfccStatistics(parameters, audio.sample_rate_hz).state_dict()
    return Weights({name: table.contiguous() for name, table in tables.items()}, encoder_config(parameters, audio))


def load_mfcc(weights: Weights) -> MfccStatistics:
    """Return the encoder that `weights` belong to; `registry.load_encoder` does it for every family.

    Args:
        weights: Of an encoder of family `mfcc`.

    Raises:
        KeyError: The config lacks a part.
        ValueError: The config holds other parameters.
        RuntimeError: The tensors do not fit the config.
    """
    parameters = MfccParameters.model_validate(weights.config["pretrain"])
    audio = AudioParameters.model_validate(weights.config["audio"])
    encoder = MfccStatistics(parameters, audio.sample_rate_hz)
    encoder.load_state_dict(dict(weights.tensors))
    return encoder
