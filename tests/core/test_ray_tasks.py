"""Tasks on a Ray cluster of two nodes: processes and nodes that die, and what a worker has of who sends the task."""

import os
import time
from contextlib import chdir
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from real_cloned.core.attempts import Failed
from real_cloned.core.errors import RealClonedError
from real_cloned.core.executor import run_each, run_in_order, share, use_executor, works_on_cluster
from real_cloned.parameters.session import ExecutorParameters
from tests.core.test_executor import Square, done

pytestmark = pytest.mark.slow
pytest.importorskip("ray")


def slow_square(number):
    time.sleep(0.05)
    return number**2


def describe_worker(_):
    import torch

    from real_cloned.core.runtime import is_deterministic

    return str(Path.cwd()), torch.get_num_threads(), os.environ["OMP_NUM_THREADS"], is_deterministic()


def content_of(number, values):
    return os.getpid(), id(values), values[number]


def test_each_task_is_done_once_and_in_the_order_that_is_asked_for(cluster, tmp_path):
    square = Square(tmp_path)
    with use_executor(cluster.executor()):
        assert works_on_cluster()
        assert done(square, count=40) == {number: number**2 for number in range(40)}
        assert list(run_in_order(abs, [-3, 2, -1], n_jobs=1)) == [3, 2, 1]
        assert list(run_each(abs, [])) == []
    assert not works_on_cluster()
    assert all(len(square.attempts(number)) == 1 for number in range(40))
    assert len({square.attempts(number)[0] for number in range(40)}) == 2  # both nodes


@pytest.mark.parametrize("kill", ["kill_worker", "kill_node"])
def test_when_a_process_or_a_node_dies_its_tasks_are_done_elsewhere(cluster, kill):
    results = {}
    with use_executor(cluster.executor()):
        for number, result in run_each(slow_square, range(60)):
            if len(results) == 5:
                getattr(cluster, kill)()
            assert number not in results
            results[number] = result
    assert results == {number: number**2 for number in range(60)}


def test_a_task_that_kills_its_process_each_time_takes_no_other_with_it(cluster, tmp_path):
    square = Square(tmp_path, dies=(4,), dies_once=(7,), raises=(9,))
    with use_executor(cluster.executor(retries=2)):
        results = done(square)
    assert results.pop(4) == Failed("crashed: the process that worked on it died 3 times (memory, or native code)")
    assert results.pop(9).reason == "failed: ValueError (odd bits in it)"
    assert results == {number: number**2 for number in range(12) if number not in (4, 9)}
    assert [len(square.attempts(number)) for number in (4, 7, 9, 10)] == [3, 2, 3, 1]


@pytest.mark.parametrize("error", [RealClonedError("set it"), OSError(28, "the disk is full")])
def test_what_a_user_can_mend_stops_the_run_as_itself(cluster, tmp_path, error):
    square = Square(tmp_path, raises=(3,), error=error)
    with use_executor(cluster.executor()), pytest.raises(type(error)) as caught:
        list(run_each(square, range(12)))
    assert (type(caught.value), caught.value.args) == (type(error), error.args)
    assert len(square.attempts(3)) == 1


def test_a_worker_has_the_folder_the_threads_and_the_determinism_of_the_process_that_sends(
    cluster, tmp_path, monkeypatch
):
    import torch

    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    with use_executor(cluster.executor()), chdir(tmp_path):  # workers find this module where they were connected
        assert {result for _, result in run_each(describe_worker, range(6))} == {(str(tmp_path), 3, "3", False)}
    monkeypatch.delenv("OMP_NUM_THREADS")
    torch.use_deterministic_algorithms(True)
    try:
        with use_executor(cluster.executor()), chdir(tmp_path):  # one core for each task
            assert {result for _, result in run_each(describe_worker, range(6))} == {(str(tmp_path), 1, "1", True)}
    finally:
        torch.use_deterministic_algorithms(False)


def test_what_is_shared_is_sent_to_each_process_once(cluster):
    with use_executor(cluster.executor()):
        values = np.arange(20) ** 2
        told = dict(run_each(partial(content_of, values=share(values)), range(20)))
    assert [told[number][2] for number in range(20)] == values.tolist()
    assert len({result[:2] for result in told.values()}) == len({result[0] for result in told.values()}) == 2
    assert share(values) is values


def test_a_cluster_that_does_not_answer_is_named():
    executor = ExecutorParameters(backend="ray", address="127.0.0.1:1")
    with pytest.raises(RealClonedError, match="address is 127.0.0.1:1.*ray start --head"), use_executor(executor):
        pass


def test_a_gpu_that_no_node_has_is_named(cluster):
    with (
        use_executor(cluster.executor(gpus_per_task=0.5)),
        pytest.raises(RealClonedError, match="gpus_per_task is 0.5, and the cluster has 0 GPUs"),
    ):
        list(run_each(abs, [1]))


def test_one_task_at_a_time_is_one_task_at_a_time(cluster, tmp_path):
    with use_executor(cluster.executor(n_jobs=1)):
        results = dict(run_each(partial(overlaps, folder=tmp_path), range(8)))
    assert not any(others for _, others in results.values())
    assert os.getpid() not in {process for process, _ in results.values()}


def overlaps(number, folder):
    """Return the number of this process, and whether another task is at work while this one is."""
    others = list(folder.iterdir())
    (folder / str(number)).touch()
    time.sleep(0.05)
    (folder / str(number)).unlink()
    return os.getpid(), bool(others)
