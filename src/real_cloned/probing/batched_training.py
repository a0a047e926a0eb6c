"""All runs of one experiment, trained as one network: run by run the same as `train_probe`, in less time.

The classifiers of several runs as one network: every weight of all runs lies in one tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.core.runtime import wants_bfloat16
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.data import Places, Run
from real_cloned.probing.training import Course, TrainedProbe, initial_head

CHUNK = 512
"""Validation segments of each run that are computed at once."""


@dataclass(frozen=True)
class _Member:
    """A run that still trains: its own random numbers, held-out segments, Adam and course."""

    run: Run
    rng: np.random.Generator
    held_out: tuple[Places, Places]
    adam: torch.optim.Adam
    course: Course


def train_together(
    segments: Tensor,
    runs: Sequence[Run],
    parameters: ProbeParameters,
    device: torch.device,
    ended: Callable[[int], object] = lambda _: None,
) -> list[TrainedProbe]:
    """Return what `train_probe` returns of each run, trained all at once; a run that stops leaves the batch.

    segments : (n_segments, size), all embeddings of the corpus; the runs' rows count in it
    runs : of one class count
    device : what computes; segments are brought there batch by batch, if they are not there
    ended : told how many runs have just stopped
    """
    training = _Training(segments, runs, parameters, device)
    courses = [member.course for member in training.members]
    while training.members:
        training.epoch()
        ended(training.drop_ended())
    return [course.outcome for course in courses]


class _Training:
    def __init__(self, segments: Tensor, runs: Sequence[Run], parameters: ProbeParameters, device: torch.device):
        self.segments, self.parameters, self.device = segments, parameters, device
        self.in_bfloat16 = wants_bfloat16(parameters.precision) and segments.dtype == torch.float32
        heads = [initial_head(segments.shape[1], run.n_classes, parameters, run.seed) for run in runs]
        self.batch = HeadBatch(heads, segments.new_zeros(0, device=device))
        self.members = [self._member(place, run) for place, run in enumerate(runs)]

    def epoch(self) -> None:
        """Train all runs for an epoch, and tell each its validation loss."""
        shape = (self.parameters.steps_per_epoch, self.parameters.batch_size)
        draws = [member.run.train.draw(shape, self.parameters.balance, member.rng) for member in self.members]
        rows, labels = (np.stack(side, axis=1) for side in zip(*draws, strict=True))  # (steps, runs, B)
        for step_rows, step_labels in zip(
            torch.from_numpy(rows), torch.from_numpy(labels).to(self.device), strict=True
        ):
            self._step(step_rows, step_labels)
        for place, (member, loss) in enumerate(zip(self.members, self._validation_losses(), strict=True)):
            member.course.take(loss, self.batch.of_run(place))

    def drop_ended(self) -> int:
        """Take the runs that are over out of the batch, and return how many they were."""
        kept = [place for place, member in enumerate(self.members) if not member.course.is_over]
        n_ended = len(self.members) - len(kept)
        self.members = [self.members[place] for place in kept]
        if n_ended and kept:
            self.batch.keep(kept)
            for place, member in enumerate(self.members):
                self._point(member.adam, place)
        return n_ended

    def _member(self, place: int, run: Run) -> _Member:
        weights = self.batch.of_run(place)
        adam = torch.optim.Adam(
            [weights[name] for name in self.batch.trainable], lr=self.parameters.learning_rate, fused=True
        )
        course = Course(adam, weights, self.parameters)
        return _Member(run, run.batches(), run.held_out(self.parameters.n_validation_segments), adam, course)

    def _point(self, adam: torch.optim.Adam, place: int) -> None:
        """Let an Adam work on the weights at this place, where its run has moved to."""
        weights = self.batch.of_run(place)
        for name, weight in zip(self.batch.trainable, adam.param_groups[0]["params"], strict=True):
            weight.data = weights[name]

    def _step(self, rows: Tensor, labels: Tensor) -> None:
        """Take one step of every run. rows, labels : (runs, batch_size)"""
        losses = self._losses(rows, labels, training=True).mean(dim=1)  # (R,)
        learnt = [self.batch.state[name] for name in self.batch.trainable]
        gradients = torch.autograd.grad(losses.sum(), learnt)  # of no run does the loss depend on another's weights
        for place, member in enumerate(self.members):
            for weight, gradient in zip(member.adam.param_groups[0]["params"], gradients, strict=True):
                weight.grad = gradient[place]
            member.adam.step()

    def _losses(self, rows: Tensor, labels: Tensor, *, training: bool) -> Tensor:
        """Return the cross entropy of each segment, (runs, n_segments)."""
        segments = self.segments[rows.to(self.segments.device)].to(self.device)  # (R, B, size)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.in_bfloat16):
            logits = self.batch.logits(segments, training=training)  # (R, n_classes, B)
        return functional.cross_entropy(logits.to(segments.dtype), labels, reduction="none")

    def _validation_losses(self) -> list[float]:
        """Return each run's mean loss over its held-out segments, of which runs may have different numbers."""
        counts = torch.tensor([len(member.held_out[0]) for member in self.members], device=self.device)
        rows, labels = (_padded([member.held_out[side] for member in self.members]) for side in (0, 1))
        sums = torch.zeros(len(counts), dtype=self.segments.dtype, device=self.device)
        with torch.no_grad():
            for start in range(0, rows.shape[1], CHUNK):
                part = slice(start, start + CHUNK)
                losses = self._losses(rows[:, part], labels[:, part].to(self.device), training=False)
                is_there = torch.arange(start, start + losses.shape[1], device=self.device) < counts[:, None]
                sums += (losses * is_there).sum(dim=1)
        return (sums / counts).tolist()


