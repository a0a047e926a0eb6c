"""How the C library hands memory back: with tensors of some 10 MB made and freed at every step, it had better keep it.

By default glibc returns each large block to the system when it is freed, and asks for fresh pages, zeroed one by one,
the next time: two fifths of a training step of the demo's encoder on two cores (docs/benchmarks.md).

Does the machine at hand compute with bfloat16 by itself?

The same numbers in every run, also on a GPU.
"""

import ctypes
import os
import sys

import torch

KEPT_BYTES = 2**30
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> bool:
    """Let this process, and those it starts, keep up to 1 GiB of freed memory; return whether the C library could.

    Without glibc (macOS, Windows, musl) nothing is changed.
    """
    for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"):
        os.environ.setdefault(name, str(KEPT_BYTES))
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_TRIM_THRESHOLD, KEPT_BYTES) and mallopt(M_MMAP_THRESHOLD, KEPT_BYTES))


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


def use_deterministic_algorithms() -> None:
    """Let torch use only algorithms that give the same numbers each time, from now on in this process.

    A CPU does so by itself. On a GPU some sums are otherwise added up in the order in which they come. What has no such
    algorithm raises RuntimeError, which names it. Encoders are then not compiled unless parameters insist.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nothing here reads such
    torch.use_deterministic_algorithms(True)


def is_deterministic() -> bool:
    """Tell whether `use_deterministic_algorithms` was called; torch is not imported for that."""
    loaded = sys.modules.get("torch")
    return loaded is not None and loaded.are_deterministic_algorithms_enabled()
