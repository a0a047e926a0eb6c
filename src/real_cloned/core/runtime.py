"""What a process asks of the machine: memory of the C library and of the GPU, bfloat16, deterministic algorithms.

torch is imported inside the functions that need it, since Kedro's commands start faster without it.

Memory of the C library: glibc returns each large block to the system when it is freed, and asks for fresh pages, zeroed
one by one, the next time. With tensors of some 10 MB made and freed at every step this takes two fifths of a training
step of the demo's encoder on two cores (docs/benchmarks.md), so that it is better to let glibc keep them.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

RETAINED_BYTES = 2**30
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's `mallopt` options (malloc.h)."""


def keep_freed_memory() -> bool:
    """Let this process, and those it starts, keep up to 1 GiB of freed memory.

    Returns:
        Whether the C library supports it. Without glibc (macOS, Windows, musl) nothing is changed.
    """
    for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"):
        os.environ.setdefault(name, str(RETAINED_BYTES))
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_TRIM_THRESHOLD, RETAINED_BYTES) and mallopt(M_MMAP_THRESHOLD, RETAINED_BYTES))


def return_freed_memory() -> None:
    """Give all freed memory back to the system, also what `keep_freed_memory` keeps; without glibc nothing is done."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def use_small_arrow_pool() -> None:
    """Let Arrow take the memory of tables from jemalloc, which gives back at once what reading them has needed.

    Arrow's default, mimalloc, keeps it, and jemalloc's own way is to give it back little by little. Where Arrow was
    built without jemalloc (Windows), nothing is changed.
    """
    import pyarrow

    if "jemalloc" in pyarrow.supported_memory_backends():
        pyarrow.set_memory_pool(pyarrow.jemalloc_memory_pool())
        pyarrow.jemalloc_set_decay_ms(0)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let Python look for cycles of dead objects only after the block, in which millions are made that are in none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def fits_on_gpu(n_bytes: int, device: Any) -> bool:
    """Tell whether data may be copied to a device for as long as it works with them.

    Args:
        n_bytes: Size of the data.
        device: A `torch.device`. On a GPU they may take less than half of the free memory; elsewhere nothing fits.
    """
    return device.type == "cuda" and 2 * n_bytes < free_gpu_memory(device)


def free_gpu_memory(device: Any) -> int:
    """Return the bytes of a GPU that this process can still use.

    torch keeps freed memory for itself, and the driver counts it as used: it is free for whatever torch allocates next.

    Args:
        device: The GPU, as a `torch.device`.
    """
    import torch

    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + cached


def wants_bfloat16(precision: str, *, also_on_cpu: bool = True) -> bool:
    """Tell whether to compute with bfloat16 on this machine.

    Args:
        precision: `float32`, `bfloat16`, or `auto`: bfloat16 where the hardware has it.
        also_on_cpu: False: `auto` is float32 where there is no GPU.
    """
    import torch

    auto = (also_on_cpu or torch.cuda.is_available()) and has_bfloat16()
    return {"float32": False, "bfloat16": True, "auto": auto}[precision]


def has_bfloat16() -> bool:
    """Tell whether the GPU, or the CPU where there is none, multiplies bfloat16 matrices in hardware."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(check() for check in checks if check is not None)


@contextmanager
def full_float32() -> Iterator[None]:
    """Let a GPU's convolutions compute with all bits of float32, as a CPU does; by default torch has them use TF32.

    Source: https://docs.pytorch.org/docs/stable/notes/cuda.html
    """
    import torch

    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def use_deterministic_algorithms() -> None:
    """Make torch use only algorithms that give the same numbers each time, from now on in this process.

    On a CPU they do so anyway. On a GPU the order of summation otherwise varies between runs. Encoders are then not
    compiled unless the parameters ask for it.

    Raises:
        RuntimeError: Later, from an operation that has no deterministic algorithm; torch names the operation.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nothing here reads such
    torch.use_deterministic_algorithms(True)


def is_deterministic() -> bool:
    """Tell whether torch uses deterministic algorithms only; torch is not imported to find out."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.are_deterministic_algorithms_enabled()
