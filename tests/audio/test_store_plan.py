"""Writing a store: on one process or many, piece by piece, and taken up again after a kill."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from real_cloned.audio import store_plan, task_journal
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan, TakeUp, WriteClip, forget_tasks, reclaim_space, write_store
from real_cloned.audio.task_journal import TaskJournal
from real_cloned.core import line_log
from real_cloned.core.errors import RealClonedError
from real_cloned.core.executor import use_executor
from real_cloned.parameters.session import ExecutorParameters
from tests.store_tasks import Faulty, Ramp, ReadFile

RATE = 100
SAMPLES = np.arange(4, dtype=np.int16)[None]


@pytest.fixture
def ramps(tmp_path):
    """Make a plan of ramps, of which number `fails` fails as long as the file `fault` is there."""

    def make(count=8, fails=None, n_jobs=1):
        log = tmp_path / "log"
        tasks = [Ramp(n, log, tmp_path / "fault" if n == fails else None) for n in range(count)]
        return StorePlan(tasks, n_jobs=n_jobs)

    return make


def asked(tmp_path):
    return [int(line) for line in (tmp_path / "log").read_text().split()]


def holds(folder, count):
    store = ShardStore(folder)
    assert store.index["track_id"].tolist() == [f"t{n}" for n in range(count) for _ in range(2)]
    assert store.index["number"].tolist() == [n for n in range(count) for _ in range(2)]
    for n in range(count):
        assert store.read(f"t{n}", "vocals")[0].tolist() == [100 * n + piece for piece in range(3) for _ in range(10)]
        assert store.read(f"t{n}", "rest")[0].tolist() == [-n] * 15
    assert {path.name for path in folder.iterdir()} == {"index.parquet", "store.json", "shards", ".journal.jsonl"}
    return True


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_stems_written_side_by_side_in_pieces_are_read_back_in_the_order_of_the_recipes(n_jobs, ramps, tmp_path):
    write_store(tmp_path / "store", ramps(n_jobs=n_jobs), RATE, 1)
    assert holds(tmp_path / "store", 8)
    assert sorted(asked(tmp_path)) == list(range(8))


def test_an_attempt_that_failed_is_taken_up_at_the_track_that_failed(ramps, tmp_path):
    (tmp_path / "fault").touch()
    with pytest.raises(KeyboardInterrupt):
        write_store(tmp_path / "store", ramps(fails=4), RATE, 1)
    with pytest.raises(RealClonedError, match="no complete shard store"):
        ShardStore(tmp_path / "store")
    (tmp_path / "fault").unlink()
    write_store(tmp_path / "store", ramps(fails=4), RATE, 1)
    assert holds(tmp_path / "store", 8)
    assert asked(tmp_path) == [0, 1, 2, 3, 4, 4, 5, 6, 7]


def test_other_tasks_take_up_those_of_an_attempt_that_failed_which_are_the_same(ramps, tmp_path):
    (tmp_path / "fault").touch()
    with pytest.raises(KeyboardInterrupt):
        write_store(tmp_path / "store", ramps(fails=4), RATE, 1)
    write_store(tmp_path / "store", ramps(5), RATE, 1)
    assert holds(tmp_path / "store", 5)
    assert asked(tmp_path) == [0, 1, 2, 3, 4, 4]


@pytest.fixture
def faulty(tmp_path):
    """Write a store of files with these numbers, and return its index by track, and the tracks that were asked."""

    def write(numbers, n_jobs, retries=1):
        for name, number in numbers.items():
            (tmp_path / name).write_text(str(number))
        (tmp_path / "log").unlink(missing_ok=True)
        tasks = [Faulty(name, tmp_path / name, tmp_path / "log") for name in numbers]
        with use_executor(ExecutorParameters(retries=retries)):
            write_store(tmp_path / "store", StorePlan(tasks, n_jobs=n_jobs), RATE, 1)
        log = tmp_path / "log"
        return ShardStore(tmp_path / "store").index.set_index(
            "track_id"
        ), log.read_text().split() if log.exists() else []

    return write


@pytest.mark.parametrize(("number", "n_jobs"), [(13, 1), (13, 2), (666, 2)])
def test_a_track_that_fails_each_time_is_a_row_with_its_reason_and_not_tried_again_until_it_changes(
    faulty, tmp_path, number, n_jobs
):
    numbers = {"a": 1, "b": number, "c": 3, "d": 4}
    index, log = faulty(numbers, n_jobs)
    assert index.loc["b", ["stem", "n_samples", "sample_rate_hz"]].tolist() == ["mixture", 0, 0]
    assert index.loc["b", "reason"].startswith({13: "failed: ZeroDivisionError (bad luck)", 666: "crashed: "}[number])
    assert index.loc[["a", "c", "d"], "n_samples"].tolist() == [1, 1, 1]
    assert index.index.tolist() == list(numbers)
    assert log.count("b") == 2
    assert not list((tmp_path / "store").glob(".unfinished"))
    assert faulty(numbers, n_jobs)[1] == []  # it is remembered
    forget_tasks(tmp_path / "store")
    assert faulty(numbers, n_jobs)[1].count("b") == 2  # as by force
    index, log = faulty(numbers | {"b": 2}, n_jobs)
    assert log == ["b"]
    assert index.loc["b", "n_samples"] == 1


def test_what_no_row_is_kept_of_stops_the_run_when_it_fails(tmp_path):
    (tmp_path / "a").write_text("no number")
    with pytest.raises(ValueError, match="invalid literal"):
        write_store(tmp_path / "store", StorePlan([ReadFile("a", tmp_path / "a", tmp_path / "log")]), RATE, 1)


KILLED = """
import os, sys
from pathlib import Path
from real_cloned.audio import store_plan as store_plan
from real_cloned.audio.shard_writer import ClipWriter
from tests.store_tasks import Ramp
folder, moment = Path(sys.argv[1]), int(sys.argv[2])
append, calls = ClipWriter.append, []
def killing(self, samples):
    append(self, samples)
    self._file.flush()
    calls.append(1)
    if len(calls) == moment:
        os.kill(os.getpid(), 9)
