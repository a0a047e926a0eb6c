"""What the machine at hand trains fastest with, as settings of Lightning's Trainer and of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

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
    wanted = {"float32": False, "bfloat16": True, "auto": has_bfloat16()}[precision]
    return "bf16-mixed" if wanted else "32-true"


def has_bfloat16() -> bool:
    """Return whether the GPU, or the CPU where there is none, multiplies matrices of bfloat16 by itself."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    asked = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(ask() for ask in asked if ask is not None)


def compiled(encoder: Encoder, device: torch.device, wanted: str) -> Encoder:
    """Return the encoder, its transformer compiled where parameters want it; its weights keep their names.

    wanted : `always`, `never`, or `auto`: where a GPU trains it
    """
    if wanted == "always" or (wanted == "auto" and device.type == "cuda"):
        encoder.trunk.compile()
    return encoder


def adam(module: nn.Module, learning_rate: float) -> torch.optim.Adam:
    """Return Adam over the weights of `module` (authors' code: eps 1e-9), in one kernel."""
    return torch.optim.Adam(module.parameters(), lr=learning_rate, eps=1e-9, fused=True)