def _padded(lists: list[Places]) -> Tensor:
    """Return lists of different lengths as rows of one tensor, filled up with their first member."""
    longest = max(len(one) for one in lists)
    return torch.from_numpy(np.stack([np.concatenate([one, np.repeat(one[:1], longest - len(one))]) for one in lists]))


class HeadBatch:
    """Heads of the same sizes (`mlp`) that are computed together, each with its own weights and statistics.

    state : by the names that one head gives them, its tensors with the runs as first dimension. Between the layers,
        features come before segments, (runs, features, segments), so that batch normalisation sees the features of all
        runs as so many channels of one batch, and each run has its own statistics.
    """

    def __init__(self, heads: Sequence[nn.Sequential], like: Tensor):
        """Stack the weights of `heads`, in the type of `like` and where it is."""
        self.layers = heads[0]
        states = [head.state_dict() for head in heads]
        self.state = {
            name: torch.stack([state[name] for state in states]).to(like if first.is_floating_point() else like.device)
            for name, first in states[0].items()
        }
        self._ask_for_gradients()

    @property
    def trainable(self) -> list[str]:
        """Names of what is learnt."""
        return [name for name, _ in self.layers.named_parameters()]

    def logits(self, segments: Tensor, *, training: bool) -> Tensor:
        """Return (runs, n_classes, n_segments) logits of (runs, n_segments, size) embeddings, a set for each run.

        training : normalise by the batch, and let the running statistics follow it; else by the running statistics
        """
        values = segments.transpose(1, 2)  # (R, size, B)
        for place, layer in enumerate(self.layers):
            if isinstance(layer, nn.Linear):
                values = self._linear(place, values)  # (R, out, B)
            elif isinstance(layer, nn.BatchNorm1d):
                values = self._normalised(place, layer, values, training)  # (R, features, B)
            else:
                values = functional.relu(values)
        return values

    def of_run(self, place: int) -> dict[str, Tensor]:
        """Return the tensors of one run by name; they share memory with those of all runs."""
        return {name: tensor.detach()[place] for name, tensor in self.state.items()}

    def keep(self, places: Sequence[int]) -> None:
        """Go on with some of the runs only."""
        chosen = torch.tensor(places, device=next(iter(self.state.values())).device)
        self.state = {name: tensor.detach()[chosen] for name, tensor in self.state.items()}
        self._ask_for_gradients()

    def _ask_for_gradients(self) -> None:
        for name in self.trainable:
            self.state[name].requires_grad_()

    def _linear(self, place: int, values: Tensor) -> Tensor:
        weight, bias = self.state[f"{place}.weight"], self.state.get(f"{place}.bias")
        if bias is None:
            return torch.bmm(weight, values)
        return torch.baddbmm(bias.unsqueeze(2), weight, values)  # (R, out, 1) + (R, out, in) @ (R, in, B)

    def _normalised(self, place: int, layer: nn.BatchNorm1d, values: Tensor, training: bool) -> Tensor:
        mean, variance, weight, bias = (
            self.state[f"{place}.{name}"].view(-1) for name in ("running_mean", "running_var", "weight", "bias")
        )
        channels = values.reshape(1, -1, values.shape[2])  # (1, R * features, B)
        if training:
            self.state[f"{place}.num_batches_tracked"] += 1
        momentum = 0.0 if layer.momentum is None else layer.momentum
        normal = functional.batch_norm(channels, mean, variance, weight, bias, training, momentum, layer.eps)
        return normal.view_as(values)
