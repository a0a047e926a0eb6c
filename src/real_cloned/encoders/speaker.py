"""`speaker`: the LSTM with published weights that know speakers from their speech; a baseline without any training.

Source: resemble-ai/Resemblyzer 0.1.4 (Apache 2.0; after Wan et al., ICASSP 2018). The constants are those of its
`hparams.py`, what is heard that of its `voice_encoder.py` and `audio.py`. Left out is its trimming of silences by
webrtcvad: segments are of singing already.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.functional import melscale_fbanks, resample
from torchaudio.transforms import Spectrogram

from real_cloned.encoders.lstm import LstmEncoder, VoiceLstm
from real_cloned.encoders.speaker_weights import speech_tensors
from real_cloned.parameters import AudioParameters
from real_cloned.variant_parameters import LstmParameters, SpeakerParameters
from real_cloned.weights import Weights, recipe

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
    encoder = speaker_encoder(AudioParameters.model_validate(weights.made_from["audio"]).sample_rate_hz)
    encoder.network.load_state_dict(dict(weights.tensors))
    return encoder


def speaker_weights(parameters: SpeakerParameters, audio: AudioParameters) -> Weights:
    """Return the published weights, or none at all where parameters name none.

    Raises RealClonedError, saying how to get them, when they are not where parameters say.
    """
    return Weights(speech_tensors(parameters.weights) if parameters.weights else {}, recipe(parameters, audio))
