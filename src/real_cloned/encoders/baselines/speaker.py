"""`speaker`: the LSTM with published weights that know speakers from their speech; a baseline without any training.

Source: resemble-ai/Resemblyzer 0.1.4 (Apache 2.0; after Wan et al., ICASSP 2018). The constants are those of its
`hparams.py`, what is heard that of its `voice_encoder.py` and `audio.py`. Left out is its trimming of silences by
webrtcvad: segments are of singing already.

Where the published speech weights are, and how they become ours. They are Resemblyzer's, and never kept here.
"""

import pickle
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.functional import melscale_fbanks, resample
from torchaudio.transforms import Spectrogram

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.model import LstmEncoder, VoiceLstm
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import LstmParameters, SpeakerParameters

SAMPLE_RATE_HZ = 16000
N_FFT, HOP_LENGTH, N_MELS = 400, 160, 40
"""25 ms windows every 10 ms."""
NETWORK = LstmParameters(n_layers=3, hidden_size=256, embedding_size=256, window_frames=160)
STEP_FRAMES = 77
"""1.3 windows begin in a second."""
MIN_COVERAGE = 0.75
"""The last window is left out when less than this share of it holds audio."""
LEVEL_DBFS = -30.0


class SpeakerWindows(nn.Module):
    """Waveforms to the windows of mel power that the published network was trained on."""

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
        """Return (batch, n_windows, 160, 40) for waveforms (batch, n_channels, n_samples) in [-1, 1], or int16.

        At 16 kHz, of all channels' mean, what is quieter than -30 dBFS raised to that; power, not its logarithm.
        """
        scale = 1.0 if waveforms.is_floating_point() else 1 / 32768
        mono = waveforms.to(torch.get_default_dtype()).mean(dim=1) * scale  # (batch, n_samples)
        if self.sample_rate_hz != SAMPLE_RATE_HZ:
            mono = resample(mono, self.sample_rate_hz, SAMPLE_RATE_HZ)
        starts = window_starts(mono.shape[1])
        end = (starts[-1] + NETWORK.window_frames) * HOP_LENGTH
        mel = self.mel(functional.pad(raised(mono), (0, max(0, end - mono.shape[1]))))
        return torch.stack([mel[:, start : start + NETWORK.window_frames] for start in starts], dim=1)

    def mel(self, waveforms: Tensor) -> Tensor:
        """Return (batch, n_frames, 40) power in mel bands, as librosa's `melspectrogram`, for (batch, n_samples)."""
        return self.spectrogram(waveforms).transpose(1, 2) @ self.bands  # type: ignore[no-any-return]


def raised(waveforms: Tensor) -> Tensor:
    """Return (batch, n_samples) with the quiet ones brought to a root mean square of -30 dBFS."""
    level = waveforms.square().mean(dim=1, keepdim=True).sqrt()
    wanted = 10 ** (LEVEL_DBFS / 20)
    return waveforms * (wanted / level.clamp(min=1e-8)).clamp(min=1.0)


def window_starts(n_samples: int) -> list[int]:
    """Return the frames at which the windows of `n_samples` samples at 16 kHz begin."""
    n_frames = -(-(n_samples + 1) // HOP_LENGTH)
    starts = list(range(0, max(1, n_frames - NETWORK.window_frames + STEP_FRAMES + 1), STEP_FRAMES))
    covered = (n_samples - starts[-1] * HOP_LENGTH) / (NETWORK.window_frames * HOP_LENGTH)
    return starts[:-1] if covered < MIN_COVERAGE and len(starts) > 1 else starts


def speaker_encoder(sample_rate_hz: int) -> LstmEncoder:
    """Return the published encoder without its weights, for waveforms at `sample_rate_hz` hertz."""
    return LstmEncoder(SpeakerWindows(sample_rate_hz), VoiceLstm(NETWORK, N_MELS))


def load_speaker(weights: Weights) -> LstmEncoder:
    """Return the encoder of `weights`. Raises KeyError, ValueError or RuntimeError when they are not those of one."""
    encoder = speaker_encoder(AudioParameters.model_validate(weights.config["audio"]).sample_rate_hz)
    encoder.network.load_state_dict(dict(weights.tensors))
    return encoder


def speaker_weights(parameters: SpeakerParameters, audio: AudioParameters) -> Weights:
    """Return the published weights, or none at all where parameters name none.

    Raises RealClonedError, saying how to get them, when they are not where parameters say.
    """
    return Weights(speech_tensors(parameters.weights) if parameters.weights else {}, encoder_config(parameters, audio))


PACKAGE, FILE = "resemblyzer", "resemblyzer/pretrained.pt"
WAY_OUT = (
    'they come with the package resemblyzer: `pip install --no-deps "resemblyzer==0.1.4"` and say '
    "`weights: installed`, or `pip download --no-deps resemblyzer`, unpack the wheel (it is a zip file) and give the "
    "path of resemblyzer/pretrained.pt"
)


def installed_weights() -> Path:
    """Return the path of the weights of the installed package, which is not imported: it needs webrtcvad and librosa.

    Raises RealClonedError, saying how to get them, when the package is not installed, or lacks the file.
    """
    try:
        path = Path(str(metadata.distribution(PACKAGE).locate_file(FILE)))
    except metadata.PackageNotFoundError as error:
        raise RealClonedError(f"the speech weights of variant `speaker` are not installed; {WAY_OUT}") from error
    if not path.is_file():
        raise RealClonedError(f"the installed package {PACKAGE} has no {path}; {WAY_OUT}")
    return path


def speech_tensors(weights: str) -> Mapping[str, Tensor]:
    """Return the tensors of the LSTM and of the linear layer, by the names that `VoiceLstm` gives them.

    weights : path of `pretrained.pt`, or `installed`; nothing in the file but tensors is unpickled

    Raises RealClonedError when the file is not there or holds something else.
    """
    path = installed_weights() if weights == "installed" else Path(weights).expanduser()
    if not path.is_file():
        raise RealClonedError(f"{path}: there are no speech weights here; {WAY_OUT}")
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    except (KeyError, TypeError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        # torch's own message advises to unpickle whatever the file holds
        raise RealClonedError(f"{path} does not hold the published speech weights; {WAY_OUT}") from error
    return {name: tensor for name, tensor in state.items() if name.startswith(("lstm.", "linear."))}
