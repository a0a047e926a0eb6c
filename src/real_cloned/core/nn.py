"""The fully-connected head that the paper uses twice: as projector in pretraining, as classifier in the probe."""

from itertools import pairwise

from torch import nn


def mlp(sizes: list[int]) -> nn.Sequential:
    """Return Linear, BatchNorm, ReLU for each hidden size, then Linear without a bias.

    Paper, section 3.2: "dimension 2048, 1024, and 2048, and uses batch-normalization and ReLU activations"; its
    projector has no bias in the last layer, and neither has this network.

    Args:
        sizes: Sizes of the input, of the hidden layers and of the output, in this order; at least two.

    Returns:
        A network from (batch, sizes[0]) to (batch, sizes[-1]).

    Example:
        >>> [type(layer).__name__ for layer in mlp([4, 8, 2])]
        ['Linear', 'BatchNorm1d', 'ReLU', 'Linear']
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes[:-1]):
        layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1], bias=False))
