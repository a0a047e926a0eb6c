"""Two runs never work in one folder, and one that died is in nobody's way."""

import os
import shutil
import signal
import subprocess
import sys
from threading import Thread

import pytest
from kedro.framework.cli.utils import KedroCliError
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from real_cloned.core.errors import RealClonedError
from real_cloned.core.run_lock import RunLock

HOLD = """
import sys
from pathlib import Path
from real_cloned.core.run_lock import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def first(tmp_path):
    """Another process that holds the lock of `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_run_is_refused_and_told_who_the_first_is_and_since_when(tmp_path, first):
    with pytest.raises(RealClonedError, match=rf"{tmp_path} \(process {first.pid} on .*, since \d\d:\d\d:\d\d on"):
        RunLock(tmp_path).acquire()


def test_the_lock_of_a_process_that_was_killed_is_taken_over(tmp_path, first):
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert (tmp_path / ".run.json").is_file()
    lock = RunLock(tmp_path)
    lock.acquire()
    lock.release()
    assert not (tmp_path / ".run.json").exists()


def test_a_run_that_ended_is_in_nobodys_way(tmp_path, first):
    first.communicate("")
    RunLock(tmp_path).acquire()


def test_a_first_run_that_has_left_no_note_yet_is_respected_all_the_same(tmp_path, first):
    (tmp_path / ".run.json").write_text("{")
    with pytest.raises(RealClonedError, match="only just begun"):
        RunLock(tmp_path).acquire()


def test_two_runs_of_one_process_do_not_share_a_folder_either(tmp_path):
    lock, said = RunLock(tmp_path), []
    lock.acquire()

    def other():
        with pytest.raises(RealClonedError, match=f"process {os.getpid()} ") as raised:
            RunLock(tmp_path).acquire()
        said.append(raised)

    thread = Thread(target=other)
    thread.start()
    thread.join()
    assert said
    lock.release()


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(RealClonedError, match=rf"{tmp_path} cannot be written to \(Permission denied\).*conf/local"):
        RunLock(tmp_path).acquire()


@pytest.fixture
def session(tmp_path, request):
    """A session of the demo whose data lie in `tmp_path`."""
    root = request.config.rootpath
    shutil.copytree(root / "conf", tmp_path / "conf")
    (tmp_path / "conf/demo/globals.yml").write_text(f"n_channels: 1\ndata: {tmp_path}\n")
    bootstrap_project(root)
    return lambda: KedroSession.create(project_path=root, env="demo", conf_source=str(tmp_path / "conf"))


def test_a_second_kedro_run_stops_before_any_work_and_looking_at_the_catalog_does_not(tmp_path, session, first):
    session().load_context().catalog.get("report")
    with pytest.raises(KedroCliError, match=f"process {first.pid} "):
        session().run(pipeline_names=["ingest"])
    assert {path.name for path in tmp_path.iterdir()} == {"conf", ".run.lock", ".run.json"}


def test_a_run_that_fails_gives_the_lock_back(tmp_path, session):
    with pytest.raises(Exception, match="demo_truth"):
        session().run(node_names=["ingest.demo.describe_demo"])
    assert not (tmp_path / ".run.json").exists()
    RunLock(tmp_path).acquire()
