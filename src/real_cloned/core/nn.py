"""The fully-connected head that the paper uses twice: as projector in pretraining, as classifier in the probe."""

from itertools import pairwise

from torch import nn


def mlp(sizes: list[int]) -> nn.Sequential:
    """Return a network from sizes[0] to sizes[-1] numbers: Linear, BatchNorm, ReLU for each hidden size, then Linear.

    Paper, section 3.2: "dimension 2048, 1024, and 2048, and uses batch-normalization and ReLU activations"; its
    projector has no bias in the last layer, and neither has this one.
    """
    layers: list[nn.Module] = []
    for size, following in pairwise(sizes[:-1]):
        layers += [nn.Linear(size, following), nn.BatchNorm1d(following), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1], bias=False))
