"""The two networks of version identification: a Siamese one that judges pairs, and an encoder for retrieval.

Both begin with the same convolutions. Their first kernel is twelve pitch classes high and meets a tiled profile in all
twelve keys; the maximum over these does not depend on the key (Yesiler et al., "Accurate and scalable version
identification using musically-motivated embeddings", ICASSP 2020, https://arxiv.org/abs/1910.12551).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.artifacts.weights import Weights
from real_cloned.covers.profiles import tile_pitch
from real_cloned.parameters.covers import CoverEncoderParameters, SiameseParameters, TrunkParameters

KERNEL = 5
"""Frames of the dilated convolutions."""
EPSILON = 1e-3
"""Frames that are shorter than this, once centred, are noise and stay short."""
DISTANCE_WEIGHT, TYPICAL_DISTANCE = 12.0, 0.2
"""Sum of the weights of the L1 distance before training; and by what sigmoids of normalised values differ, about."""
CONFIG_KEY = "covers"
"""Of the network's parameters in the configuration of its weights."""


class ProfileTrunk(nn.Module):
    """Convolutions over a profile: 12 x `kernel_frames`, the maximum over keys and tempos, then 1 x 5 with more reach.

    The first kernel meets a profile with several distances between its frames (`kernel_dilations`), as one melody is
    met at several tempos. With a single distance of 1 this is the published network.

    Args:
        parameters: Channels, frames of the first kernel, dilations and normalisation.
    """

    def __init__(self, parameters: TrunkParameters):
        super().__init__()
        channels, batch_norm, self.normalise = parameters.channels, parameters.batch_norm, parameters.normalise
        self.tempos, self.stride = parameters.kernel_dilations, parameters.stride
        self.first = nn.Conv2d(1, channels, (12, parameters.kernel_frames))
        # A maximum over keys is seldom below zero: without the normalisation before it the ReLU would cut nothing off.
        layers: list[nn.Module] = [*([nn.BatchNorm1d(channels)] if batch_norm else []), nn.ReLU()]
        for dilation in parameters.dilations:
            layers += [nn.Conv1d(channels, channels, KERNEL, dilation=dilation)]
            layers += [nn.BatchNorm1d(channels)] if batch_norm else []
            layers += [nn.ReLU()]
        self.others = nn.Sequential(*layers)

    def forward(self, profiles: Tensor) -> Tensor:
        """Return features over time, which do not depend on the key.

        Args:
            profiles: Shape: (batch, 12, n_frames).

        Returns:
            Shape (batch, channels, fewer frames).
        """
        if self.normalise:
            profiles = functional.normalize(profiles - profiles.mean(dim=1, keepdim=True), dim=1, eps=EPSILON)
        tiled = tile_pitch(profiles)[:, None]  # (batch, 1, 23, n_frames)
        tempos = torch.stack([self._maximum_over_keys(tiled, dilation) for dilation in self.tempos])
        return self.others(tempos.amax(dim=0))  # type: ignore[no-any-return]

    def _maximum_over_keys(self, tiled: Tensor, dilation: int) -> Tensor:
        """Return (batch, channels, n): the same n and the same middle of the kernel for each dilation."""
        spare = (self.first.kernel_size[1] - 1) * (max(self.tempos) - dilation)
        part = tiled[..., spare // 2 : tiled.shape[-1] - (spare - spare // 2)]
        weight, bias = self.first.weight, self.first.bias
        keys = functional.conv2d(part, weight, bias, stride=(1, self.stride), dilation=(1, dilation))
        return keys.amax(dim=2)  # of (batch, channels, 12, n)


class SiameseNetwork(nn.Module):
    """Tells whether two performances are of one work: a shared encoder, and the weighted L1 distance of embeddings.

    Source: https://github.com/vignejs/cover-song-identification, anew; what its page does not say is in docs/covers.md.

    Args:
        parameters: Of the network.
    """

    def __init__(self, parameters: SiameseParameters):
        super().__init__()
        self.trunk = ProfileTrunk(parameters.trunk)
        size, batch_norm = parameters.embedding_size, parameters.trunk.batch_norm
        self.embedding = nn.Linear(parameters.trunk.channels, size)
        self.norm = nn.BatchNorm1d(size) if batch_norm else nn.Identity()
        self.output = nn.Linear(size, 1)
        # A distance speaks against one work; of weights drawn at random half would have to unlearn the opposite.
        nn.init.constant_(self.output.weight, -DISTANCE_WEIGHT / size)
        nn.init.constant_(self.output.bias, DISTANCE_WEIGHT * TYPICAL_DISTANCE if batch_norm else 0.0)

    def embed(self, profiles: Tensor) -> Tensor:
        """Return embeddings, each value between 0 and 1.

        Args:
            profiles: Shape: (batch, 12, n_frames).

        Returns:
            Shape (batch, embedding_size).
        """
        pooled = self.trunk(profiles).mean(dim=-1)  # (batch, channels)
        return self.norm(self.embedding(pooled)).sigmoid()  # type: ignore[no-any-return]

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the logit of each pair being of one work.

        Args:
            first: Embeddings. Shape: (batch, embedding_size).
            second: Embeddings. Shape: (batch, embedding_size).

        Returns:
            Shape (batch,).
        """
        return self.output((first - second).abs())[:, 0]  # type: ignore[no-any-return]

    def compare(self, queries: Tensor, candidates: Tensor) -> Tensor:
        """Return the logit of each query and each candidate being of one work.

        The same as `forward` of every pair, as the difference of two L1 distances: one over the weights that are
        positive, one over those that are negative.

        Args:
            queries: Embeddings. Shape: (n_queries, embedding_size).
            candidates: Embeddings. Shape: (n_candidates, embedding_size).

        Returns:
            Shape (n_queries, n_candidates).
        """
        weights = self.output.weight[0]
        parts = (weights.clamp(min=0), (-weights).clamp(min=0))
        above, below = (torch.cdist(queries * part, candidates * part, p=1) for part in parts)
        return above - below + self.output.bias


class CoverEncoder(nn.Module):
    """Embeds a performance so that those of one work are near to each other, in whatever key they are.

    Features over time become one vector by a weighted mean, whose weights are the softmax of each feature times a
    learned factor (auto-pooling, McFee et al., https://arxiv.org/abs/1804.10070, as in Yesiler et al.).

    Args:
        parameters: Of the network.
    """

    def __init__(self, parameters: CoverEncoderParameters):
        super().__init__()
        channels = parameters.trunk.channels
        self.trunk = ProfileTrunk(parameters.trunk)
        self.sharpness = nn.Parameter(torch.zeros(channels, 1))
        self.embedding = nn.Linear(channels, parameters.embedding_size, bias=False)
        self.norm = nn.BatchNorm1d(parameters.embedding_size, affine=False)

    def embed(self, profiles: Tensor) -> Tensor:
        """Return embeddings of unit length.

        Args:
            profiles: Shape: (batch, 12, n_frames).

        Returns:
            Shape (batch, embedding_size).
        """
        features = self.trunk(profiles)  # (batch, channels, n)
        pooled = ((self.sharpness * features).softmax(dim=-1) * features).sum(dim=-1)  # (batch, channels)
        return functional.normalize(self.norm(self.embedding(pooled)), dim=1)


def network_weights(network: nn.Module, parameters: SiameseParameters | CoverEncoderParameters) -> Weights:
    """Return the weights of a network with the parameters that made it.

    Args:
        network: A trained `SiameseNetwork` or `CoverEncoder`.
        parameters: Of the network.
    """
    return Weights(network.state_dict(), {CONFIG_KEY: parameters.model_dump(mode="json")})


def load_siamese(weights: Weights) -> SiameseNetwork:
    """Return a Siamese network for use.

    Args:
        weights: From `network_weights`.
    """
    network = SiameseNetwork(SiameseParameters.model_validate(_config(weights)))
    network.load_state_dict(dict(weights.tensors))
    return network.eval()


def load_cover_encoder(weights: Weights) -> CoverEncoder:
    """Return a retrieval encoder for use.

    Args:
        weights: From `network_weights`.
    """
    encoder = CoverEncoder(CoverEncoderParameters.model_validate(_config(weights)))
    encoder.load_state_dict(dict(weights.tensors))
    return encoder.eval()


def _config(weights: Weights) -> Any:
    return weights.config[CONFIG_KEY]
