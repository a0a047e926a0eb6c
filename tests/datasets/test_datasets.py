"""Stores, weights and embeddings: what is saved is loaded, and nothing half-written or damaged is."""

import hashlib
import tracemalloc
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from kedro.io import DatasetError

from real_cloned.artifacts.embeddings import EmbeddingPlan, Embeddings
from real_cloned.artifacts.weights import Weights
from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.store_plan import StorePlan, WriteClip
from real_cloned.core.errors import RealClonedError
from real_cloned.datasets import EmbeddingsDataset, FolderDataset, ShardStoreDataset, WeightsDataset


@dataclass(frozen=True)
class Case:
    """A dataset, two things to save in it, a plain form of what is loaded, and the files that it writes."""

    dataset: object
    first: object
    second: object
    plain: object
    files: list


@pytest.fixture
def store(tmp_path):
    def clips(seed):
        rng = np.random.default_rng(seed)
        samples = rng.integers(-32768, 32767, (2, 50), np.int16)
        return StorePlan([WriteClip(f"t{k}", "vocals", samples + k, {"seed": seed}) for k in range(3)])

    def plain(loaded):
        return [
            (row.track_id, row.seed, loaded.read(row.track_id, row.stem).tolist()) for row in loaded.index.itertuples()
        ]

    dataset = ShardStoreDataset(filepath=str(tmp_path / "deep/stems"), sample_rate_hz=100, n_channels=2)
    return Case(
        dataset,
        clips(0),
        clips(1),
        plain,
        [dataset.filepath / name for name in ("index.parquet", "store.json")],
    )


@pytest.fixture
def weights(tmp_path):
    def made(seed):
        generator = torch.Generator().manual_seed(seed)
        tensors = {"a.weight": torch.randn(3, 4, generator=generator), "b": torch.tensor(seed)}
        return Weights(tensors, {"pretrain": {"seed": seed, "train_stems": ["vocals"]}})

    def plain(loaded):
        return {name: tensor.tolist() for name, tensor in loaded.tensors.items()}, loaded.config

    dataset = WeightsDataset(filepath=str(tmp_path / "deep/vocal.safetensors"))
    return Case(dataset, made(0), made(1), plain, [dataset.filepath])


@pytest.fixture
def embeddings(tmp_path):
    def made(seed):
        matrix = np.random.default_rng(seed).normal(size=(4, 3)).astype(np.float32)
        rows = {"track_id": list("aabc"), "stem": "vocals", "offset_s": [0.0, 6.0, 0.0, float(seed)], "row": range(4)}
        return Embeddings(pd.DataFrame(rows), matrix)

    def plain(loaded):
        return loaded.index.to_dict("list"), loaded.matrix.tolist()

    dataset = EmbeddingsDataset(filepath=str(tmp_path / "deep/closed.npy"))
    return Case(dataset, made(0), made(1), plain, [dataset.filepath, dataset.filepath.with_suffix(".parquet")])


@pytest.fixture(params=["store", "weights", "embeddings"])
def case(request):
    return request.getfixturevalue(request.param)


def loaded(case):
    return case.plain(case.dataset.load())


def expected(case, thing):
    """The plain form of what was saved."""
    if isinstance(thing, StorePlan):
        return [(clip.track_id, clip.metadata["seed"], clip.samples.tolist()) for clip in thing.tasks]
    return case.plain(thing)


def test_what_is_saved_is_loaded(case):
    assert not case.dataset.exists()
    case.dataset.save(case.first)
    assert case.dataset.exists()
    assert loaded(case) == expected(case, case.first)


def test_saving_again_replaces_what_was_there(case, tmp_path):
    case.dataset.save(case.first)
    case.dataset.save(case.second)
    assert loaded(case) == expected(case, case.second)
    assert not list(tmp_path.rglob("*.partial"))


