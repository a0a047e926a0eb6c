"""The classifiers of several runs as one network: every weight of all runs lies in one tensor."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class HeadBatch:
    """Heads of the same sizes (`mlp_head`) that are computed together, each with its own weights and statistics.

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
