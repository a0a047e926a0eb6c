"""What the paper uses twice, for the encoder and for the probe: the fully-connected head, Adam and its schedule."""

from collections.abc import Iterable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

EPSILON = 1e-9
"""Of Adam, and the least change of a learning rate (authors' code, for encoder and probe alike)."""


def mlp(sizes: list[int], *, last_bias: bool) -> nn.Sequential:
    """Return Linear, BatchNorm, ReLU for each hidden size, then Linear.

    Paper, section 3.2: "dimension 2048, 1024, and 2048, and uses batch-normalization and ReLU activations". In the
    authors' code the last layer of the projector has no bias, and that of the probe has one.

    Args:
        sizes: Sizes of the input, of the hidden layers and of the output, in this order; at least two.
        last_bias: Whether the last layer has a bias.

    Returns:
        A network from (batch, sizes[0]) to (batch, sizes[-1]).

    Example:
        >>> [type(layer).__name__ for layer in mlp([4, 8, 2], last_bias=True)]
        ['Linear', 'BatchNorm1d', 'ReLU', 'Linear']
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes[:-1]):
        layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1], bias=last_bias))


def adam(weights: Iterable[Tensor], learning_rate: float) -> torch.optim.Adam:
    """Return Adam with the epsilon of the authors' code, computed in one kernel.

    Args:
        weights: On the device that trains.
        learning_rate: At the start.
    """
    return torch.optim.Adam(weights, lr=learning_rate, eps=EPSILON, fused=True)


def plateau_schedule(
    optimizer: torch.optim.Optimizer, *, factor: float, patience: int, min_factor: float
) -> ReduceLROnPlateau:
    """Return the schedule that lowers the learning rate when the validation loss no longer falls.

    Args:
        optimizer: Before its first step.
        factor: By which the learning rate is multiplied.
        patience: Epochs without improvement that are waited for.
        min_factor: The learning rate is never below the first one times this.
    """
    min_lr = min_factor * optimizer.param_groups[0]["lr"]
    return ReduceLROnPlateau(optimizer, factor=factor, patience=patience, min_lr=min_lr, eps=EPSILON)
