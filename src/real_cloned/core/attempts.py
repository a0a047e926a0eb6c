"""One task tried until it ends or has failed too often, in whichever process, and what of it is the task's own fault.

A task can fail for three kinds of reasons. What a user can mend (a RealClonedError, storage that is full or away, a
GPU that is broken or too small, a missing package) stops the run with its message. Processes and nodes that die are
replaced, and what they worked on is done again. A task that fails each time is at fault itself, and there is a `Failed`
instead of its result.
"""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from real_cloned.core.errors import RealClonedError, storage_message
from real_cloned.core.runtime import is_deterministic, keep_freed_memory, use_deterministic_algorithms

GPU_FAULTS = ("CUDA error", "CUDA out of memory")
"""What the messages of torch hold that are about the GPU."""


@dataclass(frozen=True)
class Failed:
    """What stands in the place of the result of a task that failed each time.

    Attributes:
        reason: Why, in one line.
        error: What it raised; None if its process died.
    """

    reason: str
    error: Exception | None = None

    def to_error(self) -> Exception:
        """Return an exception, for a caller that cannot go on without the result."""
        return self.error or RealClonedError(f"{self.reason}: give it more memory, or fewer tasks at a time")


@dataclass(frozen=True)
class Settings:
    """What a process takes over from the one that sends it tasks.

    Attributes:
        folder: Where relative paths begin, if that folder is there.
        is_deterministic: Whether torch uses deterministic algorithms only.
        n_threads: Threads of a task, on which the last bits of many numbers depend; None: as joblib has set them.
    """

    folder: str = field(default_factory=os.getcwd)
    is_deterministic: bool = field(default_factory=is_deterministic)
    n_threads: int | None = None

    @lru_cache(maxsize=1)  # noqa: B019 (once for each process, which keeps nothing alive but three small values)
    def apply(self) -> None:
        """Take them over."""
        keep_freed_memory()
        if Path(self.folder).is_dir():
            os.chdir(self.folder)
        if self.is_deterministic:
            use_deterministic_algorithms()
        if self.n_threads is not None:
            import torch

            os.environ["OMP_NUM_THREADS"] = str(self.n_threads)  # for libraries that are not imported yet
            torch.set_num_threads(self.n_threads)


@dataclass(frozen=True)
class Attempt:
    """Does a task, again if it fails; raises only what is not the task's own fault.

    Attributes:
        function: What is done with a task.
        retries: How often a task is done again that fails.
        settings: What another process takes over first; None in the process that hands out the tasks.
    """

    function: Callable[[Any], Any]
    retries: int
    settings: Settings | None = None

    def __call__(self, number: int, task: Any) -> tuple[int, Any]:
        """Return the number of a task, and its result or why there is none.

        Args:
            number: Of the task.
            task: What the function is given.

        Raises:
            Exception: What the function raised, where it is not the task's fault.
        """
        if self.settings is not None:
            self.settings.apply()
        for tries_left in range(self.retries, -1, -1):
            try:
                return number, self.function(task)
            except Exception as error:
                if stops_the_run(error):
                    raise
                if not tries_left:
                    return number, Failed(f"failed: {type(error).__name__} ({_one_line(error)})", _picklable(error))
        raise ValueError(f"retries must not be negative, got {self.retries}")

    def crashed(self, number: int, n_times: int) -> tuple[int, Failed]:
        """Return what stands in the place of the result of a task whose process died each time.

        Args:
            number: Of the task.
            n_times: How often it died.
        """
        return number, Failed(f"crashed: the process that worked on it died {n_times} times (memory, or native code)")


def stops_the_run(error: BaseException) -> bool:
    """Tell whether an error is not the fault of one track: it would fail each of them, or a user can mend it.

    Args:
        error: What was raised while a track was worked on.
    """
    if isinstance(error, RealClonedError | OSError | ImportError) or any(text in str(error) for text in GPU_FAULTS):
        return True
    return storage_message(error) is not None or (error.__cause__ is not None and stops_the_run(error.__cause__))


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (what was pickled here)
    except Exception:  # noqa: BLE001 (exceptions pickle, or do not, in as many ways as there are)
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
