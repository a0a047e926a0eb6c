import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from real_cloned.audio.shard_files import shard_path
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
from real_cloned.core.errors import RealClonedError

RATE = 100


def clips(*lengths, n_channels=2):
    generator = np.random.default_rng(0)
    return [
        WriteClip(
            f"t{i}", "mixture", generator.integers(-32768, 32767, (n_channels, n), np.int16, endpoint=True), {"i": i}
        )
        for i, n in enumerate(lengths)
    ]


def shard_of(folder, track_id):
    row = pd.read_parquet(folder / "index.parquet").set_index("track_id").loc[track_id]
    return shard_path(folder, row["content_sha256"])


@pytest.fixture
def written(tmp_path):
    made = clips(300, 0, 250)
    write_store(tmp_path / "store", StorePlan(made), RATE, 2)
    return ShardStore(tmp_path / "store"), made


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lengths=st.lists(st.integers(0, 50), max_size=8),
    n_channels=st.sampled_from([1, 2]),
)
def test_what_is_written_is_read_back_whatever_was_there_before(lengths, n_channels, tmp_path):
    made = clips(*lengths, n_channels=n_channels)
    write_store(tmp_path / "store", StorePlan(made), RATE, n_channels)
    store = ShardStore(tmp_path / "store")
    assert (store.sample_rate_hz, store.n_channels) == (RATE, n_channels)
    assert store.index["track_id"].tolist() == [clip.track_id for clip in made]
    for clip in made:
        if clip.samples.shape[1]:
            assert np.array_equal(store.read(clip.track_id, "mixture"), clip.samples)


def test_a_stretch_is_read_by_offset_and_duration(written):
    store, made = written
    assert np.array_equal(store.read("t2", "mixture", 0.5, 1.0), made[2].samples[:, 50:150])
    assert np.array_equal(store.read("t2", "mixture", 2.0), made[2].samples[:, 200:])
    assert store.duration_s("t2", "mixture") == 2.5


def test_a_stretch_that_ends_after_the_clip_is_filled_with_zeros_not_with_the_next_clip(written):
    store, made = written
    samples = store.read("t0", "mixture", 2.5, 1.0)
    assert np.array_equal(samples[:, :50], made[0].samples[:, 250:])
    assert not samples[:, 50:].any()
    assert not store.read("t0", "mixture", 99.0, 1.0).any()


def test_a_clip_that_is_not_there_or_holds_nothing_is_missing(written):
    store, _ = written
    assert ("t0", "mixture") in store
    for missing in (("t9", "mixture"), ("t0", "vocals"), ("t1", "mixture")):
        assert missing not in store
        with pytest.raises(RealClonedError, match="holds no"):
            store.read(*missing)


def test_many_tracks_are_asked_for_together(written):
    store, _ = written
    hashes = store.content_hashes(["t2", "t9", "t0", "t1"], "mixture")
    assert hashes.isna().tolist() == [False, True, False, True]
    assert [hashes[0], hashes[2]] == [store.content_hash("t2", "mixture"), store.content_hash("t0", "mixture")]
    assert store.content_hash("t9", "mixture") is None
    assert store.n_samples(["t2", "t0"], "mixture").tolist() == [250, 300]
    with pytest.raises(RealClonedError, match="no mixture of track t9"):
        store.n_samples(["t2", "t9"], "mixture")


def test_facts_become_columns_of_the_index_also_for_clips_without_samples(written):
    store, _ = written
    assert store.index["i"].tolist() == [0, 1, 2]
    assert store.index["n_samples"].tolist() == [300, 0, 250]


def test_a_store_without_clips_can_be_read(tmp_path):
    write_store(tmp_path / "store", StorePlan([]), RATE, 1)
    assert ShardStore(tmp_path / "store").index.empty


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(path.read_bytes()[:-4]), lambda path: path.unlink()])
def test_a_cut_or_missing_shard_is_noticed_on_opening(damage, tmp_path):
    write_store(tmp_path / "store", StorePlan(clips(300)), RATE, 2)
    shard = shard_of(tmp_path / "store", "t0")
    damage(shard)
    with pytest.raises(RealClonedError, match=f"{shard.name} is missing or cut short"):
        ShardStore(tmp_path / "store")


def test_a_failed_attempt_leaves_the_old_store_as_it_was(tmp_path):
    write_store(tmp_path / "store", StorePlan(clips(300)), RATE, 2)
    with pytest.raises(ValueError, match="t0"):
        write_store(tmp_path / "store", StorePlan(clips(10, n_channels=1)), RATE, 2)
    assert ShardStore(tmp_path / "store").duration_s("t0", "mixture") == 3.0


def test_samples_of_another_type_are_refused(tmp_path):
    with pytest.raises(ValueError, match="float32"):
        write_store(tmp_path / "store", StorePlan([WriteClip("t", "mixture", np.zeros((2, 5), np.float32))]), RATE, 2)


def test_a_shard_that_is_cut_or_gone_after_opening_is_an_error_that_names_it(written):
    store, _ = written
    shard = shard_of(store.folder, "t2")
    shard.write_bytes(shard.read_bytes()[:-4])
    with pytest.raises(RealClonedError, match=f"{shard.name} is cut short; delete .*store and run again"):
        store.read("t2", "mixture")
    shard.unlink()
    with pytest.raises(RealClonedError, match=f"cannot read .*{shard.name} .* delete .*store and run again"):
        store.read("t2", "mixture")


def n_open_files():
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_a_store_of_many_shards_is_read_without_holding_them_open(tmp_path):
    made = clips(*[20] * 30)
    write_store(tmp_path / "store", StorePlan(made), RATE, 2)
    store = ShardStore(tmp_path / "store")
    before = n_open_files()
    for clip in made:
        assert np.array_equal(store.read(clip.track_id, "mixture"), clip.samples)
    assert n_open_files() <= before


def test_a_process_opens_a_store_once_however_many_tasks_it_is_sent_with(written, monkeypatch):
    store, made = written
    opened = []
    read_parquet = pd.read_parquet
    monkeypatch.setattr(pd, "read_parquet", lambda path, **_: opened.append(path) or read_parquet(path))
    task = pickle.dumps(store)
    received = [pickle.loads(task) for _ in range(5)]  # noqa: S301 (it is our own)
    assert len(opened) == 1
    assert all(np.array_equal(one.read("t0", "mixture"), made[0].samples) for one in received)


def test_clips_with_the_same_samples_share_a_shard(tmp_path):
    samples = np.arange(20, dtype=np.int16)[None]
    same = [WriteClip(name, "mixture", samples, {"n": n}) for n, name in enumerate("ab")]
    write_store(tmp_path / "store", StorePlan(same), RATE, 1)
    store = ShardStore(tmp_path / "store")
    assert np.array_equal(store.read("a", "mixture"), store.read("b", "mixture"))
    assert store.index["n"].tolist() == [0, 1]
    assert len(list((tmp_path / "store").rglob("*.i16"))) == 1


def test_a_store_that_was_written_again_is_opened_again(written):
    before = pickle.loads(pickle.dumps(written[0]))  # noqa: S301 (it is our own)
    write_store(written[0].folder, StorePlan(clips(120)), RATE, 2)
    after = pickle.loads(pickle.dumps(ShardStore(written[0].folder)))  # noqa: S301 (it is our own)
    assert [len(store.clips) for store in (before, after)] == [3, 1]
    assert len(after.index) == 1
    with pytest.raises(RealClonedError, match="was written again"):
        before.index  # noqa: B018 (it is read when it is asked for)
