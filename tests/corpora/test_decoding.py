"""Files are decoded into clips, and each file that is left out has a reason."""

import hashlib

import joblib
import numpy as np
import pandas as pd
import pytest

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.core import executor
from real_cloned.corpora.decoding import DecodeTrack, decode_tracks, describe_tracks
from real_cloned.corpora.leakage import FIRST, LAST, remove_leakage
from real_cloned.corpora.readers.folder import read_folder
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.reporting.stage_tables import ingest_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import FoundTracks, ListedTracks, Rejected, Tracks
from tests.corpora.bad_files import GOOD, RATE, write_all
from tests.sounds import music

AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=1.0)


def tone(duration_s, rate=16000, amplitude=8000, n_channels=1):
    return np.repeat([amplitude * np.sin(np.arange(round(duration_s * rate)) * 0.2)], n_channels, axis=0).astype(
        np.int16
    )


@pytest.fixture
def found(tmp_path, write_wav, corpus):
    """A corpus with every kind of file."""
    write_wav(tmp_path / "A" / "good.wav", tone(2.0), 16000)
    write_wav(tmp_path / "A" / "stereo 🎤.wav", tone(1.5, 44100, n_channels=2), 44100)
    write_wav(tmp_path / "B" / "short.wav", tone(0.5), 16000)
    write_wav(tmp_path / "B" / "silent.wav", tone(2.0, amplitude=20), 16000)
    (tmp_path / "B" / "text.mp3").write_text("no music\n" * 100)
    (tmp_path / "B" / "zero.mp3").touch()
    return read_folder(corpus())[0]


@pytest.fixture
def decoded(tmp_path):
    """Decode tasks in this process and return the store."""

    def run(*tasks):
        write_store(tmp_path / "decoded", StorePlan(tasks), 16000, 1)
        return ShardStore(tmp_path / "decoded")

    return run


def test_each_found_track_gives_one_clip_in_order_and_bad_files_give_empty_ones(found, corpus, tmp_path):
    write_store(tmp_path / "store", decode_tracks(found, corpus(), AUDIO), 16000, 1)
    index = ShardStore(tmp_path / "store").index
    assert index["track_id"].tolist() == found["track_id"].tolist()
    assert set(index["stem"]) == {"mixture"}
    assert index["n_samples"].tolist() == [32000, 24000, 0, 0, 0, 0]


def test_the_facts_are_those_of_the_file_and_of_its_decoded_samples(found, tmp_path, decoded):
    store = decoded(DecodeTrack("t", tmp_path / "A" / "stereo 🎤.wav", AUDIO))
    facts = store.index.iloc[0]
    assert facts[["duration_s", "sample_rate_hz", "n_channels", "reason"]].tolist() == [1.5, 44100, 2, None]
    assert facts["content_sha256"] == hashlib.sha256(store.read("t", "mixture").tobytes()).hexdigest()


@pytest.mark.parametrize(("peak", "is_silent"), [(0, True), (32, True), (33, False), (-33, False), (-32768, False)])
def test_silence_is_a_peak_below_minus_60_db(peak, is_silent, tmp_path, write_wav, decoded):
    samples = np.zeros((1, 16000), np.int16)
    samples[0, 5000] = peak
    write_wav(tmp_path / "a.wav", samples, 16000)
    assert (decoded(DecodeTrack("a", tmp_path / "a.wav", AUDIO)).index["reason"].notna().iloc[0]) == is_silent


def test_exactly_one_segment_is_long_enough(tmp_path, write_wav, decoded):
    write_wav(tmp_path / "a.wav", tone(1.0), 16000)
    write_wav(tmp_path / "b.wav", tone(1.0)[:, 1:], 16000)
    store = decoded(*(DecodeTrack(name, tmp_path / f"{name}.wav", AUDIO) for name in "ab"))
    assert store.index["reason"].isna().iloc[0]
    assert store.index["reason"].iloc[1].startswith("shorter than one segment")


