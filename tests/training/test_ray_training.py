"""What a process knows of Ray before it starts a worker, and what it says of workers that failed."""

import logging
import signal
from types import SimpleNamespace

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.training import ray_training
from real_cloned.training.checkpoints import CheckpointDir
from real_cloned.training.ray_training import (
    RayTraining,
    TrainingJob,
    failure_message,
    train_on_ray,
    use_ray,
    wants_ray,
)


class WorkerGroupError(Exception):
    """Like Ray Train's."""

    def __init__(self, failures):
        super().__init__("Training failed due to worker errors")
        self.worker_failures = failures


def test_trainings_use_ray_from_when_it_is_asked_for_until_it_is_no_longer():
    assert wants_ray() is None
    use_ray(RayTraining(max_failures=7))
    try:
        assert wants_ray() == RayTraining(max_failures=7)
    finally:
        use_ray(None)
    assert wants_ray() is None


@pytest.mark.parametrize(("wanted", "there", "n_gpus"), [(None, 2, 1), (None, 0, 0), (0, 2, 0), (1, 0, 1)])
def test_each_worker_has_a_gpu_where_the_cluster_has_some_unless_that_is_unwanted(monkeypatch, wanted, there, n_gpus):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 8.0, **({"GPU": float(there)} if there else {})})
    settings = RayTraining(gpus_per_worker=wanted)
    assert (settings.n_gpus, settings.device) == (n_gpus, "cuda" if n_gpus else "cpu")


@pytest.mark.parametrize("n_workers", [2, 3])
def test_a_training_that_the_cluster_has_too_few_gpus_for_says_that_it_waits(monkeypatch, caplog, tmp_path, n_workers):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 8.0, "GPU": 2.0})
    job = TrainingJob("pretrain vocal", n_workers, 0, None, None, None, CheckpointDir(tmp_path, ""))
    with caplog.at_level(logging.WARNING, logger=ray_training.__name__):
        ray_training._warn_of_waiting(job, {"CPU": 1, "GPU": 1})
    assert ("pretrain vocal: waits for 3 GPUs, and the Ray cluster has 2 now" in caplog.text) == (n_workers == 3)


def test_the_message_is_that_of_the_worker_that_failed_for_a_reason_of_its_own():
    lost = RuntimeError("connection closed by peer")
    message = failure_message(WorkerGroupError({0: lost, 1: RealClonedError("audio/a.i16 is cut short")}), 3)
    assert message == "workers failed 4 times on the Ray cluster, at last by: audio/a.i16 is cut short"
    assert failure_message(WorkerGroupError({0: lost}), 0).endswith("RuntimeError: connection closed by peer")
    assert failure_message(ValueError("no storage"), 3) == "ValueError: no storage"


@pytest.fixture
def outcome(monkeypatch, tmp_path):
    """Train with what stands in for Ray Train: it does `act` and returns a result."""
    ray, train, torch_trainer = (pytest.importorskip(f"ray{part}") for part in ("", ".train", ".train.torch"))
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 8.0, "GPU": 8.0})
    asked = {}

    def run(act, settings):
        class Trainer:
            def __init__(self, worker, scaling_config, run_config):
                asked.update(worker=worker, scaling=scaling_config, run=run_config)

            def fit(self):
                return SimpleNamespace(return_value=act())

        monkeypatch.setattr(torch_trainer, "TorchTrainer", Trainer)
        train_on_ray(TrainingJob("pretrain vocal", 4, 0, None, None, None, CheckpointDir(tmp_path, "")), settings)
        return asked

    run.failed = lambda failures: train.WorkerGroupError("worker errors", failures)
    return run


def test_ray_is_asked_for_as_many_workers_as_devices_and_to_begin_again_as_often_as_said(outcome):
    asked = outcome(lambda: None, RayTraining(gpus_per_worker=1, max_failures=5))
    assert (asked["scaling"].num_workers, asked["scaling"].use_gpu) == (4, True)
    assert asked["scaling"].resources_per_worker == {"CPU": 1, "GPU": 1}
    assert asked["run"].failure_config.max_failures == 5
    asked = outcome(lambda: None, RayTraining(gpus_per_worker=0))
    assert (asked["scaling"].use_gpu, asked["scaling"].resources_per_worker) == (False, {"CPU": 1})


def test_what_workers_return_is_why_they_could_not_begin(outcome):
    with pytest.raises(RealClonedError, match="^pretrain vocal: no audio$"):
        outcome(lambda: "no audio", RayTraining())


def test_a_training_that_failed_too_often_is_an_error_with_the_reason(outcome):
    def fail():
        raise outcome.failed({0: ValueError("not finite")})

    with pytest.raises(RealClonedError, match=r"^pretrain vocal: .* failed 4 times .*ValueError: not finite$"):
        outcome(fail, RayTraining())


def test_ctrl_c_interrupts_the_program_and_means_afterwards_what_it_meant_before(outcome):
    before = signal.getsignal(signal.SIGINT)

    def interrupt():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise SystemExit(0)  # as Ray Train's handler does

    with pytest.raises(KeyboardInterrupt):
        outcome(interrupt, RayTraining())
    assert signal.getsignal(signal.SIGINT) is before
