"""Times of a call, and of warm steps by a device's own clock: CUDA events on a GPU, `perf_counter` elsewhere."""

import itertools
import time
from collections.abc import Callable
from typing import Any

import torch


class Marks:
    """Moments between steps. On a GPU they lie in its queue, so that no step waits for being timed."""

    def __init__(self, device: torch.device):
        self.device = device
        self.moments: list[Any] = []

    def mark(self) -> None:
        """Take the moment at which all work so far is done."""
        if self.device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record()
            self.moments.append(event)
        else:
            self.moments.append(time.perf_counter())

    def intervals(self, n_warm: int = 0) -> list[float]:
        """Return the seconds from each moment to the next one, without those before moment `n_warm`."""
        pairs = list(itertools.pairwise(self.moments[n_warm:]))
        if self.device.type != "cuda":
            return [end - start for start, end in pairs]
        torch.cuda.synchronize(self.device)
        return [start.elapsed_time(end) / 1000 for start, end in pairs]


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes, on the clock.

    Args:
        work: Called once, without arguments.
    """
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