@pytest.mark.parametrize("n_channels", [1, 2])
def test_stereo_in_opposite_phase_is_kept_as_its_first_channel_and_told(
    n_channels, tmp_path, write_wav, corpus, caplog
):
    left = tone(1.5)
    write_wav(tmp_path / "A" / "opposite.wav", np.concatenate([left, -left]), 16000)
    write_wav(tmp_path / "A" / "plain.wav", np.concatenate([left, left // 2]), 16000)
    write_wav(tmp_path / "B" / "too short.wav", np.concatenate([left, -left])[:, :8000], 16000)
    found, audio = read_folder(corpus())[0], AUDIO.model_copy(update={"n_channels": n_channels})
    write_store(tmp_path / "store", decode_tracks(found, corpus(), audio), 16000, n_channels)
    store = ShardStore(tmp_path / "store")
    tracks, rejected = describe_tracks(found, store.index)
    assert tracks["path"].tolist() == ["A/opposite.wav", "A/plain.wav"]
    assert rejected["reason"].str.startswith("shorter than one segment").all()
    assert np.array_equal(store.read("A/opposite.wav", "mixture"), np.repeat(left, n_channels, axis=0))
    assert store.index["is_opposite_phase"].tolist() == [True, False, True]
    assert "of 1 tracks are in opposite phase, and only the first is used: A/opposite.wav" in caplog.text
    assert (
        tracks["content_sha256"][0] == hashlib.sha256(store.read("A/opposite.wav", "mixture").T.tobytes()).hexdigest()
    )


def test_of_bit_identical_tracks_the_first_stays_and_the_reason_names_it(tmp_path, write_wav, corpus, decoded):
    for name, samples in {"A/1.wav": tone(1.0), "A/3.wav": tone(1.0), "B/2.wav": tone(1.5)}.items():
        write_wav(tmp_path / name, samples, 16000)
    found = read_folder(corpus())[0]
    tracks, rejected = describe_tracks(found, decoded(*decode_tracks(found, corpus(), AUDIO).tasks).index)
    assert tracks["path"].tolist() == ["A/1.wav", "B/2.wav"]
    assert Rejected.validate(rejected)[["path", "reason"]].values.tolist() == [
        ["A/3.wav", "copy: bit-identical after decoding to A/1.wav"]
    ]


def test_of_bit_identical_tracks_of_two_singers_none_stays_and_each_reason_names_the_other(
    tmp_path, write_wav, corpus, decoded
):
    same = ("00 Best of/1.wav", "Ann/1.wav", "Ann/2.wav", "ann/3.wav")
    for name in same:
        write_wav(tmp_path / name, tone(1.0), 16000)
    write_wav(tmp_path / "Bob/1.wav", tone(1.5), 16000)
    found = read_folder(corpus())[0]
    tracks, rejected = describe_tracks(found, decoded(*decode_tracks(found, corpus(), AUDIO).tasks).index)
    assert tracks["path"].tolist() == ["Bob/1.wav"]
    text = "recording of two singers: bit-identical after decoding to"
    assert Rejected.validate(rejected)["reason"].tolist() == [
        f"{text} Ann/1.wav by Ann, and here by 00 Best of",
        *(f"{text} 00 Best of/1.wav by 00 Best of, and here by {name}" for name in ("Ann", "Ann", "ann")),
    ]


def test_a_duet_and_one_of_its_singers_are_credited_alike_so_that_the_first_copy_stays(
    tmp_path, write_wav, corpus, decoded
):
    for name in ("Ann & Bob/1.wav", "Ann feat. Bob/1.wav", "Bob/1.wav"):
        write_wav(tmp_path / name, tone(1.0), 16000)
    found = read_folder(corpus())[0]
    tracks, _ = describe_tracks(found, decoded(*decode_tracks(found, corpus(), AUDIO).tasks).index)
    assert tracks["path"].tolist() == ["Ann & Bob/1.wav"]


def test_a_corpus_that_is_not_there_starts_no_process_and_stores_nothing(corpus, monkeypatch, tmp_path):
    monkeypatch.setattr(executor, "Parallel", lambda *_, **__: pytest.fail("a process was started"))
    write_store(tmp_path / "store", decode_tracks(empty_table(FoundTracks), corpus(root=None), AUDIO), 16000, 1)
    tracks, rejected = describe_tracks(empty_table(FoundTracks), ShardStore(tmp_path / "store").index)
    assert Tracks.validate(tracks).empty
    assert Rejected.validate(rejected).empty


def test_tracks_and_rejected_files_are_told_from_the_store_alone(found, corpus, tmp_path):
    write_store(tmp_path / "store", decode_tracks(found, corpus(), AUDIO), 16000, 1)
    found.to_parquet(tmp_path / "found.parquet")
    tracks, rejected = describe_tracks(
        pd.read_parquet(tmp_path / "found.parquet"), ShardStore(tmp_path / "store").index
    )
    tracks, rejected = Tracks.validate(tracks), Rejected.validate(rejected)
    assert tracks["path"].tolist() == ["A/good.wav", "A/stereo 🎤.wav"]
    assert tracks["duration_s"].tolist() == [2.0, 1.5]
    assert tracks["n_channels"].tolist() == [1, 2]
    reasons = {path: reason.split(":")[0] for path, reason in zip(rejected["path"], rejected["reason"], strict=True)}
    assert reasons == {
        "B/short.wav": "shorter than one segment",
        "B/silent.wav": "silent",
        "B/text.mp3": "not audio",
        "B/zero.mp3": "empty",
    }
    assert set(rejected["stage"]) == {"ingest"}


@pytest.mark.parametrize("rejects_all", [False, True])
def test_a_corpus_of_good_files_alone_and_one_of_bad_files_alone_are_described(rejects_all, found, corpus, tmp_path):
    some = found[2:] if rejects_all else found[:2]
    tasks = [DecodeTrack(t, tmp_path / p, AUDIO) for t, p in some[["track_id", "path"]].values]
    write_store(tmp_path / "store", StorePlan(tasks), 16000, 1)
    tracks, rejected = describe_tracks(some, ShardStore(tmp_path / "store").index)
    assert len(Tracks.validate(tracks)) == (0 if rejects_all else 2)
    assert len(Rejected.validate(rejected)) == (4 if rejects_all else 0)


def test_a_cluster_backend_may_be_chosen_from_outside(found, corpus, tmp_path):
    with joblib.parallel_config(backend="threading"):
        write_store(tmp_path / "store", decode_tracks(found, corpus(), AUDIO), 16000, 1)
    assert ShardStore(tmp_path / "store").index["track_id"].tolist() == found["track_id"].tolist()


@pytest.fixture
def ingest(tmp_path):
    """Take a corpus through the whole stage in threads; return its tracks, its rejected files and its store."""

    def run(parameters):
        listed, unusable = list_tracks(parameters)
        tables = {name: empty_table(ListedTracks) for name in FIRST + LAST} | {parameters.name: listed}
        found, _ = remove_leakage(tables, parameters)
        with joblib.parallel_config(backend="threading"):
            write_store(tmp_path / "store", decode_tracks(found, parameters, AUDIO), RATE, 1)
        store = ShardStore(tmp_path / "store")
        tracks, undecoded = describe_tracks(found, store.index)
        return Tracks.validate(tracks), Rejected.validate(pd.concat([unusable, undecoded], ignore_index=True)), store

    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "music").mkdir()
    return tmp_path / "music"


def test_every_bad_file_is_a_row_with_its_reason_and_no_good_one_is_lost(folder, corpus, ingest):
    expected = write_all(folder)
    tracks, rejected, store = ingest(corpus(root=str(folder)))
    reasons = dict(zip(rejected["path"], rejected["reason"], strict=True))
    assert set(reasons) == set(expected)
    assert len(expected) >= 25
    for path, kind in expected.items():
        assert reasons[path].startswith(kind), (path, reasons[path])
        assert len(reasons[path]) < 200
    assert set(tracks["path"]) == {f"Nina/{name.replace('/', '_')}" for name in GOOD} | {"Copies/a.wav"}
    for name, seed in GOOD.items():
        heard = store.read(f"Nina/{name.replace('/', '_')}", "mixture")
        assert np.array_equal(heard, music(seed=seed)), name


def test_the_stage_ends_with_a_table_of_what_was_found_kept_and_left_out(folder, corpus, ingest):
    n_bad = len(write_all(folder))
    tracks, rejected, _ = ingest(corpus(root=str(folder)))
    row = ingest_table(
        {"closed": tracks, "fma": empty_table(Tracks)},
        {"closed": rejected, "fma": empty_table(Rejected)},
        {"closed": 0, "fma": 0},
    )
    assert len(row) == 1
    row = row.iloc[0]
    assert (row["found"], row["kept"], row["rejected"]) == (len(GOOD) + 1 + n_bad, len(GOOD) + 1, n_bad)
    assert "copy 2" in row["reasons"]
    assert row["singers"] == 2
    assert row["hours"] == pytest.approx((len(GOOD) + 1) * 2.0 / 3600)
