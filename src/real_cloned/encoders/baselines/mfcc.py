"""`mfcc`: what singers were told apart by before embeddings were learned; a floor without any training.

An embedding is the mean and the standard deviation, over a segment's frames, of its mel-frequency cepstral coefficients
and of their deltas (Kim and Whitman, ISMIR 2002; Mesaros et al., ISMIR 2007). Each coefficient is lifted by a fixed
weight, which brings them to about one scale: a probe has batch normalisation, but cosine similarities would otherwise
be those of the first few. The weights are HTK's, not measured on any data, so that the floor has seen no singer.
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
    """Segments to statistics of their MFCC."""

    lifter: Tensor

    def __init__(self, parameters: MfccParameters, sample_rate_hz: int):
        super().__init__()
        settings = {"n_fft": parameters.n_fft, "hop_length": parameters.hop_length, "n_mels": parameters.n_mels}
        self.mfcc = MFCC(sample_rate_hz, parameters.n_mfcc, log_mels=True, melkwargs=settings)
        self.delta_frames = parameters.delta_frames
        self.register_buffer("lifter", lifter(parameters.n_mfcc, parameters.lifter))
        self.embedding_size = N_STATISTICS * parameters.n_mfcc

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return (batch, 4 n_mfcc) for waveforms (batch, n_channels, n_samples) of any level, floats or int16.

        All channels' mean is heard, brought to a peak of 1: a segment's loudness is no trait of a voice.
        """
        mono = waveforms.to(torch.get_default_dtype()).mean(dim=1)  # (batch, n_samples)
        mono = mono / mono.abs().amax(dim=1, keepdim=True).clamp(min=1e-8)
        coefficients = self.lifter[:, None] * self.mfcc(mono)  # (batch, n_mfcc, n_frames)
        deltas = compute_deltas(coefficients, self.delta_frames)
        parts = [part for frames in (coefficients, deltas) for part in (frames.mean(dim=2), frames.std(dim=2))]
        return torch.cat(parts, dim=1)


def lifter(n_mfcc: int, length: int) -> Tensor:
    """Return (n_mfcc,) weights: coefficient k is multiplied by 1 + L/2 sin(pi k / L).

    Source: Young et al., The HTK Book, section 5.3 (CEPLIFTER, L = 22).
    """
    return 1 + length / 2 * torch.sin(torch.pi * torch.arange(n_mfcc) / length)


def load_mfcc(weights: Weights) -> MfccStatistics:
    """Return the encoder of `weights`. Raises KeyError, ValueError or RuntimeError when they are not those of one."""
    parameters = MfccParameters.model_validate(weights.config["pretrain"])
    audio = AudioParameters.model_validate(weights.config["audio"])
    encoder = MfccStatistics(parameters, audio.sample_rate_hz)
    encoder.load_state_dict(dict(weights.tensors))
    return encoder


def mfcc_weights(parameters: MfccParameters, audio: AudioParameters) -> Weights:
    """Return the fixed tables that the encoder computes with, or none at all where parameters want no such variant."""
    tables = MfccStatistics(parameters, audio.sample_rate_hz).state_dict()
    return Weights({name: table.contiguous() for name, table in tables.items()}, encoder_config(parameters, audio))
