"""The vocal detector: is there singing in this window? (paper, section 3.1: "a simple deep learning model")."""

from torch import Tensor, nn

from real_cloned.audio.logmel import LogMel
from real_cloned.errors import RealClonedError
from real_cloned.parameters import LogMelParameters, VocalFilterParameters
from real_cloned.weights import Weights


class VocalDetector(nn.Module):
    """Windows of mono audio to the logit of singing: log-mel, four convolutions, mean and maximum over time, Linear."""

    def __init__(self, parameters: VocalFilterParameters, sample_rate_hz: int):
        super().__init__()
        self.log_mel = LogMel(
            LogMelParameters(
                sample_rate_hz=sample_rate_hz, n_fft=800, hop_length=400, n_mels=parameters.n_mels, floor=1e-4
            )
        )
        sizes = (1, 16, 32, 48, 64)
        blocks = [_block(size, following) for size, following in zip(sizes, sizes[1:], strict=False)]
        self.features = nn.Sequential(nn.BatchNorm2d(1), *blocks)
        self.out = nn.Linear(sizes[-1], 1)

    def forward(self, windows: Tensor) -> Tensor:
        """Return (batch,) logits for windows (batch, n_channels, n_samples), int16 or float32."""
        mono = windows.float().mean(dim=1, keepdim=True)
        features = self.features(self.log_mel(mono))  # (batch, 64, n_mels / 16, n_frames / 16)
        return self.out(features.mean(dim=(2, 3)) + features.amax(dim=(2, 3)))[:, 0]  # type: ignore[no-any-return]


def save_detector(detector: VocalDetector, parameters: VocalFilterParameters, sample_rate_hz: int) -> Weights:
    """Return the detector's weights with what is needed to build it again."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in detector.state_dict().items()}
    return Weights(tensors, {"vocal_filter": parameters.model_dump(mode="json"), "sample_rate_hz": sample_rate_hz})


def load_detector(weights: Weights) -> VocalDetector:
    """Return the detector of `weights`, ready for use. Raises RealClonedError when they are no detector's."""
    try:
        parameters = VocalFilterParameters.model_validate(weights.made_from["vocal_filter"])
        detector = VocalDetector(parameters, weights.made_from["sample_rate_hz"])
        detector.load_state_dict(dict(weights.tensors))
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(f"these weights are not those of a vocal detector: {error}") from error
    return detector.eval()


def _block(size: int, following: int) -> nn.Sequential:
    convolution = nn.Conv2d(size, following, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(following), nn.ReLU())
