"""Tasks on the cores of this machine: what becomes of those that fail, and of those that kill their process."""

import gc
import os
import signal
import sys
import weakref
from dataclasses import dataclass
from pathlib import Path

import pytest

from real_cloned.core import executor
from real_cloned.core.attempts import Failed, Settings
from real_cloned.core.errors import RealClonedError
from real_cloned.core.executor import results_here, results_in_order, run_each, run_in_order, use_executor
from real_cloned.incremental.code import PackageCode
from real_cloned.parameters.session import ExecutorParameters


class ClientError(Exception):
    """An error as clients of remote storage have it: no OSError."""

    __module__ = "botocore.exceptions"


@dataclass(frozen=True)
class Square:
    """Notes each attempt, and fails or dies with some numbers: each time, or the first time only."""

    log: Path
    dies: tuple[int, ...] = ()
    dies_once: tuple[int, ...] = ()
    raises: tuple[int, ...] = ()
    error: Exception = ValueError("odd  bits\nin it")

    def __call__(self, number):
        attempts = self.log / str(number)
        with attempts.open("a") as file:
            file.write(f"{os.getpid()}\n")
        is_first = len(attempts.read_text().split()) == 1
        if number in self.dies or (number in self.dies_once and is_first):
            os.kill(os.getpid(), signal.SIGKILL)
        if number in self.raises:
            raise self.error
        return number**2

    def attempts(self, number):
        return self.log.joinpath(str(number)).read_text().split()


@pytest.fixture
def three_processes(monkeypatch):
    monkeypatch.setattr(executor, "cpu_count", lambda: 3)


def with_retries(retries):
    return use_executor(ExecutorParameters(retries=retries))


def done(function, count=12, **kwargs):
    """Run, and return the results by number; none comes twice."""
    pairs = list(run_each(function, range(count), **kwargs))
    results = dict(pairs)
    assert len(pairs) == len(results) == count
    return results


@pytest.mark.parametrize("n_jobs", [1, -1])
def test_each_task_is_done_once(tmp_path, three_processes, n_jobs):
    square = Square(tmp_path)
    assert done(square, n_jobs=n_jobs) == {number: number**2 for number in range(12)}
    assert all(len(square.attempts(number)) == 1 for number in range(12))
    assert list(run_in_order(square, range(5), n_jobs)) == [0, 1, 4, 9, 16]
    assert (str(os.getpid()) in square.attempts(0)) == (n_jobs == 1)


@pytest.mark.parametrize("n_jobs", [1, -1])
def test_a_task_that_raises_each_time_is_tried_again_and_then_failed_and_the_others_are_done(
    tmp_path, three_processes, n_jobs
):
    square = Square(tmp_path, raises=(3,))
    with with_retries(2):
        results = done(square, n_jobs=n_jobs)
    assert results.pop(3).reason == "failed: ValueError (odd bits in it)"
    assert results == {number: number**2 for number in range(12) if number != 3}
    assert len(square.attempts(3)) == 3
    with with_retries(0), pytest.raises(ValueError, match="odd"):
        list(run_in_order(square, range(5), n_jobs))


def test_a_task_that_kills_its_process_each_time_takes_no_other_with_it(tmp_path, three_processes):
    square = Square(tmp_path, dies=(4,), dies_once=(7,))
    with with_retries(2):
        results = done(square)
    assert results.pop(4) == Failed("crashed: the process that worked on it died 3 times (memory, or native code)")
    assert results == {number: number**2 for number in range(12) if number != 4}
    assert len(square.attempts(4)) == 3


def test_what_cannot_go_on_without_a_task_that_kills_its_process_stops_with_a_message(tmp_path, three_processes):
    with with_retries(0), pytest.raises(RealClonedError, match="died 2 times"):
        list(run_in_order(Square(tmp_path, dies=(1,)), range(3)))


