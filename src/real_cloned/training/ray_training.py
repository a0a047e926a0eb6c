"""Trainings on several GPUs or machines: Ray Train starts a worker for each, and Lightning trains in all of them.

Ray Train begins a training again when a worker or its machine is lost. It then goes on from the checkpoints, as a
training does that was killed and started again. So the weights are those of a training that nothing disturbed.

Ray is an optional dependency, and is imported where it is used. Source:
https://docs.ray.io/en/latest/train/getting-started-pytorch-lightning.html
"""

import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import distributed

from real_cloned.core.errors import RealClonedError
from real_cloned.core.runtime import is_deterministic, keep_freed_memory, use_deterministic_algorithms
from real_cloned.training.checkpoints import CheckpointDir
from real_cloned.training.progress import EpochLines

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RayTraining:
    """How trainings use the Ray cluster that this process is connected to.

    Attributes:
        gpus_per_worker: GPUs of each worker, 0 or 1; None: 1 where the cluster has GPUs.
        max_failures: How often a training goes on after a worker has failed, 0 or more; the next time, the run ends.
    """

    gpus_per_worker: int | None = None
    max_failures: int = 3

    @property
    def device(self) -> str:
        """The kind of device that workers train on: `cuda` or `cpu`."""
        return "cuda" if self.n_gpus else "cpu"

    @property
    def n_gpus(self) -> int:
        """GPUs of each worker."""
        import ray

        if self.gpus_per_worker is not None:
            return self.gpus_per_worker
        return int(ray.cluster_resources().get("GPU", 0) > 0)


_settings: RayTraining | None = None


def use_ray(settings: RayTraining | None) -> None:
    """Let the trainings of this process run on the Ray cluster that it is connected to, from now on.

    Args:
        settings: How they use it; None: they run in this process again.
    """
    global _settings
    _settings = settings


def wants_ray() -> RayTraining | None:
    """Return how trainings use Ray; None where they run in this process."""
    return _settings


@dataclass(frozen=True)
class TrainingJob:
    """A training that workers share; it is sent to each of them, so that all of it has to be picklable.

    Attributes:
        label: What is trained, as in "pretrain vocal".
        n_workers: How many workers share each batch.
        seed: That all of them begin with.
        make: Returns the module before its first step. A `RealClonedError` of it is not tried again.
        fit: Trains a module; called with it, data, checkpoints, callbacks and, by name, arguments of
            `lightning.Trainer`.
        data: To train on.
        checkpoints: Where the training is kept, on storage that all machines share.
    """

    label: str
    n_workers: int
    seed: int
    make: Callable[[], lightning.LightningModule]
    fit: Callable[..., None]
    data: lightning.LightningDataModule
    checkpoints: CheckpointDir


def train_on_ray(job: TrainingJob, settings: RayTraining) -> None:
    """Train in workers on a Ray cluster until the training has come to its end.

    Args:
        job: The training.
        settings: How it uses the cluster.

    Raises:
        RealClonedError: The training cannot begin on a machine, or failed too often.
    """
    from ray.train import FailureConfig, LoggingConfig, RunConfig, ScalingConfig, TrainingFailedError
    from ray.train.torch import TorchTrainer

    resources = {"CPU": 1, **({"GPU": settings.n_gpus} if settings.n_gpus else {})}
    _warn_of_waiting(job, resources)
    worker = _Worker(job, max(1, torch.get_num_threads() // job.n_workers), is_deterministic())
    with tempfile.TemporaryDirectory() as folder, _interrupts():
        trainer = TorchTrainer(
            worker,
            scaling_config=ScalingConfig(
                num_workers=job.n_workers, use_gpu=bool(settings.n_gpus), resources_per_worker=resources
            ),
            run_config=RunConfig(
                name=job.label.replace(" ", "-"),
                storage_path=folder,  # of Ray's own notes: checkpoints are Lightning's
                failure_config=FailureConfig(max_failures=settings.max_failures),
                logging_config=LoggingConfig(log_level="ERROR"),  # the rest is in Ray's log files
            ),
        )  # fmt: skip
        try:
            problem = trainer.fit().return_value
        except TrainingFailedError as error:
            raise RealClonedError(f"{job.label}: {failure_message(error, settings.max_failures)}") from error
    if problem:
        raise RealClonedError(f"{job.label}: {problem}")


def failure_message(error: Exception, max_failures: int) -> str:
    """Return why Ray Train gave a training up, in the words of the first worker that failed for a reason of its own.

    Args:
        error: Of Ray Train; where workers failed, its `worker_failures` has an exception by the number of the worker.
        max_failures: How often the training went on after a failure.
    """
    failures: dict[int, Exception] = getattr(error, "worker_failures", {})
    causes = sorted([*failures.values(), error], key=lambda cause: not isinstance(cause, RealClonedError))
    text = str(causes[0]) if isinstance(causes[0], RealClonedError) else f"{type(causes[0]).__name__}: {causes[0]}"
    return f"workers failed {max_failures + 1} times on the Ray cluster, at last by: {text}" if failures else text


@dataclass(frozen=True)
class _Worker:
    """What each worker does: it prepares, agrees with the others that all can begin, and trains."""

    job: TrainingJob
    n_threads: int
    deterministic: bool

    def __call__(self) -> str | None:
        """Train; return what keeps the training from beginning, None if it came to its end."""
        from ray.train import get_context
        from ray.train.lightning import RayDDPStrategy, RayLightningEnvironment

        keep_freed_memory()
        torch.set_num_threads(self.n_threads)
        if self.deterministic:
            use_deterministic_algorithms()
        lightning.seed_everything(self.job.seed, verbose=False)
        module, problem = self._prepare()
        problems: list[str | None] = [None] * self.job.n_workers
        distributed.all_gather_object(problems, problem)
        found = [problem for problem in problems if problem]
        if found or module is None:
            return found[0]  # returned, not raised: trying again would not help
        callbacks: list[Callback] = [EpochLines(self.job.label)] if get_context().get_world_rank() == 0 else []
        self.job.fit(
            module, self.job.data, self.job.checkpoints, *callbacks,
            strategy=RayDDPStrategy(), plugins=[RayLightningEnvironment()], devices="auto", enable_progress_bar=False,
        )  # fmt: skip
        return None

    def _prepare(self) -> tuple[lightning.LightningModule | None, str | None]:
        """Return the module, or what keeps this worker from training."""
        try:
            self.job.checkpoints.check_access()
            return self.job.make(), None
        except RealClonedError as error:
            return None, str(error)


def _warn_of_waiting(job: TrainingJob, resources: dict[str, int]) -> None:
    """Say what the cluster lacks: it may be starting machines, or never have enough."""
    import ray

    for kind, n_each in resources.items():
        n_there = int(ray.cluster_resources().get(kind, 0))
        if n_there < job.n_workers * n_each:
            log.warning(
                "%s: waits for %d %ss, and the Ray cluster has %d now (`devices` says how many workers there are)",
                job.label, job.n_workers * n_each, kind, n_there,
            )  # fmt: skip


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let Ctrl-C be an interrupt: Ray Train's handler ends the process as if it had succeeded, and is left behind."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit:
        raise KeyboardInterrupt from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)
