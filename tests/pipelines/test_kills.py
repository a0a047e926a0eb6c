"""Killed at any moment and started again, a run ends with the files of one that nothing has stopped."""

import json
import logging
import multiprocessing
import os
import random
import re
import signal
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from kedro.framework.startup import bootstrap_project

from tests.pipelines.study import ROOT, TINY, Study

N_KILLS = 50
ALIVE = 5
"""One in so many kills strikes the run alone, whose processes then outlive it for a while; the others strike all."""


class Notes(logging.Handler):
    """Writes down when each node begins: a line with the time and the node's name."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Note the node that the runner has announced: `1 of 269: demo.make_demo`."""
        if record.args and len(record.args) == 4:
            with self.path.open("a") as file:
                file.write(f"{time.monotonic()} {record.args[2]}\n")


def carry_out(study: Study, notes: Path) -> None:
    """Run the study in this process, its console in a file beside the notes."""
    os.setpgid(0, 0)
    bootstrap_project(ROOT)
    logging.getLogger("real_cloned.incremental.runner").addHandler(Notes(notes))
    with notes.with_suffix(".console").open("a") as console, redirect_stdout(console), redirect_stderr(console):
        try:
            study.run("__default__")
            console.write(f"\nended {time.monotonic()}")
        except Exception:  # noqa: BLE001 (the test shows it)
            traceback.print_exc()
    os.killpg(0, signal.SIGKILL)  # a child of multiprocessing would wait for its workers, which take minutes to go


class Run:
    """A run of the study in a process of its own."""

    def __init__(self, study: Study, notes: Path, method: str):
        self.notes = notes
        notes.unlink(missing_ok=True)
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(["tests.pipelines.test_kills", "real_cloned.pipeline_registry", "lightning"])
        self.process = context.Process(target=carry_out, args=(study, notes))
        self.process.start()

    def begun(self) -> list[tuple[float, str]]:
        """Return when each node began, of those that did."""
        text = self.notes.read_text() if self.notes.exists() else ""
        lines = [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [(float(moment), name) for moment, name in lines]

    def to_its_end(self) -> float:
        """Return when it ended."""
        self.process.join()
        console = self.notes.with_suffix(".console").read_text()
        ended = re.search(r"^ended ([\d.]+)\Z", console, re.MULTILINE)
        assert ended, console[-3000:]
        return float(ended[1])

    def kill(self, node: str, order: list[str], delay_s: float, alone: bool) -> bool:
        """Kill it so long after it has begun `node`, or one after it; False where it ended before that."""
        due = set(order[order.index(node) :])
        while self.process.is_alive() and not any(name in due for _, name in self.begun()):
            time.sleep(0.02)
        self.process.join(delay_s)
        if not self.process.is_alive():
            assert self.process.exitcode == -signal.SIGKILL, self.notes.with_suffix(".console").read_text()[-3000:]
            return False
        (os.kill if alone else os.killpg)(self.process.pid, signal.SIGKILL)
        self.process.join()
        return True


def moments(begun: list[tuple[float, str]], end: float) -> list[tuple[str, float]]:
    """Return random moments of a run as the node that it was at, and for how many seconds."""
    rng, starts = random.Random(0), [start for start, _ in begun]
    times = sorted(rng.uniform(starts[0], end) for _ in range(N_KILLS))
    nodes = [max(number for number, start in enumerate(starts) if start <= moment) for moment in times]
    return [(begun[number][1], moment - starts[number]) for number, moment in zip(nodes, times, strict=True)]


@pytest.mark.slow
def test_a_run_that_is_killed_fifty_times_leaves_what_an_unbroken_one_leaves(new_study, tmp_path):
    study = new_study("demo", TINY)
    whole = Run(study, tmp_path / "whole", "spawn")
    end = whole.to_its_end()
    order = [name for _, name in whole.begun()]
    expected = study.contents()
    study.data.rename(study.data.with_name("unbroken"))
    n_killed = 0
    for number, (node, delay_s) in enumerate(moments(whole.begun(), end)):
        run = Run(study, tmp_path / "killed", "forkserver")
        n_killed += run.kill(node, order, delay_s, alone=number % ALIVE == 0)
    Run(study, tmp_path / "last", "forkserver").to_its_end()
    found = study.contents()
    assert n_killed > N_KILLS // 2, "too fast to be killed: nothing was tried"
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert json.loads((study.data / "ledger.json").read_text())["started"] == {}
