"""Does the machine at hand compute with bfloat16 by itself?"""

import torch


def wants_bfloat16(precision: str) -> bool:
    """Return what a parameter means here.

    precision : `float32`, `bfloat16`, or `auto`: bfloat16 where the hardware has it
    """
    return {"float32": False, "bfloat16": True, "auto": has_bfloat16()}[precision]


def has_bfloat16() -> bool:
    """Return whether the GPU, or the CPU where there is none, multiplies matrices of bfloat16 by itself."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    asked = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(ask() for ask in asked if ask is not None)