@pytest.mark.parametrize("n_jobs", [1, -1])
@pytest.mark.parametrize(
    "error",
    [
        RealClonedError("set it"),
        OSError(28, "the disk is full"),
        ModuleNotFoundError("no module named av"),
        ClientError("slow down"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_not_the_fault_of_a_task_stops_the_run_at_the_first_attempt(tmp_path, three_processes, error, n_jobs):
    square = Square(tmp_path, raises=(3,), error=error)
    with pytest.raises(type(error), match=str(error).replace("[", r"\[").replace("]", r"\]")):
        done(square, n_jobs=n_jobs)
    assert len(square.attempts(3)) == 1


def test_an_error_that_was_caused_by_storage_is_not_the_fault_of_a_task():
    def read(_):
        try:
            raise TimeoutError("the bucket does not answer")
        except TimeoutError as error:
            raise ValueError("no number") from error

    with pytest.raises(ValueError, match="no number"):
        list(run_each(read, [0], 1))


def test_twenty_failures_in_a_row_are_no_fault_of_twenty_tasks(tmp_path):
    def failures(*numbers):
        return Square(tmp_path, raises=numbers)

    results = done(failures(*range(19), *range(20, 39)), count=39, n_jobs=1)
    assert results[19] == 361
    assert sum(isinstance(result, Failed) for result in results.values()) == 38
    told = []
    with pytest.raises(RealClonedError, match="20 tracks failed one after another.*ValueError"):
        told.extend(run_each(failures(*range(2, 22)), range(30), 1))
    assert told == [(0, 0), (1, 1)]  # nothing that was held back is taken for the fault of a track


def test_the_executor_says_how_many_processes_there_are_at_most(tmp_path, monkeypatch):
    monkeypatch.setattr(executor, "cpu_count", lambda: 64)
    asked = []
    monkeypatch.setattr(executor, "_run_in_processes", lambda attempt, tasks, n: asked.append(n) or iter(()))
    for n_jobs in (-1, 2, 5):
        with use_executor(ExecutorParameters(n_jobs=3)):
            list(run_each(abs, range(9), n_jobs))
    list(run_each(abs, range(9), -1))
    assert asked == [3, 2, 3, 9]


def test_a_process_takes_over_folder_threads_and_determinism(tmp_path, monkeypatch):
    import torch

    monkeypatch.chdir(tmp_path)
    settings = Settings(n_threads=3)
    monkeypatch.chdir("/")
    before, environment = torch.get_num_threads(), dict(os.environ)
    try:
        settings.apply()
        assert (Path.cwd(), torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]) == (tmp_path, 3, "3")
        Settings(folder="/not/there", is_deterministic=True).apply()
        assert torch.are_deterministic_algorithms_enabled()
        assert Path.cwd() == tmp_path
    finally:
        torch.use_deterministic_algorithms(False)
        torch.set_num_threads(before)
        os.environ.clear()
        os.environ.update(environment)


def test_where_ray_is_missing_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "real_cloned.core.ray_tasks", raising=False)
    with (
        pytest.raises(RealClonedError, match=r'pip install "real_cloned\[cluster\]"'),
        use_executor(ExecutorParameters(backend="ray")),
    ):
        pass
    assert list(run_each(abs, [-1], 1)) == [(0, 1)]


def test_ray_is_no_part_of_what_stages_are_made_from():
    """Or a run without it would make anew what a run with it has made."""
    package = Path(executor.__file__).parents[1]
    used = PackageCode("real_cloned", package).closure(["real_cloned.audio.store_plan.write_store"])
    assert "core/executor.py" in used.files
    assert "core/ray_tasks.py" not in used.files
    assert "ray" not in used.libraries
    assert "joblib" in used.libraries


@pytest.mark.parametrize("run", [results_here, results_in_order])
def test_many_tasks_of_one_track_that_fail_are_one_failure(run):
    def fail(number):
        raise ValueError(number)

    with with_retries(0):
        options = {} if run is results_here else {"n_jobs": 1}
        found = list(run(fail, list(range(100)), track=lambda number: number // 10, **options))
        assert len(found) == 100
        assert all(isinstance(result, Failed) for result in found)
        with pytest.raises(RealClonedError, match="20 tracks failed one after another"):
            list(run(fail, list(range(100)), track=lambda number: number // 5, **options))


def test_what_failed_tasks_worked_on_is_not_kept_while_others_fail():
    class Waveforms:
        pass

    alive = weakref.WeakSet()

    def fail(_):
        waveforms = Waveforms()
        alive.add(waveforms)
        raise ValueError("odd bits in it")

    with with_retries(0), pytest.raises(RealClonedError, match="20 tracks"):
        list(results_here(fail, counted(range(30), lambda: len(alive))))


def counted(items, count):
    for item in items:
        gc.collect()
        assert count() <= 1
        yield item
