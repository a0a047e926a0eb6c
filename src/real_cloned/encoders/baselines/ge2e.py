"""The family `ge2e`: the LSTM with published weights for speaker verification, a baseline without any training.

The weights and the front end are those of resemble-ai/Resemblyzer 0.1.4 (Apache 2.0; after Wan et al., ICASSP 2018):
constants from its `hparams.py`, computation from its `voice_encoder.py` and `audio.py`. Its removal of silence by
webrtcvad is left out, since segments are of singing already. The weights are read from the package or from a file, and
are no part of this project.

Source: https://github.com/resemble-ai/Resemblyzer.
"""

import pickle
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.functional import melscale_fbanks, resample
from torchaudio.transforms import Spectrogram

from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.core.installed_weights import OF_FAMILY
from real_cloned.encoders.lstm.model import LstmEncoder, VoiceLstm
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import LstmParameters

SAMPLE_RATE_HZ = 16000
N_FFT, HOP_LENGTH, N_MELS = 400, 160, 40
"""Windows of 25 ms every 10 ms."""
NETWORK = LstmParameters(n_layers=3, hidden_size=256, embedding_size=256, window_frames=160)
STEP_FRAMES = 77
"""Frames from one window of the network to the next: 1.3 windows a second."""
MIN_COVERAGE = 0.75
"""The last window is left out when a smaller share of it holds audio."""
LEVEL_DBFS = -30.0


class Ge2eWindows(nn.Module):
    """Waveforms to the windows of mel power that the published network was trained on.

    Args:
        sample_rate_hz: Of the waveforms, in hertz.

    Attributes:
        bands: Mel filters. Shape: (n_fft // 2 + 1, n_mels).
    """

    bands: Tensor

    def __init__(self, sample_rate_hz: int):
        super().__init__()
        self.sample_rate_hz = sample_rate_hz
        self.spectrogram = Spectrogram(N_FFT, hop_length=HOP_LENGTH, power=2.0, pad_mode="constant")
        bands = melscale_fbanks(
            N_FFT // 2 + 1, 0.0, SAMPLE_RATE_HZ / 2, N_MELS, SAMPLE_RATE_HZ, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("bands", bands, persistent=False)  # (n_fft // 2 + 1, n_mels)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return windows of mel power (not of its logarithm), of the mean of all channels at 16 kHz.

        Autocast is off in here, as in `audio.logmel`.

        Args:
            waveforms: Float in [-1, 1], or int16; what is quieter than -30 dBFS is raised to that. Shape: (batch,
                n_channels, n_samples).

        Returns:
            Shape (batch, n_windows, 160, 40).
        """
        with torch.autocast(waveforms.device.type, enabled=False):
            return self._windows(waveforms)

    def _windows(self, waveforms: Tensor) -> Tensor:
        scale = 1.0 if waveforms.is_floating_point() else 1 / 32768
        mono = waveforms.to(torch.get_default_dtype()).mean(dim=1) * scale  # (batch, n_samples)
        if self.sample_rate_hz != SAMPLE_RATE_HZ:
            mono = resample(mono, self.sample_rate_hz, SAMPLE_RATE_HZ)
        starts = window_starts(mono.shape[1])
        end = (starts[-1] + NETWORK.window_frames) * HOP_LENGTH
        mel = self.mel(functional.pad(normalize_volume(mono), (0, max(0, end - mono.shape[1]))))
        return torch.stack([mel[:, start : start + NETWORK.window_frames] for start in starts], dim=1)

    def mel(self, waveforms: Tensor) -> Tensor:
        """Return power in mel bands, as librosa's `melspectrogram`, shape (batch, n_frames, 40).

        Args:
            waveforms: At 16 kHz. Shape: (batch, n_samples).
        """
        return self.spectrogram(waveforms).transpose(1, 2) @ self.bands  # type: ignore[no-any-return]


def normalize_volume(waveforms: Tensor) -> Tensor:
    """Return the waveforms, the quiet ones raised to a root mean square of -30 dBFS; none is lowered.

    Args:
        waveforms: In [-1, 1]. Shape: (batch, n_samples).

    Returns:
        Shape (batch, n_samples).
    """
    rms = waveforms.square().mean(dim=1, keepdim=True).sqrt()  # (batch, 1)
    target = 10 ** (LEVEL_DBFS / 20)
    return waveforms * (target / rms.clamp(min=1e-8)).clamp(min=1.0)


def window_starts(n_samples: int) -> list[int]:
    """Return the frames at which the windows of the network start.

    Args:
        n_samples: Length of the audio, in samples at 16 kHz.
    """
    n_frames = -(-(n_samples + 1) // HOP_LENGTH)
    starts = list(range(0, max(1, n_frames - NETWORK.window_frames + STEP_FRAMES + 1), STEP_FRAMES))
    coverage = (n_samples - starts[-1] * HOP_LENGTH) / (NETWORK.window_frames * HOP_LENGTH)
    return starts[:-1] if coverage < MIN_COVERAGE and len(starts) > 1 else starts


def ge2e_encoder(sample_rate_hz: int) -> LstmEncoder:
    """Return the published encoder without its weights.

    Args:
        sample_rate_hz: Of the waveforms that it is given, in hertz.
    """
    return LstmEncoder(Ge2eWindows(sample_rate_hz), VoiceLstm(NETWORK, N_MELS))


def load_ge2e(weights: Weights) -> LstmEncoder:
    """Return the encoder that `weights` belong to; `registry.load_encoder` does it for every family.

    Args:
        weights: Of an encoder of family `ge2e`.

    Raises:
        KeyError: The config lacks a part.
        ValueError: The config holds other parameters.
        RuntimeError: The tensors do not fit the network.
    """
    encoder = ge2e_encoder(AudioParameters.model_validate(weights.config["audio"]).sample_rate_hz)
    encoder.network.load_state_dict(dict(weights.tensors))
    return encoder


def ge2e_tensors(weights: str) -> Mapping[str, Tensor]:
    """Return the tensors of the LSTM and of the linear layer, by the names that `VoiceLstm` gives them.

    Args:
        weights: Path of `pretrained.pt`, or `installed`; nothing in the file but tensors is unpickled.

    Raises:
        RealClonedError: The file is missing or holds something else.
    """
    published = OF_FAMILY["ge2e"]
    path = published.resolve(weights)
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    except (KeyError, TypeError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        # torch's own message advises to unpickle whatever the file holds
        raise RealClonedError(f"{path} does not hold the published speech weights; {published.hint}") from error
    return {name: tensor for name, tensor in state.items() if name.startswith(("lstm.", "linear."))}