def test_a_file_cut_short_or_replaced_is_an_error_that_names_it(case):
    for number in range(len(case.files)):
        for damage in (
            lambda content: content[: len(content) // 2],
            lambda content: b"",
            lambda content: b"no such format",
        ):
            case.dataset.save(case.first)
            content = case.files[number].read_bytes()
            case.files[number].write_bytes(damage(content))
            with pytest.raises(DatasetError) as raised:
                loaded(case)
            assert isinstance(raised.value.__cause__, RealClonedError)
            assert str(case.dataset.filepath) in str(raised.value.__cause__)


def test_a_dataset_that_lacks_a_file_does_not_exist(case):
    case.dataset.save(case.first)
    case.files[-1].unlink()
    assert not case.dataset.exists()


def test_embeddings_that_are_not_there_are_named(embeddings):
    embeddings.dataset.save(embeddings.first)
    embeddings.dataset.filepath.with_suffix(".parquet").unlink()
    with pytest.raises(DatasetError) as raised:
        embeddings.dataset.load()
    assert "or its index is not there: run the stage that makes it again" in str(raised.value.__cause__)


class Broken(ClipTask):
    track_id = "broken"

    def __call__(self, shard):
        raise RuntimeError("killed")


broken = Broken()


def test_a_store_whose_clips_end_in_an_error_is_not_there(store):
    with pytest.raises(DatasetError):
        store.dataset.save(StorePlan([store.second.tasks[0], broken]))
    assert not store.dataset.exists()


def test_a_store_stays_as_it_was_when_the_next_one_fails(store):
    store.dataset.save(store.first)
    with pytest.raises(DatasetError):
        store.dataset.save(StorePlan([store.second.tasks[0], broken]))
    assert loaded(store) == expected(store, store.first)
    store.dataset.save(store.second)
    assert loaded(store) == expected(store, store.second)


def test_weights_that_were_half_written_are_not_there_and_older_ones_stay(weights, monkeypatch):
    def half(tensors, path, metadata):
        Path(path).write_bytes(b"half")
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("real_cloned.artifacts.weights.save_file", half)
        with pytest.raises(DatasetError):
            weights.dataset.save(weights.first)
    assert not weights.dataset.exists()
    weights.dataset.save(weights.first)
    with monkeypatch.context() as patched:
        patched.setattr("real_cloned.artifacts.weights.save_file", half)
        with pytest.raises(DatasetError):
            weights.dataset.save(weights.second)
    assert loaded(weights) == expected(weights, weights.first)


def test_embeddings_without_their_own_index_are_not_there(embeddings, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    embeddings.dataset.save(embeddings.first)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(DatasetError):
        embeddings.dataset.save(embeddings.second)
    assert not embeddings.dataset.exists()


def test_an_index_of_another_length_than_the_matrix_is_an_error(embeddings):
    embeddings.dataset.save(embeddings.first)
    np.save(embeddings.dataset.filepath, embeddings.first.matrix[:2])
    with pytest.raises(DatasetError) as raised:
        embeddings.dataset.load()
    assert isinstance(raised.value.__cause__, RealClonedError)
    assert "holds 2 embeddings, its index 4" in str(raised.value.__cause__)


def test_a_corpus_without_segments_has_embeddings_of_no_rows(embeddings):
    nothing = Embeddings(embeddings.first.index[:0], np.zeros((0, 3), np.float32))
    embeddings.dataset.save(nothing)
    assert embeddings.dataset.load().matrix.shape == (0, 3)
    assert embeddings.dataset.load().index.empty


def plan(embeddings, batches):
    return EmbeddingPlan(embeddings.first.index, 3, lambda rows: iter(batches))


def test_planned_embeddings_leave_the_files_of_computed_ones(embeddings, tmp_path):
    index, matrix = embeddings.first.index, embeddings.first.matrix
    embeddings.dataset.save(plan(embeddings, [matrix[:3], matrix[3:]]))
    np.save(tmp_path / "whole.npy", matrix)
    index.to_parquet(tmp_path / "whole.parquet")
    whole = [(tmp_path / f"whole.{suffix}").read_bytes() for suffix in ("npy", "parquet")]
    assert [file.read_bytes() for file in embeddings.files] == whole
    assert np.array_equal(plan(embeddings, [matrix[:3], matrix[3:]]).compute().matrix, matrix)


def test_planned_embeddings_are_never_all_in_memory(tmp_path):
    index = pd.DataFrame({"track_id": "t", "stem": "mixture", "offset_s": 0.0, "row": range(20_000)})
    dataset = EmbeddingsDataset(filepath=str(tmp_path / "large.npy"))
    tracemalloc.start()
    dataset.save(EmbeddingPlan(index, 512, lambda rows: (np.full((100, 512), n, np.float32) for n in range(200))))
    loaded = dataset.load()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert loaded.matrix[::100, 0].tolist() == list(range(200))
    assert peak < loaded.matrix.nbytes / 8


def test_a_matrix_that_is_not_computed_to_its_end_leaves_the_one_before(embeddings, tmp_path):
    def broken(rows):
        yield embeddings.second.matrix[:2]
        raise OSError("unplugged")

    embeddings.dataset.save(embeddings.first)
    with pytest.raises(DatasetError):
        embeddings.dataset.save(EmbeddingPlan(embeddings.second.index, 3, broken))
    with pytest.raises(DatasetError, match="2 embeddings were computed, and their index has 4 rows"):
        embeddings.dataset.save(plan(embeddings, [embeddings.second.matrix[:2]]))
    with pytest.raises(DatasetError, match="8 embeddings were computed, and their index has 4 rows"):
        embeddings.dataset.save(plan(embeddings, [embeddings.second.matrix[:4]] * 2))
    assert loaded(embeddings) == expected(embeddings, embeddings.first)
    assert not list(tmp_path.rglob("*.partial"))


@pytest.fixture
def growing(tmp_path):
    """Save embeddings of parts of two rows each, by name; return the rows that were computed, and what was saved."""
    dataset = EmbeddingsDataset(filepath=str(tmp_path / "vocal/closed/embeddings.npy"))

    def save(names, made_from="code", dataset=dataset):
        index = pd.DataFrame(
            {"track_id": [name for name in names for _ in range(2)], "offset_s": [0.0, 6.0] * len(names)}
        )
        matrix = np.array([[ord(name), n] for name in names for n in range(2)], np.float32).reshape(-1, 2)
        computed = []

        def embed(rows):
            computed.extend(rows.tolist())
            return (matrix[rows[start : start + 3]] for start in range(0, len(rows), 3))

        if made_from is not None:
            dataset.take_up(made_from, by_content=False)
        parts, sizes = [f"part {name}" for name in names], np.full(len(names), 2, np.intp)
        plan = EmbeddingPlan(index.assign(row=range(len(index))), 2, embed, parts, sizes)
        dataset.save(plan)
        assert np.array_equal(dataset.load().matrix, matrix)
        return computed

    save.dataset = dataset
    return save


def test_embeddings_of_what_is_new_are_computed_and_the_others_copied_wherever_they_come(growing, caplog):
    caplog.set_level("INFO")
    assert growing("abc") == list(range(6))
    assert growing("xbac") == [0, 1]
    assert growing("cb") == []
    assert growing("") == []
    assert growing("cb") == [0, 1, 2, 3]
    said = [message.removeprefix("vocal/closed/embeddings: ") for message in caplog.messages]
    assert said[:3] == ["3 new, 0 gone, 0 kept", "1 new, 0 gone, 3 kept", "0 new, 2 gone, 2 kept"]


def test_embeddings_are_computed_again_by_other_code_after_they_were_forgotten_and_where_nobody_says_what_made_them(
    growing,
):
    assert growing("ab") and not growing("ab")
    assert growing("ab", made_from="other code") == [0, 1, 2, 3]
    growing.dataset.discard_partial_work()
    assert growing("ab", made_from="other code") == [0, 1, 2, 3]
    assert growing("ab", made_from=None) == growing("ab") == [0, 1, 2, 3]


def test_rows_that_are_not_as_they_were_written_are_computed_again_and_no_others(growing):
    growing("abc")
    matrix = np.load(growing.dataset.filepath)
    matrix[3] += 1
    np.save(growing.dataset.filepath, matrix)
    assert growing("abc") == [2, 3]
    growing.dataset.filepath.write_bytes(growing.dataset.filepath.read_bytes()[:-1])
    assert growing("abc") == list(range(6))


def test_embeddings_that_grew_leave_the_files_of_those_from_nothing(growing, tmp_path):
    growing("ac")
    growing("abcd")
    whole = EmbeddingsDataset(filepath=str(tmp_path / "whole.npy"))
    growing("abcd", dataset=whole)
    assert [file.read_bytes() for file in growing.dataset.files] == [file.read_bytes() for file in whole.files]


@pytest.fixture
def half_failed(tmp_path):
    """A dataset, and a plan of three parts, of whose second the embeddings failed; it notes what it computes."""
    index = pd.DataFrame({"track_id": list("aabbc"), "stem": "vocals", "offset_s": [0.0, 6.0, 0.0, 6.0, 0.0]})
    matrix = np.array([[1, 2], [3, 4], [np.nan, np.nan], [5, np.inf], [6, 7]], np.float32)
    computed = []

    def embed(rows):
        computed.extend(rows.tolist())
        return iter([matrix[rows]])

    plan = EmbeddingPlan(index.assign(row=range(5)), 2, embed, list("123"), np.array([2, 2, 1], np.intp))
    dataset = EmbeddingsDataset(filepath=str(tmp_path / "embeddings.npy"))
    dataset.take_up("code", by_content=False)
    dataset.save(plan)
    return dataset, plan, computed


def test_embeddings_that_failed_are_told_apart_when_they_are_loaded(half_failed, tmp_path):
    dataset, plan, _ = half_failed
    loaded = dataset.load()
    assert loaded.index["row"].tolist() == [0, 1, 4]
    pd.testing.assert_frame_equal(loaded.failed, plan.index[2:4])
    assert list(loaded.index) == list(loaded.failed) == list(plan.index)
    assert list(loaded.rows_by_track()) == ["a", "c"]
    copy = EmbeddingsDataset(filepath=str(tmp_path / "copy.npy"))
    copy.save(loaded)
    assert [file.read_bytes() for file in copy.files] == [file.read_bytes() for file in dataset.files]


def test_embeddings_that_failed_are_not_computed_again_by_the_same_code(half_failed):
    dataset, plan, computed = half_failed
    before = [file.read_bytes() for file in dataset.files]
    computed.clear()
    dataset.take_up("code", by_content=False)
    dataset.save(plan)
    assert not computed
    assert [file.read_bytes() for file in dataset.files] == before
    dataset.take_up("other code", by_content=False)
    dataset.save(plan)
    assert computed == [0, 1, 2, 3, 4]


def test_embeddings_all_of_which_failed_stop_the_run_and_leave_those_before(half_failed):
    dataset, plan, _ = half_failed
    before = [file.read_bytes() for file in dataset.files]
    only_nans = EmbeddingPlan(plan.index, 2, lambda rows: iter([np.full((len(rows), 2), np.nan, np.float32)]))
    with pytest.raises(DatasetError, match="all 5 rows failed, or are no finite numbers"):
        dataset.save(only_nans)
    assert [file.read_bytes() for file in dataset.files] == before
    dataset.save(replace(only_nans, may_all_fail=True))
    assert len(dataset.load().failed) == 5


def test_embeddings_are_read_from_the_disk_as_they_are_needed(embeddings):
    embeddings.dataset.save(embeddings.first)
    assert isinstance(embeddings.dataset.load().matrix, np.memmap)


def test_the_parameters_of_weights_can_be_read_beside_them(weights):
    weights.dataset.save(weights.first)
    assert '"train_stems"' in weights.dataset.filepath.with_suffix(".json").read_text()


def test_safetensors_of_another_project_are_refused(weights):
    from safetensors.torch import save_file

    weights.dataset.filepath.parent.mkdir()
    save_file({"a": torch.zeros(1)}, weights.dataset.filepath)
    with pytest.raises(DatasetError) as raised:
        weights.dataset.load()
    assert isinstance(raised.value.__cause__, RealClonedError)


def test_a_store_keeps_its_sample_rate_and_channels(store):
    store.dataset.save(store.first)
    opened = store.dataset.load()
    assert (opened.sample_rate_hz, opened.n_channels) == (100, 2)
    assert store.dataset._describe()["sample_rate_hz"] == 100


def test_a_folder_is_made_and_loaded_as_its_path_and_cannot_be_saved(tmp_path):
    dataset = FolderDataset(filepath=str(tmp_path / "deep/training"))
    assert dataset.load() == tmp_path / "deep/training"
    assert dataset.load().is_dir()
    with pytest.raises(DatasetError, match="training is a node.s working folder"):
        dataset.save(tmp_path)


def test_the_content_files_of_a_store_change_with_one_sample(tmp_path):
    def content(sample):
        dataset = ShardStoreDataset(filepath=str(tmp_path / "stems"), sample_rate_hz=100, n_channels=1)
        dataset.save(StorePlan([WriteClip("t", "vocals", np.array([[1, 2, sample]], np.int16))]))
        return [path.read_bytes() for path in dataset.content_files]

    assert content(3) == content(3) != content(4)


def store_of(folder, sample, name="t", made_from="code"):
    dataset = ShardStoreDataset(filepath=str(folder), sample_rate_hz=100, n_channels=1)
    if made_from is not None:
        dataset.take_up(made_from, by_content=False)
    dataset.save(StorePlan([WriteClip(name, "vocals", np.array([[1, 2, sample]], np.int16))]))
    return dataset


def shard_times(folder):
    return [path.stat().st_ctime_ns for path in folder.rglob("*.i16")]


def test_a_save_takes_up_what_was_made_from_the_same_if_it_is_told_what_and_forgets_it_on_demand(tmp_path):
    store_of(tmp_path, 3)
    first = shard_times(tmp_path)
    assert store_of(tmp_path, 3, "renamed").load().index["track_id"].tolist() == ["renamed"]
    assert shard_times(tmp_path) == first
    dataset = store_of(tmp_path, 3, made_from="other code")
    assert shard_times(tmp_path) != first
    again = shard_times(tmp_path)
    dataset.discard_partial_work()
    assert dataset.exists()
    store_of(tmp_path, 3, made_from="other code")
    assert shard_times(tmp_path) != again


def test_a_save_that_is_not_told_what_made_its_clips_takes_up_nothing(tmp_path):
    store_of(tmp_path, 3, made_from=None)
    first = shard_times(tmp_path)
    store_of(tmp_path, 3, made_from=None)
    assert shard_times(tmp_path) != first


def test_the_files_of_a_store_are_those_that_it_uses_also_while_it_keeps_others(tmp_path):
    store_of(tmp_path, 3)
    dataset = store_of(tmp_path, 4)
    assert [path.suffix for path in dataset.files] == [".parquet", ".json", ".i16"]
    assert all(path.is_file() for path in dataset.files) and len(shard_times(tmp_path)) == 2
    assert dataset.reclaim_space() == 6
    assert all(path.is_file() for path in dataset.files) and len(shard_times(tmp_path)) == 1


def test_what_a_part_of_embeddings_is_made_from_is_hashed_once_for_all_its_rows(tmp_path, monkeypatch):
    index = pd.DataFrame({"track_id": ["a"] * 6 + ["b"] * 6, "row": range(12)})
    ones = lambda rows: iter([np.ones((len(rows), 2), np.float32)])  # noqa: E731
    plan = EmbeddingPlan(index, 2, ones, ["a", "b"], np.array([6, 6], np.intp))
    hashed, sha256 = [], hashlib.sha256
    monkeypatch.setattr(hashlib, "sha256", lambda data: hashed.append(data) or sha256(data))
    dataset = EmbeddingsDataset(filepath=str(tmp_path / "embeddings.npy"))
    dataset.take_up("made from", by_content=False)
    dataset.save(plan)
    assert sorted(data for data in hashed if isinstance(data, bytes)) == [b"made from a", b"made from b"]
