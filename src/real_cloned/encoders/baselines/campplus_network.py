"""CAM++, a network for speaker verification: a densely connected TDNN whose layers are masked by their context.

Two-dimensional convolutions take the spectrogram first (`FrontConvolutions`); then come three blocks of time-delay
layers, each of which is given the outputs of all before it in its block. A layer's output is multiplied by a mask,
which is worked out from the mean over the whole input and over two seconds of it (context-aware masking). Mean and
deviation over time go through a last linear layer.

Layers are named as in the published code, so that its weights fit.

Source: Wang et al., "CAM++: a fast and efficient network for speaker verification using context-aware masking",
Interspeech 2023, https://arxiv.org/abs/2303.00332; published code: https://github.com/modelscope/3D-Speaker.
"""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SEGMENT_FRAMES = 100
"""Frames, of 20 ms, whose mean is the local part of the context (`CamLayer`)."""


@dataclass(frozen=True)
class CampplusSizes:
    """Sizes of the network; the defaults are those of the published weights, with 6.9 million sizes.

    Attributes:
        channels: Of the two-dimensional convolutions.
        growth: Channels that each layer of a dense block adds.
        block_layers: Layers of the three dense blocks.
        embedding_size: Numbers of an embedding.
    """

    channels: int = 32
    growth: int = 32
    block_layers: tuple[int, int, int] = (12, 24, 16)
    embedding_size: int = 192


PUBLISHED = CampplusSizes()


