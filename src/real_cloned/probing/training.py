"""Training of one probe: a multilayer perceptron on frozen embeddings (paper, section 3.3).

This is the reference implementation, a run at a time. The pipeline uses `batched_training`, which trains all runs of an
experiment at once with the same results; both share the initial weights, early stopping and the trained probe.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.core.nn import adam, mlp, plateau_schedule
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.data import Run


@dataclass(frozen=True)
class TrainedProbe:
    """The outcome of a training.

    Attributes:
        weights: Weights of the best epoch, by their names in the state dict of `core.nn.mlp`.
        losses: Validation loss of each epoch.
    """

    weights: dict[str, Tensor]
    losses: list[float]

    def build_network(self) -> nn.Sequential:
        """Return the classifier in evaluation mode, on the device of its weights.

        It maps embeddings, (batch, size), to logits, (batch, n_classes).
        """
        layers = [weight for weight in self.weights.values() if weight.ndim == 2]
        network = mlp([layers[0].shape[1], *[len(weight) for weight in layers]], last_bias=True)
        network.load_state_dict(self.weights, assign=True)
        return network.eval()


def train_probe(
    segments: Tensor, run: Run, parameters: ProbeParameters, on_epoch_end: Callable[[], object] = lambda: None
) -> TrainedProbe:
    """Return the probe of the epoch with the lowest validation loss.

    Args:
        segments: All embeddings of the corpus, which the run's rows refer to. Shape: (n_segments, size).
        run: Tracks, classes and seed.
        parameters: Parameters of the probe.
        on_epoch_end: Called after each epoch.
    """
    rng = run.batch_rng()
    model = init_mlp(segments.shape[1], run.n_classes, parameters, run.seed).to(segments.dtype)
    optimizer = adam(model.parameters(), parameters.learning_rate)
    early_stopping = EarlyStopping(optimizer, model.state_dict(), parameters)
    rows, labels = run.validation_segments(parameters.n_validation_segments)
    validation = segments[torch.from_numpy(rows)], torch.from_numpy(labels)
    while not early_stopping.should_stop:
        shape = (parameters.steps_per_epoch, parameters.batch_size)
        batches = run.train.sample(shape, parameters.balance, rng)
        _train_epoch(model, optimizer, segments, batches)
        early_stopping.update(_validation_loss(model, *validation), model.state_dict())
        on_epoch_end()
    return early_stopping.trained_probe


def log_probabilities(model: nn.Module, segments: NDArray[np.float32] | Tensor) -> NDArray[np.float32]:
    """Return the log-probabilities of the classes, natural logarithms. Shape: (n_segments, n_classes).

    Args:
        model: Network in evaluation mode that returns logits.
        segments: Embeddings on any device. Shape: (n_segments, size).
    """
    device = next(model.parameters()).device
    with torch.inference_mode():
        logits = model(torch.as_tensor(segments).to(device))  # (n_segments, n_classes)
        return functional.log_softmax(logits, dim=1).cpu().numpy()  # type: ignore[no-any-return]


class EarlyStopping:
    """Lowers the learning rate on plateaus, keeps the best weights and ends the training (paper, section 3.3)."""

    def __init__(self, optimizer: torch.optim.Optimizer, weights: Mapping[str, Tensor], parameters: ProbeParameters):
        """Start before the first epoch.

        Args:
            optimizer: Optimizer of the run, whose learning rate is lowered.
            weights: Initial weights of the run, which are copied.
            parameters: Parameters of the probe.
        """
        self.plateau = plateau_schedule(
            optimizer,
            factor=parameters.plateau_factor,
            patience=parameters.plateau_patience,
            min_factor=parameters.min_learning_rate_factor,
        )
        self.stop_patience, self.max_epochs = parameters.stop_patience, parameters.max_epochs
        self.losses: list[float] = []
        self.best_epoch, self.best_loss, self.best_weights = 0, math.inf, _copy(weights)

    def update(self, loss: float, weights: Mapping[str, Tensor]) -> None:
        """Record an epoch.

        Args:
            loss: Validation loss of the epoch.
            weights: Weights after the epoch, which are copied if they are the best so far.
        """
        self.plateau.step(loss)
        if loss < self.best_loss:
            self.best_epoch, self.best_loss, self.best_weights = len(self.losses), loss, _copy(weights)
        self.losses.append(loss)

    @property
    def should_stop(self) -> bool:
        """Whether the loss has not improved for `stop_patience` epochs, or `max_epochs` have passed."""
        last = len(self.losses) - 1
        return last - self.best_epoch >= self.stop_patience or len(self.losses) >= self.max_epochs

    @property
    def trained_probe(self) -> TrainedProbe:
        """The best weights and all losses so far."""
        return TrainedProbe(self.best_weights, self.losses)


def init_mlp(size: int, n_classes: int, parameters: ProbeParameters, seed: int) -> nn.Sequential:
    """Return the untrained classifier of a run, without changing torch's global random state.

    Args:
        size: Size of the embeddings.
        n_classes: Number of enrolled singers.
        parameters: Parameters of the probe.
        seed: Seed of the initial weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return mlp([size, *parameters.hidden_sizes, n_classes], last_bias=True)


def _train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    segments: Tensor,
    batches: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Take a step per batch; batches are the rows and the labels, (n_steps, batch_size) each."""
    model.train()
    for rows, labels in zip(*batches, strict=True):
        optimizer.zero_grad()
        logits = model(segments[torch.from_numpy(rows)])  # (B, n_classes)
        functional.cross_entropy(logits, torch.from_numpy(labels)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _validation_loss(model: nn.Module, segments: Tensor, labels: Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        return float(functional.cross_entropy(model(segments), labels))


def _copy(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in weights.items()}
