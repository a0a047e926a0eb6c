"""Tasks of a stage, a track each: on this machine or on a Ray cluster, and what becomes of those that fail.

joblib is the one call for all stages, and `use_executor` says for a whole run on what it works. Threads stay threads:
only what is run by `run_each` leaves this machine.

A task can fail for three kinds of reasons. What a user can mend (a RealClonedError, storage that is full or away, a
broken GPU, a missing package) stops the run with its message. Processes and nodes that die are replaced, and what they
worked on is done again. A task that fails each time is at fault itself, and there is a `Failed` instead of its result.
"""

import importlib
import logging
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from joblib import Parallel, cpu_count, delayed

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import storage_message
from real_cloned.core.runtime import is_deterministic, keep_freed_memory, use_deterministic_algorithms
from real_cloned.parameters.session import ExecutorParameters

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

MAX_FAILURES_IN_A_ROW = 20
"""So many tasks that fail one after another are no coincidence: something is wrong with more than them."""

_active = ExecutorParameters()


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


@contextmanager
def use_executor(parameters: ExecutorParameters) -> Iterator[None]:
    """Let `run_each` work on what the parameters name until the block ends.

    Args:
        parameters: The group `executor`.

    Raises:
        RealClonedError: Ray is not installed, or no cluster answers.
    """
    global _active  # noqa: PLW0603 (Kedro saves datasets in other threads, too, so that this cannot be of one thread)
    before = _active
    disconnect = _ray().connect(parameters) if parameters.backend == "ray" else (lambda: None)
    _active = parameters
    try:
        yield
    finally:
        _active = before
        disconnect()


def works_on_cluster() -> bool:
    """Tell whether tasks go to a cluster, whose machines may have GPUs that this one lacks."""
    return _active.backend == "ray"


def share(value: T) -> T:
    """Return a value that many tasks take, sent to each process of a cluster once; a task is given the value itself.

    Args:
        value: Anything that can be pickled. Without a cluster it is returned as it is.
    """
    shared: T = _ray().Shared(value) if works_on_cluster() else value
    return shared


def run_each(function: Callable[[T], R], tasks: Sequence[T], n_jobs: int = -1) -> Iterator[tuple[int, R | Failed]]:
    """Yield the number of each task and its result, in the order in which they end.

    Args:
        function: What is done with a task; it and the tasks must pickle where there are several processes.
        tasks: One argument each.
        n_jobs: Processes of this machine that share the tasks: 1 for this one, -1 for as many as `executor.n_jobs`. On
            a cluster `executor.n_jobs` alone counts.

    Raises:
        RealClonedError: MAX_FAILURES_IN_A_ROW tasks fail one after another, or what a task raises so.
        Exception: What a task raises that is not its own fault.
    """
    if not tasks:
        return iter(())
    if works_on_cluster():
        return _without_mass_failure(_run_on_ray(function, tasks))
    most = cpu_count() if _active.n_jobs < 0 else _active.n_jobs
    n_processes = min(most if n_jobs < 0 else min(n_jobs, most), len(tasks))
    attempt = _Attempt(function, _active.retries)
    if n_processes == 1:
        return _without_mass_failure(attempt(number, task) for number, task in enumerate(tasks))
    return _without_mass_failure(_run_in_processes(attempt, tasks, n_processes))


def run_in_order(function: Callable[[T], R], tasks: Sequence[T], n_jobs: int = -1) -> Iterator[R]:
    """Yield the result of each task in the order of the tasks.

    Args:
        function: As in `run_each`.
        tasks: As in `run_each`.
        n_jobs: As in `run_each`.

    Raises:
        RealClonedError: As in `run_each`, or a task's process died each time.
        Exception: What a task raised.
    """
    for result in results_in_order(function, tasks, n_jobs):
        if isinstance(result, Failed):
            raise result.to_error()
        yield result


