"""Ray for `core.executor`: a cluster, and a backend of joblib that gives each call to Ray as a task.

Ray's own backend of joblib (`ray.util.joblib`) works with a pool of actors, which are not replaced when they die, and
has no generators (docs/dependencies.md). Ray tasks are done again elsewhere when their process or node dies.
"""

import logging
import os
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any

from joblib.parallel import ParallelBackendBase

from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.session import ExecutorParameters

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

try:
    import ray
    from ray.exceptions import (
        LocalRayletDiedError,
        NodeDiedError,
        OutOfMemoryError,
        RayError,
        RayTaskError,
        WorkerCrashedError,
    )
except ImportError as error:
    raise RealClonedError(
        f'executor.backend is ray, and Ray does not load here ({error}): pip install "real_cloned[cluster]"'
    ) from error


LOST = (LocalRayletDiedError, NodeDiedError)
"""What Ray says of a task whose node was lost more often than a task is tried again."""

LOST_NODES = 10
"""How often a task is started anew then."""


def connect(parameters: ExecutorParameters) -> Callable[[], None]:
    """Connect to a cluster, or start one on this machine; return what ends that.

    Args:
        parameters: The group `executor`.

    Raises:
        RealClonedError: No cluster answers at the address.
    """
    if ray.is_initialized():
        return lambda: None
    # by default Ray tries a task for ever that takes more memory than its node has
    os.environ.setdefault("RAY_task_oom_retries", str(parameters.retries))
    _check_address(parameters.address)
    own: dict[str, Any] = {} if parameters.address else {"include_dashboard": False}
    try:
        ray.init(parameters.address or "local", logging_level=logging.WARNING, log_to_driver=False, **own)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _no_cluster(parameters.address, error) from error
    return ray.shutdown  # type: ignore[no-any-return]


def _check_address(address: str | None) -> None:
    """Raise where nothing listens, for which Ray itself would wait for many minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal() and "//" not in host:
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError as error:
            raise _no_cluster(address, error) from error


def _no_cluster(address: str | None, error: Exception) -> RealClonedError:
    return RealClonedError(
        f"executor.address is {address}, and no Ray cluster answers there ({error}): start one with "
        "`ray start --head`, or set executor.address=null for one on this machine (docs/scaling.md)"
    )


def plan_jobs(parameters: ExecutorParameters) -> tuple[int, int]:
    """Return how many tasks run at a time, and how many cores each of them has.

    Args:
        parameters: n_jobs and gpus_per_task are read.

    Raises:
        RealClonedError: The cluster has fewer GPUs than a task needs.
    """
    resources, gpus = ray.cluster_resources(), parameters.gpus_per_task
    n_cpus = int(resources.get("CPU", 1))
    most = n_cpus if gpus == 0 else int(resources.get("GPU", 0) / gpus + 1e-6)
    if most == 0:
        raise RealClonedError(
            f"executor.gpus_per_task is {gpus:g}, and the cluster has {resources.get('GPU', 0):g} GPUs: start a node "
            "with one, or set executor.gpus_per_task=0"
        )
    n_jobs = most if parameters.n_jobs < 0 else parameters.n_jobs
    smallest = min((int(node["Resources"].get("CPU", 0)) or n_cpus for node in ray.nodes() if node["Alive"]), default=1)
    return n_jobs, max(1, min(n_cpus // n_jobs, smallest))


class Shared:
    """A value in the memory of the cluster; a process that is sent it with many tasks reads it once.

    Args:
        value: Anything that can be pickled.
    """

    def __init__(self, value: Any):
        self._reference = ray.put(value)

    def __reduce__(self) -> tuple[Callable[[Any], Any], tuple[Any]]:
        """Pickle the reference only; what is read is the value."""
        return _fetch, (self._reference,)


@lru_cache(maxsize=2)
def _fetch(reference: Any) -> Any:
    return ray.get(reference)


class RayTasks(ParallelBackendBase):
    """A backend of joblib: each call is a Ray task, so that a task that kills its process takes no other with it.

    Args:
        options: Of `ray.remote`: the cores and GPUs of a task, and how often it is tried again.
    """

    supports_retrieve_callback = True

    def __init__(self, options: dict[str, Any]):
        super().__init__()
        self._n_times = options["max_retries"] + 1
        self._task = ray.remote(_call).options(**options)
        self._futures: set[Future[Any]] = set()
        self._callbacks = ThreadPoolExecutor(1)  # Ray's own thread must not submit tasks

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return n_jobs as it is: `plan_jobs` has counted them.

        Args:
            n_jobs: How many tasks run at a time.
        """
        return n_jobs

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Future[Any]:
        """Start a task; return its future.

        Args:
            func: joblib's batch, of one call.
            callback: Called with the future when the task has ended.
        """
        return self._start(func, callback, LOST_NODES)

    def _start(self, func: Any, callback: Callable[[Any], None] | None, lost_nodes: int) -> Future[Any]:
        future: Any = self._task.remote(func).future()
        future.batch, future.lost_nodes = func, lost_nodes
        self._futures.add(future)
        future.add_done_callback(lambda done: self._finish(done, callback))
        return future  # type: ignore[no-any-return]

    def retrieve_result_callback(self, out: Any) -> Any:
        """Return the result of a task, or what stands in its place if its process died each time.

        Args:
            out: Its future.
        """
        try:
            return out.result()
        except RayTaskError as error:
            raise error.cause from error
        except (WorkerCrashedError, OutOfMemoryError):
            return [attempt.crashed(number, self._n_times) for attempt, (number, _), _ in out.batch.items]
        except RayError as error:
            raise RealClonedError(f"the Ray cluster lost a task ({error}): look at its nodes, and run again") from error

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Cancel all tasks.

        Args:
            ensure_ready: Not used: nothing has to be started again.
        """
        for future in list(self._futures):
            ray.cancel(future.object_ref)  # type: ignore[attr-defined]

    def terminate(self) -> None:
        """End the thread of the callbacks."""
        self._callbacks.shutdown(wait=False)

    def _finish(self, future: Future[Any], callback: Callable[[Any], None] | None) -> None:
        """Pass the result on, or start the task again if its node was lost, for which the task is not to blame."""
        self._futures.discard(future)
        lost_nodes, batch = future.lost_nodes, future.batch  # type: ignore[attr-defined]
        is_lost = not future.cancelled() and isinstance(future.exception(), LOST) and lost_nodes > 0
        with suppress(RuntimeError):  # the call has ended, and nobody waits for what was cancelled
            if is_lost:
                self._callbacks.submit(self._start, batch, callback, lost_nodes - 1)
            elif callback is not None:
                self._callbacks.submit(callback, future)


def _call(batch: Callable[[], Any]) -> Any:
    return batch()
