"""A small convolutional network that learns a voice in few steps, from segments of any length.

Convolutions over the log-mel, then the mean and deviation of their outputs over time, each frame with a weight that is
learned. Source: Okabe et al., "Attentive statistics pooling for deep speaker embedding", Interspeech 2018,
https://arxiv.org/abs/1803.10963.
"""

import torch
from torch import Tensor, nn

from real_cloned.parameters.pretrain import ConvolutionParameters

MIN_VARIANCE = 1e-5


class ConvolutionalTrunk(nn.Module):
    """Log-mel spectrograms to features of a segment.

    Each convolution halves the mel bands, the first two also the frames.

    Args:
        parameters: Channels of the convolutions, width and attention.
        n_channels: Of the audio.
        n_mels: Mel bands of the log-mel.

    Attributes:
        n_features: Numbers that describe a segment.
    """

    def __init__(self, parameters: ConvolutionParameters, n_channels: int, n_mels: int):
        super().__init__()
        layers: list[nn.Module] = []
        n_in, n_bands = n_channels, n_mels
        for number, n_out in enumerate(parameters.channels):
            stride = (2, 2 if number < 2 else 1)
            layers += [nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()]
            n_in, n_bands = n_out, (n_bands + 1) // 2
        width = parameters.width
        self.convolutions = nn.Sequential(*layers)
        self.frames = nn.Sequential(nn.Conv1d(n_in * n_bands, width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU())
        self.pooling = AttentiveStatistics(width, parameters.attention_size)
        self.n_features = 2 * width
        self.norm = nn.BatchNorm1d(self.n_features)

    def forward(self, log_mel: Tensor) -> Tensor:
        """Return the features of segments.

        Args:
            log_mel: Of any number of frames. Shape: (batch, n_channels, n_mels, n_frames).

        Returns:
            Shape (batch, n_features).
        """
        frames = self.frames(self.convolutions(log_mel).flatten(1, 2))  # (batch, width, n_frames / 4)
        return self.norm(self.pooling(frames))  # type: ignore[no-any-return]


class AttentiveStatistics(nn.Module):
    """Weighted mean and deviation over time, with weights of each feature's own.

    Args:
        width: Features of a frame.
        attention_size: Hidden size of the network that gives the weights.
    """

    def __init__(self, width: int, attention_size: int):
        super().__init__()
        self.attention = nn.Sequential(
            nn.Conv1d(width, attention_size, 1), nn.Tanh(), nn.Conv1d(attention_size, width, 1)
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Return means and deviations.

        Args:
            frames: Shape: (batch, width, n_frames).

        Returns:
            Float32, shape (batch, 2 width).
        """
        weights = self.attention(frames).float().softmax(dim=-1)  # (batch, width, n_frames)
        frames = frames.float()
        mean = (weights * frames).sum(dim=-1)
        variance = (weights * frames.square()).sum(dim=-1) - mean.square()
        return torch.cat([mean, variance.clamp(min=MIN_VARIANCE).sqrt()], dim=1)
