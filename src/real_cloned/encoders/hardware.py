"""What the machine at hand trains fastest with, as settings of Lightning's Trainer and of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from real_cloned.determinism import are_numbers_the_same
from real_cloned.precision import wants_bfloat16

if TYPE_CHECKING:
    from real_cloned.encoder_parameters import PretrainParameters
    from real_cloned.encoders.transformer import Encoder


def trainer_settings(parameters: PretrainParameters) -> dict[str, Any]:
    """Return accelerator, devices, strategy and precision.

    Several processes are started by multiprocessing, not by running the program again: whoever trains has done other
    work before. On GPUs they share the statistics of batch normalisation; on CPUs torch cannot.
    """
    several = parameters.devices > 1
    return {
        "accelerator": "cuda" if torch.cuda.is_available() else "cpu",
        "devices": parameters.devices,
        "strategy": "ddp_spawn" if several else "auto",
        "sync_batchnorm": several and torch.cuda.is_available(),
        "precision": lightning_precision(parameters.precision),
    }


def lightning_precision(precision: str) -> str:
    """Return Lightning's word for a precision of the parameters."""
    return "bf16-mixed" if wants_bfloat16(precision) else "32-true"


def compiled(encoder: Encoder, device: torch.device, wanted: str) -> Encoder:
    """Return the encoder, its transformer compiled where parameters want it; its weights keep their names.

    wanted : `always`, `never`, or `auto`: where a GPU trains it, and need not give the same numbers each time
    """
    if wanted == "always" or (wanted == "auto" and device.type == "cuda" and not are_numbers_the_same()):
        encoder.trunk.compile()
    return encoder


def adam(module: nn.Module, learning_rate: float) -> torch.optim.Adam:
    """Return Adam over the weights of `module` (authors' code: eps 1e-9), in one kernel."""
    return torch.optim.Adam(module.parameters(), lr=learning_rate, eps=1e-9, fused=True)
