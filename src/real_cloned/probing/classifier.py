"""One run of the probe: a small network trained on frozen embeddings (paper, section 3.3)."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.heads import mlp_head
from real_cloned.parameters import ProbeParameters


@dataclass(frozen=True)
class LabelledTracks:
    """Tracks with the class of each: segments[i] is (n_segments, size) float32, and labels[i] its class."""

    segments: list[NDArray[np.float32]]
    labels: NDArray[np.int64]

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return (count, size) segments of random tracks, all tracks as likely, and their (count,) labels."""
        tracks = rng.integers(len(self.segments), size=count)
        rows = [self.segments[track][rng.integers(len(self.segments[track]))] for track in tracks]
        return torch.from_numpy(np.stack(rows)), torch.from_numpy(self.labels[tracks])

    def fixed(self, per_track: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return `per_track` random segments of every track (all, where it has no more), and their labels."""
        rows = [segments[rng.permutation(len(segments))[:per_track]] for segments in self.segments]
        labels = np.repeat(self.labels, [len(chosen) for chosen in rows])
        return torch.from_numpy(np.concatenate(rows)), torch.from_numpy(labels)


def train_probe(
    train: LabelledTracks, validation: LabelledTracks, n_classes: int, parameters: ProbeParameters, seed: int
) -> nn.Module:
    """Return the classifier of the epoch with least validation loss: (batch, size) to (batch, n_classes) logits."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = mlp_head([train.segments[0].shape[1], *parameters.hidden_sizes, n_classes])
    optimizer = torch.optim.Adam(model.parameters(), lr=parameters.learning_rate)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=parameters.plateau_factor, patience=parameters.plateau_patience
    )
    held_out = validation.fixed(parameters.n_validation_segments, rng)
    best_loss, best_epoch, best = np.inf, 0, copy.deepcopy(model.state_dict())
    for epoch in range(parameters.max_epochs):
        loss = _epoch(model, optimizer, train, held_out, parameters, rng)
        plateau.step(loss)
        if loss < best_loss:
            best_loss, best_epoch, best = loss, epoch, copy.deepcopy(model.state_dict())
        if epoch - best_epoch >= parameters.stop_patience:
            break
    model.load_state_dict(best)
    return model.eval()


def log_probabilities(model: nn.Module, segments: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n_segments, n_classes) natural-log probabilities of (n_segments, size) embeddings."""
    with torch.inference_mode():
        return functional.log_softmax(model(torch.from_numpy(segments)), dim=1).numpy()  # type: ignore[no-any-return]


def _epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    train: LabelledTracks,
    held_out: tuple[Tensor, Tensor],
    parameters: ProbeParameters,
    rng: np.random.Generator,
) -> float:
    """Train for one epoch and return the validation loss."""
    model.train()
    for _ in range(parameters.steps_per_epoch):
        segments, labels = train.draw(parameters.batch_size, rng)
        optimizer.zero_grad()
        functional.cross_entropy(model(segments), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    model.eval()
    with torch.inference_mode():
        return float(functional.cross_entropy(model(held_out[0]), held_out[1]))
