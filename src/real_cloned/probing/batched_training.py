"""Batched training: all runs of one class count as one network, with the same results as `train_probe` in less time.

The weights of all runs are stacked along a first dimension R, so that one matrix product serves all of them. Each run
keeps its own random batches, Adam state, learning rate, early stopping and best weights. Their losses are summed for
the backward pass: as the loss of a run does not depend on the weights of another, the gradients are those of each loss.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.core.nn import adam
from real_cloned.core.runtime import wants_bfloat16
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.data import Indices, Run
from real_cloned.probing.training import EarlyStopping, TrainedProbe, init_mlp

VALIDATION_BATCH_SIZE = 512
"""Validation segments of each run that are computed at once."""


def train_probes(
    segments: Tensor,
    runs: Sequence[Run],
    parameters: ProbeParameters,
    device: torch.device,
    on_stop: Callable[[int], object] = lambda _: None,
) -> list[TrainedProbe]:
    """Return the trained probe of each run, as `train_probe` does; a run that stops leaves the batch.

    Args:
        segments: All embeddings of the corpus, which the runs' rows refer to. Shape: (n_segments, size). Batches are
            copied to `device` if the matrix is elsewhere.
        runs: Runs with the same number of classes.
        parameters: Parameters of the probe.
        device: Device that computes.
        on_stop: Called after each epoch with the number of runs that have just stopped.
    """
    trainer = _BatchedTrainer(segments, runs, parameters, device)
    early_stoppings = [run.early_stopping for run in trainer.active_runs]
    while trainer.active_runs:
        trainer.train_epoch()
        on_stop(trainer.drop_stopped_runs())
    return [early_stopping.trained_probe for early_stopping in early_stoppings]


class BatchedMLP:
    """Multilayer perceptrons of the same sizes, computed at once, each with its own weights and batch statistics.

    Between the layers the features come before the segments, (R, features, B), so that batch normalisation takes the
    features of all runs for channels of one batch, and each run has its own statistics.

    Attributes:
        layers: Layers of one network, as `core.nn.mlp` returns them.
        state: Tensors of the state dict by name, stacked over runs. Shape: (R, ...).
    """

    def __init__(self, networks: Sequence[nn.Sequential], like: Tensor):
        """Stack the weights of networks.

        Args:
            networks: One network per run, all of the same sizes.
            like: Tensor of the dtype and on the device that the weights are to have.
        """
        self.layers = networks[0]
        states = [network.state_dict() for network in networks]
        self.state = {
            name: torch.stack([state[name] for state in states]).to(like if first.is_floating_point() else like.device)
            for name, first in states[0].items()
        }
        self._require_gradients()

    @property
    def trainable(self) -> list[str]:
        """Names of the trainable tensors."""
        return [name for name, _ in self.layers.named_parameters()]

    def logits(self, segments: Tensor, *, training: bool) -> Tensor:
        """Return the logits of each run for its own segments. Shape: (R, n_classes, B).

        Args:
            segments: Embeddings, a set for each run. Shape: (R, B, size).
            training: Normalise by batch statistics and update the running statistics; else by the running statistics.
        """
        x = segments.transpose(1, 2)  # (R, size, B)
        for index, layer in enumerate(self.layers):
            if isinstance(layer, nn.Linear):
                x = self._linear(index, x)  # (R, out, B)
            elif isinstance(layer, nn.BatchNorm1d):
                x = self._batch_norm(index, layer, x, training)  # (R, features, B)
            else:
                x = functional.relu(x)
        return x

    def run_state(self, index: int) -> dict[str, Tensor]:
        """Return the tensors of one run by name, as views of the stacked ones.

        Args:
            index: Position of the run in the batch.
        """
        return {name: tensor.detach()[index] for name, tensor in self.state.items()}

    def keep(self, indices: Sequence[int]) -> None:
        """Drop all runs but some.

        Args:
            indices: Positions in the batch of the runs to keep.
        """
        index = torch.tensor(indices, device=next(iter(self.state.values())).device)
        self.state = {name: tensor.detach()[index] for name, tensor in self.state.items()}
        self._require_gradients()

    def _require_gradients(self) -> None:
        for name in self.trainable:
            self.state[name].requires_grad_()

    def _linear(self, index: int, x: Tensor) -> Tensor:
        weight, bias = self.state[f"{index}.weight"], self.state.get(f"{index}.bias")
        if bias is None:
            return torch.bmm(weight, x)  # (R, out, in) @ (R, in, B) -> (R, out, B)
        return torch.baddbmm(bias.unsqueeze(2), weight, x)  # (R, out, 1) + (R, out, in) @ (R, in, B)

    def _batch_norm(self, index: int, layer: nn.BatchNorm1d, x: Tensor, training: bool) -> Tensor:
        mean, variance, weight, bias = (
            self.state[f"{index}.{name}"].view(-1) for name in ("running_mean", "running_var", "weight", "bias")
        )
        channels = x.reshape(1, -1, x.shape[2])  # (1, R * features, B)
        if training:
            self.state[f"{index}.num_batches_tracked"] += 1
        momentum = 0.0 if layer.momentum is None else layer.momentum
        normalised = functional.batch_norm(channels, mean, variance, weight, bias, training, momentum, layer.eps)
        return normalised.view_as(x)  # (R, features, B)


@dataclass(frozen=True)
class _ActiveRun:
    """A run that still trains."""

    run: Run
    rng: np.random.Generator
    validation: tuple[Indices, Indices]
    optimizer: torch.optim.Adam
    early_stopping: EarlyStopping


class _BatchedTrainer:
    def __init__(self, segments: Tensor, runs: Sequence[Run], parameters: ProbeParameters, device: torch.device):
        self.segments, self.parameters, self.device = segments, parameters, device
        self.use_bfloat16 = wants_bfloat16(parameters.precision) and segments.dtype == torch.float32
        networks = [init_mlp(segments.shape[1], run.n_classes, parameters, run.seed) for run in runs]
        self.mlp = BatchedMLP(networks, segments.new_zeros(0, device=device))
        self.active_runs = [self._activate(index, run) for index, run in enumerate(runs)]
        weights = [weight for active in self.active_runs for weight in active.optimizer.param_groups[0]["params"]]
        # One call for all runs: a call for each costs as much as its step does.
        self.stepper = adam(weights, parameters.learning_rate)
        self._share_groups()

    def train_epoch(self) -> None:
        """Train all runs for an epoch, and update their early stopping by their validation losses."""
        shape = (self.parameters.steps_per_epoch, self.parameters.batch_size)
        samples = [active.run.train.sample(shape, self.parameters.balance, active.rng) for active in self.active_runs]
        rows, labels = (np.stack(arrays, axis=1) for arrays in zip(*samples, strict=True))  # (steps, R, B)
        for step_rows, step_labels in zip(
            torch.from_numpy(rows), torch.from_numpy(labels).to(self.device), strict=True
        ):
            self._step(step_rows, step_labels)
        for index, (active, loss) in enumerate(zip(self.active_runs, self._validation_losses(), strict=True)):
            active.early_stopping.update(loss, self.mlp.run_state(index))

    def drop_stopped_runs(self) -> int:
        """Remove the runs that have stopped from the batch, and return their number."""
        going_on = [index for index, active in enumerate(self.active_runs) if not active.early_stopping.should_stop]
        n_stopped = len(self.active_runs) - len(going_on)
        self.active_runs = [self.active_runs[index] for index in going_on]
        if n_stopped and going_on:
            self.mlp.keep(going_on)
            for index, active in enumerate(self.active_runs):
                self._rebind(active.optimizer, index)
            self._share_groups()
        return n_stopped

    def _activate(self, index: int, run: Run) -> _ActiveRun:
        weights = self.mlp.run_state(index)
        trainable = [weights[name] for name in self.mlp.trainable]
        optimizer = adam(trainable, self.parameters.learning_rate)
        early_stopping = EarlyStopping(optimizer, weights, self.parameters)
        validation = run.validation_segments(self.parameters.n_validation_segments)
        return _ActiveRun(run, run.batch_rng(), validation, optimizer, early_stopping)

    def _share_groups(self) -> None:
        """Step the groups of the runs' own optimizers, whose learning rates their early stopping sets."""
        self.stepper.param_groups = [active.optimizer.param_groups[0] for active in self.active_runs]

    def _rebind(self, optimizer: torch.optim.Adam, index: int) -> None:
        """Let an optimizer update the weights at this position, to which its run has moved."""
        weights = self.mlp.run_state(index)
        for name, weight in zip(self.mlp.trainable, optimizer.param_groups[0]["params"], strict=True):
            weight.data = weights[name]

    def _step(self, rows: Tensor, labels: Tensor) -> None:
        """Take one step of every run. Shape of rows and labels: (R, B)."""
        losses = self._losses(rows, labels, training=True).mean(dim=1)  # (R,)
        trainable = [self.mlp.state[name] for name in self.mlp.trainable]
        gradients = torch.autograd.grad(losses.sum(), trainable)
        for index, active in enumerate(self.active_runs):
            for weight, gradient in zip(active.optimizer.param_groups[0]["params"], gradients, strict=True):
                weight.grad = gradient[index]
        self.stepper.step()

    def _losses(self, rows: Tensor, labels: Tensor, *, training: bool) -> Tensor:
        """Return the cross entropy of each segment. Shape: (R, B)."""
        segments = self.segments[rows.to(self.segments.device)].to(self.device)  # (R, B, size)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.use_bfloat16):
            logits = self.mlp.logits(segments, training=training)  # (R, n_classes, B)
        return functional.cross_entropy(logits.to(segments.dtype), labels, reduction="none")  # (R, B)

    def _validation_losses(self) -> list[float]:
        """Return the mean loss of each run over its validation segments, whose number may differ."""
        counts = torch.tensor([len(active.validation[0]) for active in self.active_runs], device=self.device)  # (R,)
        rows, labels = (_pad([active.validation[k] for active in self.active_runs]) for k in (0, 1))  # (R, longest)
        sums = torch.zeros(len(counts), dtype=self.segments.dtype, device=self.device)  # (R,)
        with torch.no_grad():
            for start in range(0, rows.shape[1], VALIDATION_BATCH_SIZE):
                batch = slice(start, start + VALIDATION_BATCH_SIZE)
                losses = self._losses(rows[:, batch], labels[:, batch].to(self.device), training=False)
                is_valid = torch.arange(start, start + losses.shape[1], device=self.device) < counts[:, None]
                sums += (losses * is_valid).sum(dim=1)
        return (sums / counts).tolist()


def _pad(arrays: list[Indices]) -> Tensor:
    """Return arrays of different lengths as rows of one tensor, padded with their first member."""
    longest = max(len(array) for array in arrays)
    padded = [np.concatenate([array, np.repeat(array[:1], longest - len(array))]) for array in arrays]
    return torch.from_numpy(np.stack(padded))  # (n_arrays, longest)
