"""Datasets on object storage: what is saved there is what is saved on a disk, track by track, also when it is away."""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import torch
from kedro.io import DatasetError
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from real_cloned.artifacts.embeddings import EmbeddingPlan, Embeddings
from real_cloned.artifacts.weights import Weights
from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.audio.store_plan import StorePlan
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write, file_state, local_copy, resolve_path
from real_cloned.covers.profiles import Profiles
from real_cloned.datasets import (
    CSVDataset,
    EmbeddingsDataset,
    FolderDataset,
    MatplotlibDataset,
    OptionalParquetDataset,
    ParquetDataset,
    ProfilesDataset,
    ShardStoreDataset,
    TextDataset,
    WeightsDataset,
)
from real_cloned.incremental.fingerprint import path_state
from real_cloned.incremental.ledger import Ledger, OutputRecord

pytestmark = pytest.mark.slow

TABLE = pd.DataFrame({"track_id": ["a", "b"], "singer_id": ["001", "nan"]})
WEIGHTS = Weights({"bias": torch.arange(3.0)}, {"pretrain": {"seed": 0}})


@dataclass(frozen=True)
class Tone(ClipTask):
    """Writes a second of one number, and fails where it is asked to."""

    track_id: str
    number: int
    fails: bool = False

    @property
    def identity(self):
        return f"tone {self.number}"

    def __call__(self, shard):
        if self.fails:
            raise KeyboardInterrupt
        shard.clip(self.track_id, "vocals").append(np.full((1, 100), self.number, np.int16))


def tones(*numbers, fails=None, n_jobs=1):
    tasks = [Tone(f"t{number}", number, number == fails) for number in numbers]
    return StorePlan(tasks, n_jobs=n_jobs, name="tones")


@pytest.fixture
def folder(object_storage, request):
    return object_storage.folder(request.node.name.replace("[", "/").replace("]", ""))


@pytest.fixture
def save(folder):
    """Save a plan of tones, at the same place if not told, and return the dataset."""

    def run(plan, place=folder / "stems"):
        dataset = ShardStoreDataset(filepath=str(place), sample_rate_hz=100, n_channels=1)
        dataset.take_up("code", by_content=False)
        dataset.save(plan)
        return dataset

    return run


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_store_there_has_the_index_and_the_samples_of_one_here(n_jobs, save, tmp_path):
    there, here = save(tones(1, 2, 3, n_jobs=n_jobs)).load(), save(tones(1, 2, 3), tmp_path).load()
    assert_frame_equal(there.index, here.index)
    assert_array_equal(there.read("t2", "vocals", 0.5, 1.0), here.read("t2", "vocals", 0.5, 1.0))


def test_segments_of_many_tracks_there_are_those_of_a_store_here(save, folder, tmp_path):
    segments = pd.DataFrame({"track_id": ["t3", "t1", "t2", "t3"], "offset_s": [0.0, 0.5, 0.9, 0.2]})
    banks = []
    for place in (folder / "stems", tmp_path):
        store = save(tones(1, 2, 3), place).load()
        banks.append(SegmentBank.from_stores(segments, ["vocals"], store, store, duration_s=0.3))
    there, here = banks
    rows = np.array([3, 0, 2, 2, 1])
    assert torch.equal(there.gather(rows), here.gather(rows)) and there.gather(rows).any()
    assert torch.equal(there.to(torch.device("cpu")).gather(rows), here.gather(rows))
    next(folder.rglob("*.i16")).unlink()
    with pytest.raises(RealClonedError, match="run again"):
        there.gather(rows)


def test_storage_that_is_away_is_no_reason_to_delete_a_store(save, monkeypatch):
    store = save(tones(1)).load()
    monkeypatch.setattr(store.folder.fs, "cat_ranges", lambda *_, **__: [TimeoutError("no answer")])
    with pytest.raises(TimeoutError, match="no answer"):
        store.read("t1", "vocals")


def test_a_store_there_grows_track_by_track_and_gives_space_back(save, folder, caplog):
    caplog.set_level(logging.INFO, "real_cloned")
    save(tones(1, 2, 3))
    save(tones(2, 3, 4))
    assert "tones: 3 new, 0 gone, 0 kept" in caplog.text and "tones: 1 new, 1 gone, 2 kept" in caplog.text
    assert save(tones(2, 3, 4)).reclaim_space() == 200
    assert len(list(folder.rglob("*.i16"))) == 3


def test_work_that_was_broken_off_there_is_taken_up(save, caplog):
    caplog.set_level(logging.INFO, "real_cloned")
    with pytest.raises(KeyboardInterrupt):
        save(tones(1, 2, 3, fails=3))
    assert list(save(tones(1, 2, 3)).load().index["track_id"]) == ["t1", "t2", "t3"]
    assert "tones: 1 new, 0 gone, 2 kept" in caplog.text


def test_a_shard_that_is_gone_from_there_is_written_again(save, folder):
    store = save(tones(1, 2)).load()
    next(folder.rglob("*.i16")).unlink()
    assert_frame_equal(save(tones(1, 2)).load().index, store.index)
    assert len(list(folder.rglob("*.i16"))) == 2


