"""The course of one run: what its validation losses decide."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from real_cloned.heads import mlp_head

if TYPE_CHECKING:
    from real_cloned.parameters import ProbeParameters


@dataclass(frozen=True)
class TrainedProbe:
    """A trained run: the weights of its best epoch by their names in `mlp_head`, and each epoch's validation loss."""

    weights: dict[str, Tensor]
    losses: list[float]

    def network(self) -> nn.Sequential:
        """Return the classifier, (batch, size) to (batch, n_classes) logits, where its weights are."""
        layers = [weight for weight in self.weights.values() if weight.ndim == 2]
        head = mlp_head([layers[0].shape[1], *[len(weight) for weight in layers]])
        head.load_state_dict(self.weights, assign=True)
        return head.eval()


class Course:
    """Lowers the learning rate, keeps the best weights and knows the end (paper, section 3.3).

    weights : the run's own, by name; they may change later
    """

    def __init__(self, optimizer: torch.optim.Optimizer, weights: Mapping[str, Tensor], parameters: ProbeParameters):
        self.plateau = ReduceLROnPlateau(
            optimizer, factor=parameters.plateau_factor, patience=parameters.plateau_patience
        )
        self.stop_patience, self.max_epochs = parameters.stop_patience, parameters.max_epochs
        self.losses: list[float] = []
        self.best_epoch, self.best_loss, self.best = 0, math.inf, _copies(weights)

    def take(self, loss: float, weights: Mapping[str, Tensor]) -> None:
        """Take note of an epoch's validation loss, and of its weights if they are the best so far."""
        self.plateau.step(loss)
        if loss < self.best_loss:
            self.best_epoch, self.best_loss, self.best = len(self.losses), loss, _copies(weights)
        self.losses.append(loss)

    @property
    def is_over(self) -> bool:
        """Has the loss not improved for too long, or is it the last epoch?"""
        last = len(self.losses) - 1
        return last - self.best_epoch >= self.stop_patience or len(self.losses) >= self.max_epochs

    @property
    def outcome(self) -> TrainedProbe:
        """The run as it stands."""
        return TrainedProbe(self.best, self.losses)


def initial_head(size: int, n_classes: int, parameters: ProbeParameters, seed: int) -> nn.Sequential:
    """Return the untrained classifier of a run; torch's own random numbers are as they were afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return mlp_head([size, *parameters.hidden_sizes, n_classes])


def _copies(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in weights.items()}