class CamPlusPlus(nn.Module):
    """Filter banks to embeddings.

    Args:
        sizes: Sizes of the network.
        n_mels: Filters of a frame, a multiple of 8.

    Example:
        >>> sizes = CampplusSizes(channels=4, growth=2, block_layers=(1, 1, 1), embedding_size=6)
        >>> CamPlusPlus(sizes, n_mels=16).eval()(torch.randn(2, 50, 16)).shape
        torch.Size([2, 6])
    """

    def __init__(self, sizes: CampplusSizes, n_mels: int):
        super().__init__()
        self.head = FrontConvolutions(sizes.channels)
        growth, width = sizes.growth, 4 * sizes.growth
        first = nn.Conv1d(sizes.channels * n_mels // 8, width, 5, stride=2, padding=2, bias=False)
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            tdnn=nn.Sequential(OrderedDict(linear=first, nonlinear=normalised_relu(width)))
        )
        for number, (n_layers, dilation) in enumerate(zip(sizes.block_layers, (1, 2, 2), strict=True), start=1):
            layers[f"block{number}"] = DenseBlock(n_layers, width, growth, dilation)
            width += n_layers * growth
            halving = nn.Conv1d(width, width // 2, 1, bias=False)
            layers[f"transit{number}"] = nn.Sequential(OrderedDict(nonlinear=normalised_relu(width), linear=halving))
            width //= 2
        layers["out_nonlinear"] = normalised_relu(width)
        layers["dense"] = Embedding(2 * width, sizes.embedding_size)
        self.xvector = nn.Sequential(layers)
        self.embedding_size = sizes.embedding_size

    def forward(self, frames: Tensor) -> Tensor:
        """Return embeddings, which are of any length.

        Args:
            frames: At least 3. Shape: (batch, n_frames, n_mels).

        Returns:
            Shape (batch, embedding_size).
        """
        embeddings: Tensor = self.xvector(self.head(frames.transpose(1, 2)))
        return embeddings


class FrontConvolutions(nn.Module):
    """Two-dimensional residual convolutions, which leave an eighth of the filters and all frames.

    Args:
        channels: Of each convolution.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(ResidualBlock(channels, 2), ResidualBlock(channels, 1))
        self.layer2 = nn.Sequential(ResidualBlock(channels, 2), ResidualBlock(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, bands: Tensor) -> Tensor:
        """Return channels and filters in one axis.

        Args:
            bands: Filter banks. Shape: (batch, n_mels, n_frames).

        Returns:
            Shape (batch, channels * n_mels // 8, n_frames).
        """
        maps = functional.relu(self.bn1(self.conv1(bands[:, None])))  # (batch, channels, n_mels, n_frames)
        maps = self.layer2(self.layer1(maps))  # (batch, channels, n_mels // 4, n_frames)
        maps = functional.relu(self.bn2(self.conv2(maps)))  # (batch, channels, n_mels // 8, n_frames)
        return maps.flatten(1, 2)


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut.

    Args:
        channels: Of input and output.
        stride: Over the filters; over frames it is 1.
    """

    def __init__(self, channels: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride=(stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride > 1:
            pick = nn.Conv2d(channels, channels, 1, stride=(stride, 1), bias=False)
            self.shortcut = nn.Sequential(pick, nn.BatchNorm2d(channels))

    def forward(self, maps: Tensor) -> Tensor:
        """Return the block's output.

        Args:
            maps: Shape: (batch, channels, n_bands, n_frames).

        Returns:
            Shape (batch, channels, n_bands // stride, n_frames).
        """
        inner = functional.relu(self.bn1(self.conv1(maps)))
        return functional.relu(self.bn2(self.conv2(inner)) + self.shortcut(maps))


class DenseBlock(nn.Module):
    """Layers each of which is given the block's input and the outputs of all layers before it.

    Args:
        n_layers: Number of layers.
        in_channels: Of the input.
        growth: Channels that each layer adds.
        dilation: Of the layers' convolutions.
    """

    def __init__(self, n_layers: int, in_channels: int, growth: int, dilation: int):
        super().__init__()
        for index in range(n_layers):
            self.add_module(f"tdnnd{index + 1}", DenseLayer(in_channels + index * growth, growth, dilation))

    def forward(self, frames: Tensor) -> Tensor:
        """Return the input with the outputs of all layers behind it.

        Args:
            frames: Shape: (batch, in_channels, n_frames).

        Returns:
            Shape (batch, in_channels + n_layers * growth, n_frames).
        """
        for layer in self.children():
            frames = torch.cat([frames, layer(frames)], dim=1)
        return frames


class DenseLayer(nn.Module):
    """A bottleneck, and a masked convolution behind it.

    Args:
        in_channels: Of the input.
        growth: Channels of the output; the bottleneck has four times as many.
        dilation: Of the convolution.
    """

    def __init__(self, in_channels: int, growth: int, dilation: int):
        super().__init__()
        self.nonlinear1 = normalised_relu(in_channels)
        self.linear1 = nn.Conv1d(in_channels, 4 * growth, 1, bias=False)
        self.nonlinear2 = normalised_relu(4 * growth)
        self.cam_layer = CamLayer(4 * growth, growth, dilation)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the layer's output.

        Args:
            frames: Shape: (batch, in_channels, n_frames).

        Returns:
            Shape (batch, growth, n_frames).
        """
        output: Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(frames))))
        return output


class CamLayer(nn.Module):
    """A convolution over time with context-aware masking (Wang et al., section 2.2, equations 2 to 5).

    Args:
        in_channels: Of the input.
        out_channels: Of the output.
        dilation: Of the convolution.
    """

    def __init__(self, in_channels: int, out_channels: int, dilation: int):
        super().__init__()
        self.linear_local = nn.Conv1d(in_channels, out_channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(in_channels, in_channels // 2, 1)
        self.linear2 = nn.Conv1d(in_channels // 2, out_channels, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the convolution times the mask.

        Args:
            frames: Shape: (batch, in_channels, n_frames).

        Returns:
            Shape (batch, out_channels, n_frames).
        """
        context = frames.mean(dim=2, keepdim=True) + segment_means(frames)  # (batch, in_channels, n_frames)
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))  # (batch, out_channels, n_frames)
        masked: Tensor = self.linear_local(frames) * mask
        return masked


class Embedding(nn.Module):
    """Mean and deviation over time, a linear layer, and batch normalisation without scale or offset.

    Args:
        in_channels: Twice the channels of the input.
        embedding_size: Numbers of an embedding.
    """

    def __init__(self, in_channels: int, embedding_size: int):
        super().__init__()
        self.linear = nn.Conv1d(in_channels, embedding_size, 1, bias=False)
        self.nonlinear = nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(embedding_size, affine=False)))

    def forward(self, frames: Tensor) -> Tensor:
        """Return an embedding per input.

        Args:
            frames: Shape: (batch, in_channels // 2, n_frames).

        Returns:
            Shape (batch, embedding_size).
        """
        statistics = torch.cat([frames.mean(dim=2), frames.std(dim=2)], dim=1)  # (batch, in_channels)
        embeddings: Tensor = self.nonlinear(self.linear(statistics[:, :, None])[:, :, 0])
        return embeddings


def segment_means(frames: Tensor) -> Tensor:
    """Return for each frame the mean of its segment of 100 frames; the last segment may be shorter.

    Args:
        frames: Shape: (batch, channels, n_frames).

    Returns:
        The same shape.
    """
    means = functional.avg_pool1d(frames, SEGMENT_FRAMES, SEGMENT_FRAMES, ceil_mode=True)
    return means.repeat_interleave(SEGMENT_FRAMES, dim=2)[:, :, : frames.shape[2]]


def normalised_relu(channels: int) -> nn.Sequential:
    """Return batch normalisation and ReLU.

    Args:
        channels: Of the input.
    """
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU(inplace=True)))