def test_a_store_is_written_to_its_end_though_storage_is_away_for_ten_seconds(object_storage, save, tmp_path):
    back = object_storage.go_away(10)
    there = save(tones(*range(4), n_jobs=2)).load()
    back.join()
    assert_frame_equal(there.index, save(tones(*range(4)), tmp_path).load().index)


PROFILES = {"crema": Profiles(np.ones((1, 12, 5), np.float32), np.array(["W"]), np.array(["P"]))}
KINDS = {
    "tracks.parquet": (ParquetDataset, TABLE),
    "singers.csv": (CSVDataset, TABLE[["singer_id"]]),
    "page.html": (TextDataset, "page"),
    "vocal.safetensors": (WeightsDataset, WEIGHTS),
    "train.h5": (
        ProfilesDataset,
        {"crema": Profiles(np.ones((1, 12, 5), np.float32), np.array(["W"]), np.array(["P"]))},
    ),
    "closed.npy": (EmbeddingsDataset, Embeddings(TABLE.assign(row=[0, 1]), np.eye(2, dtype=np.float32))),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_saved_there_is_loaded_and_replaced(name, folder, tmp_path):
    make, data = KINDS[name]
    options = {"save_args": {"index": False}} if make is CSVDataset else {}
    there, here = (make(filepath=str(place / name), **options) for place in (folder, tmp_path))
    assert not there.exists()
    for _ in range(2):
        there.save(data)
        here.save(data)
        assert there.exists() and repr(there.load()) == repr(here.load())
        assert file_state(folder / name) and (folder / name).read_bytes() == (tmp_path / name).read_bytes()


def test_a_figure_is_saved_there_and_an_optional_table_need_not_be(folder):
    MatplotlibDataset(filepath=str(folder / "figure.png")).save(Figure())
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert OptionalParquetDataset(filepath=str(folder / "none.parquet"), columns=["a"]).load().empty


@pytest.mark.parametrize("make", [ParquetDataset, EmbeddingsDataset])
def test_a_save_that_fails_leaves_what_was_there(make, folder):
    def broken(rows):
        yield np.zeros((1, 2), np.float32)
        raise ValueError("it broke")

    data = {ParquetDataset: TABLE, EmbeddingsDataset: KINDS["closed.npy"][1]}[make]
    bad = {
        ParquetDataset: pd.DataFrame({"a": [object()]}),
        EmbeddingsDataset: EmbeddingPlan(TABLE.assign(row=[0, 1]), 2, broken),
    }[make]
    dataset = make(filepath=str(folder / "file.npy"))
    dataset.save(data)
    before = (folder / "file.npy").read_bytes()
    with pytest.raises(DatasetError):
        dataset.save(bad)
    assert (folder / "file.npy").read_bytes() == before


def test_embeddings_there_are_copied_for_tracks_that_were_there_before(folder):
    computed = []

    def plan(*tracks):
        def embed(rows):
            computed.extend(tracks[row] for row in rows)
            yield np.array([[ord(tracks[row])] for row in rows], np.float32)

        index = pd.DataFrame({"track_id": list(tracks), "stem": "vocals", "offset_s": 0.0, "row": range(len(tracks))})
        return EmbeddingPlan(index, 1, embed, list(tracks), np.ones(len(tracks), np.intp))

    for tracks in ("ab", "bc"):
        dataset = EmbeddingsDataset(filepath=str(folder / "closed.npy"))
        dataset.take_up("code", by_content=False)
        dataset.save(plan(*tracks))
    assert computed == ["a", "b", "c"] and dataset.load().matrix.tolist() == [[98.0], [99.0]]


def test_a_working_folder_there_forgets_what_is_unfinished(folder):
    dataset = FolderDataset(filepath=str(folder), unfinished="*.ckpt")
    for name in ("last.ckpt", "logs/events"):
        (dataset.load() / name).write_text("")
    dataset.discard_partial_work()
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["events"]


def test_the_copy_of_a_file_is_of_its_newest_version_and_an_older_one_can_still_be_read(folder):
    copies = []
    for text in ("first", "other"):
        with atomic_write(folder / "a.txt") as path:
            path.write_text(text)
        copies.append(local_copy(folder / "a.txt"))
        copies[-1] = (copies[-1].open(), copies[-1])
    assert [file.read() for file, _ in copies] == ["first", "other"] and not copies[0][1].exists()
    assert local_copy(folder / "a.txt") == copies[1][1]


def test_the_state_of_a_folder_there_changes_when_a_file_does_and_not_otherwise(folder):
    (folder / "music/a.mp3").write_bytes(b"la")
    state = path_state(str(folder / "music"))
    assert path_state(str(folder / "music")) == state
    (folder / "music/.hidden").write_bytes(b"la")
    assert path_state(str(folder / "music")) == state
    (folder / "music/a.mp3").write_bytes(b"lo")
    assert path_state(str(folder / "music")) != state


def test_a_ledger_there_is_read_by_the_next_run(folder):
    record = OutputRecord({"code": {"a": "1"}}, "state", "content")
    Ledger(folder / "ledger.json").record({"table": record})
    assert Ledger.read(resolve_path(str(folder / "ledger.json"))).get("table") == record
