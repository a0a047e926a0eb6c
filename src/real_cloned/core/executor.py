"""Tasks of a stage, a track each: on this machine or on a Ray cluster, and what becomes of those that fail.

joblib is the one call for all stages, and `use_executor` says for a whole run on what it works. Threads stay threads:
only what is run by `run_each` leaves this machine.

How a task is tried, and what of its failing is its own fault, is in `core.attempts`.
"""

import importlib
import logging
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from joblib import Parallel, cpu_count, delayed

from real_cloned.core.attempts import Attempt, Failed, Settings
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.session import ExecutorParameters

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

MAX_FAILURES_IN_A_ROW = 20
"""So many tracks that fail one after another are no coincidence: something is wrong with more than them."""

_active = ExecutorParameters()


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


def run_each(
    function: Callable[[T], R], tasks: Sequence[T], n_jobs: int = -1, track: Callable[[int], Hashable] = int
) -> Iterator[tuple[int, R | Failed]]:
    """Yield the number of each task and its result, in the order in which they end.

    Args:
        function: What is done with a task; it and the tasks must pickle where there are several processes.
        tasks: One argument each.
        n_jobs: Processes of this machine that share the tasks: 1 for this one, -1 for as many as `executor.n_jobs`. On
            a cluster `executor.n_jobs` alone counts.
        track: Returns what a task, given by its number, is a part of; by default each is of a track of its own.

    Raises:
        RealClonedError: Tasks of MAX_FAILURES_IN_A_ROW tracks fail one after another, or what a task raises so.
        Exception: What a task raises that is not its own fault.
    """
    if not tasks:
        return iter(())
    if works_on_cluster():
        return _without_mass_failure(_run_on_ray(function, tasks), track)
    most = cpu_count() if _active.n_jobs < 0 else _active.n_jobs
    n_processes = min(most if n_jobs < 0 else min(n_jobs, most), len(tasks))
    if n_processes == 1:
        return enumerate(results_here(function, tasks, track))
    attempt = Attempt(function, _active.retries, Settings())
    return _without_mass_failure(_run_in_processes(attempt, tasks, n_processes), track)


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


def results_here(
    function: Callable[[T], R], tasks: Iterable[T], track: Callable[[int], Hashable] = int
) -> Iterator[R | Failed]:
    """Yield the result of each task, or why there is none, in their order; all is done in this process.

    Args:
        function: What is done with a task.
        tasks: One argument each, which are taken as they are needed.
        track: As in `run_each`.

    Raises:
        RealClonedError: As in `run_each`.
        Exception: As in `run_each`.
    """
    attempt = Attempt(function, _active.retries)
    results = _without_mass_failure((attempt(number, task) for number, task in enumerate(tasks)), track)
    return (result for _, result in results)


def results_in_order(
    function: Callable[[T], R], tasks: Sequence[T], n_jobs: int = -1, track: Callable[[int], Hashable] = int
) -> Iterator[R | Failed]:
    """Yield the result of each task, or why there is none, in the order of the tasks.

    Args:
        function: As in `run_each`.
        tasks: As in `run_each`.
        n_jobs: As in `run_each`.
        track: As in `run_each`.

    Raises:
        RealClonedError: As in `run_each`.
        Exception: As in `run_each`.
    """
    waiting: dict[int, R | Failed] = {}
    following = 0
    for number, result in run_each(function, tasks, n_jobs, track):
        waiting[number] = result
        while following in waiting:
            yield waiting.pop(following)
            following += 1


def _run_in_processes(attempt: Attempt, tasks: Sequence[Any], n_processes: int) -> Iterator[tuple[int, Any]]:
    """Yield numbers and results. A process that dies breaks joblib's pool: then what was begun is done alone."""
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


def _run_alone(attempt: Attempt, number: int, task: Any) -> tuple[int, Any]:
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
    attempt = Attempt(function, _active.retries, settings)
    options = {"num_cpus": n_cpus, "num_gpus": _active.gpus_per_task, "max_retries": _active.retries}
    pool = Parallel(
        max(2, n_jobs),  # joblib would do a single job in this process
        backend=_ray().RayTasks(options),
        return_as="generator_unordered",
        pre_dispatch=2 * n_jobs if _active.n_jobs < 0 else n_jobs,
    )
    yield from pool(delayed(attempt)(number, task) for number, task in enumerate(tasks))


def _without_mass_failure(
    results: Iterable[tuple[int, Any]], track: Callable[[int], Hashable]
) -> Iterator[tuple[int, Any]]:
    """Yield results; failures not before a success follows, or the end, and not if too many come one after another."""
    held: list[tuple[int, Failed]] = []
    for number, result in results:
        if not isinstance(result, Failed):
            yield from held
            held.clear()
            yield number, result
            continue
        if held and held[-1][1].error is not None:
            held[-1][1].error.__traceback__ = None  # it would keep what that task worked on
        held.append((number, result))
        n_tracks = len({track(number) for number, _ in held})
        if n_tracks >= MAX_FAILURES_IN_A_ROW:
            logger.error("the last of %d failures", len(held), exc_info=result.error)
            raise RealClonedError(
                f"{n_tracks} tracks failed one after another, so that the reason is hardly the tracks: the last "
                f"{result.reason}. Put right what is wrong with the machine, the memory or the weights, and run again"
            ) from result.error
    yield from held


def _ray() -> Any:
    """Return the module of Ray's part, imported by its name so that it is no part of the code that stages depend on:
    what a run on a cluster has made is up to date for a run without Ray."""
    return importlib.import_module("real_cloned.core.ray_tasks")
