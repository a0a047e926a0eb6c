"""One run of the probe, trained alone: a small network on frozen embeddings (paper, section 3.3).

This is what is meant; `together` does the same for many runs at once, and is what the pipeline uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.probing.course import Course, TrainedProbe, initial_head
from real_cloned.probing.draws import Run

if TYPE_CHECKING:
    from real_cloned.parameters import ProbeParameters


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
