"""How the C library hands memory back: with tensors of some 10 MB made and freed at every step, it had better keep it.

By default glibc returns each large block to the system when it is freed, and asks for fresh pages, zeroed one by one,
the next time: two fifths of a training step of the demo's encoder on two cores (docs/benchmarks.md).
"""

import ctypes
import os

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
