"""The same numbers in every run, also on a GPU."""

import os
import sys


def only_same_numbers() -> None:
    """Let torch use only algorithms that give the same numbers each time, from now on in this process.

    A CPU does so by itself. On a GPU some sums are otherwise added up in the order in which they come. What has no such
    algorithm raises RuntimeError, which names it. Encoders are then not compiled unless parameters insist.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nothing here reads such
    torch.use_deterministic_algorithms(True)


def are_numbers_the_same() -> bool:
    """Tell whether `only_same_numbers` was called; torch is not imported for that."""
    loaded = sys.modules.get("torch")
    return loaded is not None and loaded.are_deterministic_algorithms_enabled()