ClipWriter.append = killing
store_plan.write_store(folder / "store", store_plan.StorePlan([Ramp(n, folder / "log") for n in range(8)]), 100, 1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", [1, 8, 17, 20, 48])
def test_a_killed_process_leaves_what_it_had_done_and_nothing_half(moment, tmp_path, ramps):
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(moment)]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode == -9
    done = (moment - 1) // 6
    before = asked(tmp_path)
    write_store(tmp_path / "store", ramps(), RATE, 1)
    assert holds(tmp_path / "store", 8)
    assert asked(tmp_path)[len(before) :] == list(range(done, 8))


SLOW = """
import sys
from pathlib import Path
from real_cloned.audio import store_plan as store_plan
from tests.store_tasks import Ramp
folder = Path(sys.argv[1])
ramps = [Ramp(n, folder / "log", delay_s=0.1) for n in range(40)]
store_plan.write_store(folder / "store", store_plan.StorePlan(ramps, n_jobs=2), 100, 1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("count", [40, 8])
def test_processes_that_outlive_a_killed_run_do_not_spoil_the_next(count, tmp_path):
    run = subprocess.Popen([sys.executable, "-c", SLOW, str(tmp_path)], cwd=Path(__file__).parents[2])
    while not (tmp_path / "log").exists() or len(asked(tmp_path)) < 4:
        time.sleep(0.05)
    run.kill()
    run.wait()
    write_store(tmp_path / "store", StorePlan([Ramp(n, tmp_path / "log", delay_s=0.1) for n in range(count)]), RATE, 1)
    time.sleep(0.5)
    assert holds(tmp_path / "store", count)


def test_a_journal_cut_in_the_middle_of_a_line_loses_that_track_alone(ramps, tmp_path):
    (tmp_path / "fault").touch()
    with pytest.raises(KeyboardInterrupt):
        write_store(tmp_path / "store", ramps(fails=2), RATE, 1)
    journal = tmp_path / "store" / ".journal.jsonl"
    journal.write_text(journal.read_text()[:-20])
    with pytest.raises(KeyboardInterrupt):
        write_store(tmp_path / "store", ramps(fails=2), RATE, 1)
    (tmp_path / "fault").unlink()
    write_store(tmp_path / "store", ramps(), RATE, 1)
    assert holds(tmp_path / "store", 8)
    assert asked(tmp_path) == [0, 1, 2, 1, 2, 2, 3, 4, 5, 6, 7]


DAMAGES = {
    "half": lambda path: path.write_bytes(path.read_bytes()[:12]),
    "gone": lambda path: path.unlink(),
    "other samples": lambda path: path.write_bytes(b"x" * path.stat().st_size),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_clip_that_is_not_as_it_was_written_is_made_again_and_no_other(ramps, damage, tmp_path):
    write_store(tmp_path / "store", ramps(), RATE, 1)
    content = ShardStore(tmp_path / "store").content_hash("t3", "vocals")
    DAMAGES[damage](next((tmp_path / "store").rglob(f"{content}.i16")))
    write_store(tmp_path / "store", ramps(), RATE, 1)
    assert holds(tmp_path / "store", 8)
    assert asked(tmp_path) == [*range(8), 3]


def test_a_copy_of_a_store_whose_files_have_other_times_is_taken_up(ramps, tmp_path):
    write_store(tmp_path / "first", ramps(), RATE, 1)
    shutil.copytree(tmp_path / "first", tmp_path / "store", copy_function=shutil.copyfile)
    write_store(tmp_path / "store", ramps(), RATE, 1)
    assert holds(tmp_path / "store", 8)
    assert asked(tmp_path) == [*range(8)]


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_a_store_to_which_tracks_were_added_and_of_which_some_are_gone_is_as_one_from_nothing(ramps, tmp_path, caplog):
    caplog.set_level("INFO")
    for count in (5, 8, 7):
        write_store(tmp_path / "store", replace(ramps(count), name="closed"), RATE, 1)
    assert asked(tmp_path) == list(range(8))
    assert caplog.messages == [
        "closed: 5 new, 0 gone, 0 kept",
        "closed: 3 new, 0 gone, 5 kept",
        "closed: 0 new, 1 gone, 7 kept",
    ]
    write_store(tmp_path / "whole", ramps(7), RATE, 1)
    assert contents(tmp_path / "store").items() > contents(tmp_path / "whole").items()
    assert reclaim_space(tmp_path / "store") == 2 * (30 + 15)
    assert contents(tmp_path / "store") == contents(tmp_path / "whole")


def test_what_is_gone_is_taken_up_when_it_comes_back_unless_its_space_was_given_back(ramps, tmp_path):
    for count in (8, 7, 8):
        write_store(tmp_path / "store", ramps(count), RATE, 1)
    assert asked(tmp_path) == list(range(8))
    write_store(tmp_path / "store", ramps(7), RATE, 1)
    reclaim_space(tmp_path / "store")
    write_store(tmp_path / "store", ramps(8), RATE, 1)
    assert holds(tmp_path / "store", 8)
    assert asked(tmp_path) == [*range(8), 7]


def test_space_is_given_back_of_complete_stores_alone(ramps, tmp_path):
    (tmp_path / "fault").touch()
    with pytest.raises(KeyboardInterrupt):
        write_store(tmp_path / "store", ramps(fails=4), RATE, 1)
    assert reclaim_space(tmp_path / "store") == 0
    (tmp_path / "fault").unlink()
    write_store(tmp_path / "store", ramps(), RATE, 1)
    assert asked(tmp_path) == [0, 1, 2, 3, 4, 4, 5, 6, 7]


def test_what_other_code_made_is_made_again_and_so_is_what_was_forgotten(ramps, tmp_path):
    for made_from in ("first", "first", "second"):
        write_store(tmp_path / "store", ramps(2), RATE, 1, TakeUp(made_from))
    assert asked(tmp_path) == [0, 1, 0, 1]
    forget_tasks(tmp_path / "store")
    write_store(tmp_path / "store", ramps(2), RATE, 1, TakeUp("second"))
    assert asked(tmp_path) == [0, 1] * 3


@pytest.fixture
def read(tmp_path):
    """Write a store of the numbers in files; return what was read, and what the store holds."""

    def run(files, **take_up):
        log = tmp_path / "log"
        log.write_text("")
        plan = StorePlan([ReadFile(name, tmp_path / file, log) for name, file in files.items()])
        write_store(tmp_path / "store", plan, RATE, 1, TakeUp(**take_up))
        store = ShardStore(tmp_path / "store")
        return log.read_text().split(), {
            name: store.read(name, "mixture")[0].tolist() for name in files if (name, "mixture") in store
        }

    (tmp_path / "a").write_text("1 2 3")
    (tmp_path / "b").write_text("4 5 6")
    return run


def test_a_file_that_was_renamed_or_touched_is_not_read_by_its_task_again(read, tmp_path):
    assert read({"a": "a", "b": "b"}) == (["a", "b"], {"a": [1, 2, 3], "b": [4, 5, 6]})
    (tmp_path / "b").rename(tmp_path / "c")
    os.utime(tmp_path / "a", (1, 1))
    assert read({"a": "a", "other": "c"}) == ([], {"a": [1, 2, 3], "other": [4, 5, 6]})


def test_a_file_with_other_content_is_read_and_so_is_one_that_took_the_name_of_another(read, tmp_path):
    read({"a": "a", "b": "b"})
    (tmp_path / "a").write_text("7 8")
    assert read({"a": "a", "b": "b"}) == (["a"], {"a": [7, 8], "b": [4, 5, 6]})
    (tmp_path / "b").replace(tmp_path / "a")
    assert read({"a": "a"}) == ([], {"a": [4, 5, 6]})


def test_content_that_changed_behind_the_same_size_and_time_is_found_where_it_is_asked_for(read, tmp_path):
    read({"a": "a"})
    state = (tmp_path / "a").stat()
    (tmp_path / "a").write_text("9 9 9")
    os.utime(tmp_path / "a", ns=(state.st_atime_ns, state.st_mtime_ns))
    assert read({"a": "a"}) == ([], {"a": [1, 2, 3]})
    assert read({"a": "a"}, by_content=True) == (["a"], {"a": [9, 9, 9]})


def test_a_file_that_cannot_be_read_is_tried_in_each_run_and_comes_back(read, tmp_path):
    read({"a": "a", "b": "b"})
    (tmp_path / "a").rename(tmp_path / "away")
    assert read({"a": "a", "b": "b"}) == (["a"], {"b": [4, 5, 6]})
    assert read({"a": "a", "b": "b"}) == (["a"], {"b": [4, 5, 6]})
    (tmp_path / "away").rename(tmp_path / "a")
    assert read({"a": "a", "b": "b"}) == ([], {"a": [1, 2, 3], "b": [4, 5, 6]})


def test_a_task_whose_file_beside_the_store_is_gone_is_done_again(tmp_path):
    log, written = tmp_path / "log", tmp_path / "written"
    (tmp_path / "a").write_text("1")
    for _ in range(2):
        write_store(tmp_path / "store", StorePlan([ReadFile("a", tmp_path / "a", log, written)]), RATE, 1)
    written.unlink()
    write_store(tmp_path / "store", StorePlan([ReadFile("a", tmp_path / "a", log, written)]), RATE, 1)
    assert log.read_text().split() == ["a", "a"] and written.exists()


def test_two_files_with_the_same_content_are_worked_on_once(read, tmp_path):
    (tmp_path / "b").write_text("1 2 3")
    assert read({"a": "a", "b": "b"}) == (["a"], {"a": [1, 2, 3], "b": [1, 2, 3]})


def test_metadata_are_of_the_same_types_whether_a_run_was_broken_after_them_or_not(tmp_path):
    metadata = {"activity": np.array([1, 0], np.int8), "level_db": np.float32(-6.1), "reason": None}
    with ShardWriter(tmp_path, 1) as shard:
        shard.clip("t", "mixture").metadata.update(metadata)
        (row,) = shard.commit()
    assert row["activity"] == [1, 0] and type(row["level_db"]) is float and row["reason"] is None


def test_discarded_samples_leave_a_row_that_says_why_and_no_file(tmp_path):
    with ShardWriter(tmp_path, 2) as shard:
        clip = shard.clip("bad", "mixture")
        clip.append(np.ones((2, 7), np.int16))
        clip.metadata["reason"] = "silent"
        clip.discard()
        rows = shard.commit()
    assert [(row["track_id"], row["n_samples"], row["reason"]) for row in rows] == [("bad", 0, "silent")]
    assert not list(tmp_path.rglob("*.i16"))


def test_an_index_that_is_made_some_rows_at_a_time_is_the_table_of_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(store_plan, "ROWS_AT_ONCE", 2)
    metadata = [
        {"reason": None, "level_db": None, "is_opposite": False, "rate": 44100},
        {"reason": None, "level_db": None, "is_opposite": True, "rate": 44100, "late": 1},
        {"reason": None, "level_db": 1.5, "is_opposite": False, "rate": 8000, "activity": [1, 0]},
        {"reason": "silent", "level_db": -2.0, "is_opposite": False, "rate": 8000},
        {"reason": None, "level_db": None, "is_opposite": False, "rate": 8000},
    ]
    ramp = np.arange(4, dtype=np.int16)[None]
    tasks = [WriteClip(f"t{number}", "mixture", ramp + number, one) for number, one in enumerate(metadata)]
    write_store(tmp_path / "store", StorePlan(tasks), RATE, 1)
    read = pd.read_parquet(tmp_path / "store" / "index.parquet")
    rows = [{"track_id": f"t{number}", "stem": "mixture", "n_samples": 4} for number in range(len(metadata))]
    hashes = [hashlib.sha256((ramp + number).tobytes()).hexdigest() for number in range(len(metadata))]
    rows = [row | {"content_sha256": content} | one for row, content, one in zip(rows, hashes, metadata, strict=True)]
    pd.DataFrame(rows).to_parquet(tmp_path / "whole.parquet")
    assert (tmp_path / "whole.parquet").read_bytes() == (tmp_path / "store" / "index.parquet").read_bytes()
    assert list(read) == list(pd.DataFrame(rows))


def test_a_store_of_which_all_is_known_is_planned_without_holding_what_the_journal_says(ramps, tmp_path, monkeypatch):
    plan = StorePlan([WriteClip(f"t{number}", "mixture", SAMPLES, {"note": f"note {number}"}) for number in range(400)])
    write_store(tmp_path / "store", plan, RATE, 1)
    alive, most, parse = [0], [0], line_log._parse

    class Line(dict):
        def __init__(self, line):
            super().__init__(line)
            alive[0] += 1
            most[0] = max(most[0], alive[0])

        def __del__(self):
            alive[0] -= 1

    monkeypatch.setattr(line_log, "LINES_AT_ONCE", 10)
    monkeypatch.setattr(task_journal, "TASKS_AT_ONCE", 10)
    monkeypatch.setattr(line_log, "_parse", lambda texts: (line and Line(line) for line in list(parse(texts))))
    write_store(tmp_path / "store", plan, RATE, 1)
    assert 0 < most[0] < 60


class CountedKey(str):
    """A key that counts how often one like it is looked up."""

    n_looked_up = 0

    def __hash__(self):
        CountedKey.n_looked_up += 1
        return super().__hash__()


def test_planning_looks_each_task_up_a_few_times_however_many_there_are(tmp_path, ramps, monkeypatch):
    of_tasks = {}
    for count in (100, 200):
        keys = [CountedKey(number) for number in range(count)]
        monkeypatch.setattr(TaskJournal, "task_keys", lambda self, *arguments, keys=keys: keys)
        CountedKey.n_looked_up = 0
        write_store(tmp_path / str(count), ramps(count), RATE, 1)
        of_tasks[count] = CountedKey.n_looked_up
    assert of_tasks[200] <= 2.1 * of_tasks[100]