def results_in_order(function: Callable[[T], R], tasks: Sequence[T], n_jobs: int = -1) -> Iterator[R | Failed]:
    """Yield the result of each task, or why there is none, in the order of the tasks.

    Args:
        function: As in `run_each`.
        tasks: As in `run_each`.
        n_jobs: As in `run_each`.

    Raises:
        RealClonedError: As in `run_each`.
        Exception: As in `run_each`.
    """
    waiting: dict[int, R | Failed] = {}
    following = 0
    for number, result in run_each(function, tasks, n_jobs):
        waiting[number] = result
        while following in waiting:
            yield waiting.pop(following)
            following += 1


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
class _Attempt:
    """Does a task, again if it fails; raises only what is not the task's own fault."""

    function: Callable[[Any], Any]
    retries: int
    settings: Settings | None = None

    def __call__(self, number: int, task: Any) -> tuple[int, Any]:
        if self.settings is not None:
            self.settings.apply()
        for tries_left in range(self.retries, -1, -1):
            try:
                return number, self.function(task)
            except Exception as error:
                if _stops_the_run(error):
                    raise
                if not tries_left:
                    return number, Failed(f"failed: {type(error).__name__} ({_one_line(error)})", _picklable(error))
        raise ValueError(f"retries must not be negative, got {self.retries}")

    def crashed(self, number: int, n_times: int) -> tuple[int, Failed]:
        """Return what stands in the place of the result of a task whose process died each time."""
        return number, Failed(f"crashed: the process that worked on it died {n_times} times (memory, or native code)")


def _run_in_processes(attempt: _Attempt, tasks: Sequence[Any], n_processes: int) -> Iterator[tuple[int, Any]]:
    """Yield numbers and results. A process that dies breaks joblib's pool: then what was begun is done alone."""
    attempt = _Attempt(attempt.function, attempt.retries, Settings())
    following, begun = iter(range(len(tasks))), set[int]()

    def calls() -> Iterator[Any]:
        for number in following:
            begun.add(number)
            yield delayed(attempt)(number, tasks[number])

    while True:
        pool = Parallel(n_processes, return_as="generator_unordered")
        try:
            for number, result in pool(calls()):
                begun.remove(number)
                yield number, result
            return
        except BrokenProcessPool:
            for number in sorted(begun):
                yield _run_alone(attempt, number, tasks[number])
            begun.clear()


def _run_alone(attempt: _Attempt, number: int, task: Any) -> tuple[int, Any]:
    """Return a number and a result, of a task that has a pool for itself: if that dies, it is by this task."""
    tries = max(1, attempt.retries)
    for _ in range(tries):
        try:
            results: list[tuple[int, Any]] = Parallel(2, backend="loky")([delayed(attempt)(number, task)])
            return results[0]
        except BrokenProcessPool:
            continue
    return attempt.crashed(number, tries + 1)


def _run_on_ray(function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Yield numbers and results. Ray itself does again what dead processes and nodes worked on."""
    n_jobs, n_cpus = _ray().plan_jobs(_active)
    n_threads = os.environ.get("OMP_NUM_THREADS", "")
    settings = Settings(n_threads=int(n_threads) if n_threads.isdecimal() else n_cpus)
    attempt = _Attempt(function, _active.retries, settings)
    options = {"num_cpus": n_cpus, "num_gpus": _active.gpus_per_task, "max_retries": _active.retries}
    pool = Parallel(
        max(2, n_jobs),  # joblib would do a single job in this process
        backend=_ray().RayTasks(options),
        return_as="generator_unordered",
        pre_dispatch=2 * n_jobs if _active.n_jobs < 0 else n_jobs,
    )
    yield from pool(delayed(attempt)(number, task) for number, task in enumerate(tasks))


def _without_mass_failure(results: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Yield results; failures not before a success follows, or the end, and not if too many come one after another."""
    held: list[tuple[int, Failed]] = []
    for number, result in results:
        if not isinstance(result, Failed):
            yield from held
            held.clear()
            yield number, result
            continue
        held.append((number, result))
        if len(held) >= MAX_FAILURES_IN_A_ROW:
            logger.error("the last of %d failures", len(held), exc_info=result.error)
            raise RealClonedError(
                f"{len(held)} tracks failed one after another, so that the reason is hardly the tracks: the last "
                f"{result.reason}. Put right what is wrong with the machine, the memory or the weights, and run again"
            ) from result.error
    yield from held


def _stops_the_run(error: BaseException) -> bool:
    """Tell whether an error is not the fault of one track: it would fail each of them, or a user can mend it."""
    if isinstance(error, RealClonedError | OSError | ImportError) or "CUDA error" in str(error):
        return True
    return storage_message(error) is not None or (error.__cause__ is not None and _stops_the_run(error.__cause__))


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (what was pickled here)
    except Exception:  # noqa: BLE001 (exceptions pickle, or do not, in as many ways as there are)
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _ray() -> Any:
    """Return the module of Ray's part, imported by its name so that it is no part of the code that stages depend on:
    what a run on a cluster has made is up to date for a run without Ray."""
    return importlib.import_module("real_cloned.core.ray_tasks")
