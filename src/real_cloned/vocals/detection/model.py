"""The vocal detector: is there singing in this window? (paper, section 3.1: "a simple deep learning model")."""

import torch
from torch import Tensor, nn

from real_cloned.artifacts.weights import Weights
from real_cloned.audio.logmel import LogMel
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.pretrain import LogMelParameters
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters

N_FRAME_FEATURES = 96


class VocalDetector(nn.Module):
    """A network from windows of audio to the logit of singing.

    Log-mel (FFT of 64 ms, hop 20 ms) less each band's mean over the window, so that a fixed timbre has no effect and
    only changes count; convolutions; then convolutions over time with a receptive field of 0.7 s; mean and maximum over
    time; Linear.

    Args:
        parameters: n_mels is read.
        sample_rate_hz: Sample rate of the windows, in hertz.
    """

    def __init__(self, parameters: DetectorTrainingParameters, sample_rate_hz: int):
        super().__init__()
        hop = round(0.02 * sample_rate_hz)
        self.sample_rate_hz = sample_rate_hz
        self.log_mel = LogMel(
            LogMelParameters(
                sample_rate_hz=sample_rate_hz, n_fft=round(0.064 * sample_rate_hz), hop_length=hop,
                n_mels=parameters.n_mels, floor=1e-2,
            )
        )  # fmt: skip
        self.spectral = nn.Sequential(
            nn.BatchNorm2d(1),
            _conv2d(1, 16), nn.MaxPool2d((2, 1)),
            _conv2d(16, 32), nn.MaxPool2d((2, 1)),
            _conv2d(32, 48), nn.MaxPool2d((2, 5)),  # a frame is 0.1 s from here on
            _conv2d(48, 64),
        )  # fmt: skip
        self.temporal = nn.Sequential(
            _conv1d(64 * (parameters.n_mels // 8), N_FRAME_FEATURES, 1, 1),
            _conv1d(N_FRAME_FEATURES, N_FRAME_FEATURES, 3, 1),
            _conv1d(N_FRAME_FEATURES, N_FRAME_FEATURES, 3, 2),
        )
        self.dropout = nn.Dropout(0.2)
        self.frame_out = nn.Linear(N_FRAME_FEATURES, 1)
        self.out = nn.Linear(2 * N_FRAME_FEATURES, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """Return the logits of windows, (batch,).

        Args:
            windows: (batch, n_channels, n_samples), int16 or float32.
        """
        return self.logits(windows)[0]

    def logits(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of windows (batch,) and of their frames of 0.1 s (batch, n_frames).

        Args:
            windows: (batch, n_channels, n_samples), int16 or float32.
        """
        log_mel = self.log_mel(windows.float().mean(dim=1, keepdim=True))  # (batch, 1, n_mels, 5 n_frames)
        spectral = self.spectral(log_mel - log_mel.mean(dim=-1, keepdim=True))  # (batch, 64, n_mels / 8, n_frames)
        frames = self.dropout(self.temporal(spectral.flatten(1, 2)).transpose(1, 2))  # (batch, n_frames, 96)
        pooled = torch.cat([frames.mean(dim=1), frames.amax(dim=1)], dim=1)  # (batch, 192)
        return self.out(pooled)[:, 0], self.frame_out(frames)[..., 0]


def detector_weights(detector: VocalDetector, parameters: DetectorTrainingParameters, sample_rate_hz: int) -> Weights:
    """Return the detector's weights, in half precision, with its configuration.

    Args:
        detector: The network.
        parameters: Those that it was built with.
        sample_rate_hz: Sample rate of its windows, in hertz.
    """
    tensors = {name: _half(tensor.detach().cpu()).contiguous() for name, tensor in detector.state_dict().items()}
    config = {"train_vocal_detector": parameters.model_dump(mode="json"), "sample_rate_hz": sample_rate_hz}
    return Weights(tensors, config)


def load_detector(weights: Weights) -> VocalDetector:
    """Return a detector, ready for use.

    Args:
        weights: Those of `detector_weights`.

    Raises:
        RealClonedError: When they are not a detector's.
    """
    try:
        parameters = DetectorTrainingParameters.model_validate(weights.config["train_vocal_detector"])
        detector = VocalDetector(parameters, weights.config["sample_rate_hz"])
        detector.load_state_dict(dict(weights.tensors))
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(f"these weights are not those of a vocal detector: {error}") from error
    return detector.eval()


def _half(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _conv2d(n_in: int, n_out: int) -> nn.Sequential:
    convolution = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_out), nn.ReLU())


def _conv1d(n_in: int, n_out: int, kernel_size: int, dilation: int) -> nn.Sequential:
    convolution = nn.Conv1d(
        n_in, n_out, kernel_size, padding=dilation * (kernel_size // 2), dilation=dilation, bias=False
    )
    return nn.Sequential(convolution, nn.BatchNorm1d(n_out), nn.ReLU())
