"""Writing a store: on one process or many, piece by piece, and taken up again after a kill."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from real_cloned.audio import store_plan as module
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.core.errors import RealClonedError

RATE = 100


@dataclass(frozen=True)
class Ramp:
    """Writes two stems side by side in three pieces, notes that it was asked, and fails where `fails` is there."""

    number: int
    log: Path
    fails: Path | None = None
    delay_s: float = 0.0

    def __call__(self, shard):
        with self.log.open("a") as log:
            log.write(f"{self.number}\n")
        vocals, rest = shard.clip(f"t{self.number}", "vocals"), shard.clip(f"t{self.number}", "rest")
        for piece in range(3):
            time.sleep(self.delay_s)
            vocals.append(np.full((1, 10), 100 * self.number + piece, np.int16))
            rest.append(np.full((1, 5), -self.number, np.int16))
            if piece == 1 and self.fails is not None and self.fails.exists():
                raise KeyboardInterrupt
        vocals.metadata["number"] = rest.metadata["number"] = self.number


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(module, "TASKS_PER_SHARD", 3)


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
    assert {path.suffix for path in folder.iterdir()} == {".i16", ".json", ".parquet"}
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


def test_other_recipes_begin_anew(ramps, tmp_path):
    (tmp_path / "fault").touch()
    with pytest.raises(KeyboardInterrupt):
        write_store(tmp_path / "store", ramps(fails=4), RATE, 1)
    write_store(tmp_path / "store", ramps(5), RATE, 1)
    assert holds(tmp_path / "store", 5)
    assert asked(tmp_path) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]


KILLED = """
import os, sys
from pathlib import Path
from real_cloned.audio import store_plan as store_plan
from real_cloned.audio.shard_writer import ClipWriter
from tests.audio.test_store_plan import Ramp
folder, moment = Path(sys.argv[1]), int(sys.argv[2])
store_plan.TASKS_PER_SHARD = 3
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
from tests.audio.test_store_plan import Ramp
folder = Path(sys.argv[1])
ramps = [Ramp(n, folder / "log", delay_s=0.1) for n in range(40)]
store_plan.write_store(folder / "store", store_plan.StorePlan(ramps, n_jobs=2), 100, 1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("count", [40, 8])
def test_processes_that_outlive_a_killed_run_do_not_spoil_the_next(count, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TASKS_PER_SHARD", 16)
    run = subprocess.Popen([sys.executable, "-c", SLOW, str(tmp_path)], cwd=Path(__file__).parents[2])
    while not (tmp_path / "log").exists() or len(asked(tmp_path)) < 4:
        time.sleep(0.05)
    run.kill()
    run.wait()
    write_store(tmp_path / "store", StorePlan([Ramp(n, tmp_path / "log", delay_s=0.1) for n in range(count)]), RATE, 1)
    time.sleep(0.5)
    assert holds(tmp_path / "store", count)


def test_a_journal_cut_in_the_middle_of_a_line_loses_that_track_alone(tmp_path):
    with ShardWriter(tmp_path, 0, 1) as shard:
        for n in range(2):
            Ramp(n, tmp_path / "log")(shard)
            shard.commit()
    journal = tmp_path / "00000.jsonl"
    journal.write_text(journal.read_text()[:-20])
    with ShardWriter(tmp_path, 0, 1) as shard:
        assert [row["track_id"] for row in shard.rows] == ["t0", "t0"]
        assert (tmp_path / "00000.vocals.i16").stat().st_size == 60


@pytest.mark.parametrize("lost", ["half", "all"])
def test_a_clip_whose_samples_the_system_lost_is_done_again_with_all_after_it(tmp_path, lost):
    with ShardWriter(tmp_path, 0, 1) as shard:
        for name in "abc":
            shard.clip(name, "mixture").append(np.full((1, 5), ord(name), np.int16))
            shard.commit()
    file = tmp_path / "00000.mixture.i16"
    file.write_bytes(file.read_bytes()[:12]) if lost == "half" else file.unlink()
    with ShardWriter(tmp_path, 0, 1) as shard:
        assert [row["track_id"] for row in shard.rows] == (["a"] if lost == "half" else [])


def test_facts_are_of_the_same_types_whether_a_run_was_broken_after_them_or_not(tmp_path):
    with ShardWriter(tmp_path, 0, 1) as shard:
        facts = {"activity": np.array([1, 0], np.int8), "level_db": np.float32(-6.1), "reason": None}
        shard.clip("t", "mixture").metadata.update(facts)
        shard.commit()
        unbroken = shard.rows
    with ShardWriter(tmp_path, 0, 1) as shard:
        assert repr(shard.rows) == repr(unbroken)


def test_discarded_samples_leave_a_row_that_says_why(tmp_path):
    with ShardWriter(tmp_path, 0, 2) as shard:
        clip = shard.clip("bad", "mixture")
        clip.append(np.ones((2, 7), np.int16))
        clip.metadata["reason"] = "silent"
        clip.discard()
        shard.clip("good", "vocals").append(np.ones((2, 3), np.int16))
        shard.commit()
        assert [(row["track_id"], row["n_samples"]) for row in shard.rows] == [("bad", 0), ("good", 3)]
    assert (tmp_path / "00000.mixture.i16").stat().st_size == 0
    assert json.loads((tmp_path / "00000.jsonl").read_text())[0]["reason"] == "silent"
