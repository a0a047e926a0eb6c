"""One run of the probe, trained alone: a small network on frozen embeddings (paper, section 3.3).

This is what is meant; `together` does the same for many runs at once, and is what the pipeline uses.

The course of one run: what its validation losses decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import ReduceLROnPlateau

from real_cloned.core.nn import mlp
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.data import Run


def train_probe(segments: Tensor, run: Run, parameters: ProbeParameters) -> TrainedProbe:
    """Return the classifier of the epoch with least validation loss.

    segments : (n_segments, size), all embeddings of the corpus; the run's rows count in it
    """
    rng = run.batches()
    model = initial_head(segments.shape[1], run.n_classes, parameters, run.seed).to(segments.dtype)
    optimizer = torch.optim.Adam(model.parameters(), lr=parameters.learning_rate)
    course = Course(optimizer, model.state_dict(), parameters)
    rows, labels = run.held_out(parameters.n_validation_segments)
    held_out = segments[torch.from_numpy(rows)], torch.from_numpy(labels)
    while not course.is_over:
        _train_epoch(model, optimizer, segments, run, parameters, rng)
        course.take(_validation_loss(model, *held_out), model.state_dict())
    return course.outcome


def log_probabilities(model: nn.Module, segments: NDArray[np.float32] | Tensor) -> NDArray[np.float32]:
    """Return (n_segments, n_classes) natural-log probabilities of (n_segments, size) embeddings."""
    place = next(model.parameters()).device
    with torch.inference_mode():
        logits = model(torch.as_tensor(segments).to(place))
        return functional.log_softmax(logits, dim=1).cpu().numpy()  # type: ignore[no-any-return]


def _train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    segments: Tensor,
    run: Run,
    parameters: ProbeParameters,
    rng: np.random.Generator,
) -> None:
    model.train()
    shape = (parameters.steps_per_epoch, parameters.batch_size)
    for rows, labels in zip(*run.train.draw(shape, parameters.balance, rng), strict=True):
        optimizer.zero_grad()
        logits = model(segments[torch.from_numpy(rows)])
        functional.cross_entropy(logits, torch.from_numpy(labels)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _validation_loss(model: nn.Module, segments: Tensor, labels: Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        return float(functional.cross_entropy(model(segments), labels))


@dataclass(frozen=True)
class TrainedProbe:
    """A trained run: the weights of its best epoch by their names in `mlp`, and each epoch's validation loss."""

    weights: dict[str, Tensor]
    losses: list[float]

    def network(self) -> nn.Sequential:
        """Return the classifier, (batch, size) to (batch, n_classes) logits, where its weights are."""
        layers = [weight for weight in self.weights.values() if weight.ndim == 2]
        head = mlp([layers[0].shape[1], *[len(weight) for weight in layers]])
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
        return mlp([size, *parameters.hidden_sizes, n_classes])


def _copies(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in weights.items()}
