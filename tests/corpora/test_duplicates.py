"""Near-duplicates by fingerprints that are made up: the rules do not need chromaprint."""

import logging

import numpy as np
import pandas as pd

from real_cloned.audio.encode import encode_mp3
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
from real_cloned.corpora import duplicates as module
from real_cloned.corpora.decoding import decode_tracks, describe_tracks
from real_cloned.corpora.duplicates import (
    NOT_FINGERPRINTED,
    count_duplicates,
    find_duplicates,
    fingerprint_tracks,
    remove_duplicates,
)
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.corpora.splits import split_tracks
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Duplicates, Fingerprints, PublishedSplits, Rejected, Tracks
from tests.audio.test_fingerprint import RATE, as_int16, melody, needs_chromaprint
from tests.sounds import music, write_audio

SPLITS = {"cloned": "clone", "validation": "validation", "train": "train"}
RECORDINGS = {name: np.random.default_rng(ord(name)).integers(2**32, size=60, dtype=np.uint32) for name in "abcdef"}


def tracks(ids, clone_method=None):
    columns = list(empty_table(Tracks))
    known = {"clone_method": clone_method}
    rows = [{**dict.fromkeys(columns), **known, "track_id": track, "path": track, **singer(track)} for track in ids]
    return pd.DataFrame(rows, columns=columns)


def test_bit_identical_tracks_of_two_corpora_are_found_without_fingerprints():
    tables = {name: tracks(["-1", "-2", "-3"]) for name in ("train", "closed")}
    tables["closed"]["content_sha256"] = ["x", "y", None]
    tables["train"]["content_sha256"] = ["z", "x", None]
    without = {name: prints(["-1", "-2", "-3"]) for name in tables}
    table = Duplicates.validate(find_duplicates(tables, without))
    assert table.iloc[:, :4].values.tolist() == [["closed", "-1", "train", "-2"]]
    kept, _ = remove_duplicates(tables["train"], table, CorpusParameters(name="train", root="x", split="train"))
    assert kept["track_id"].tolist() == ["-1", "-3"]


def test_a_pair_that_is_bit_identical_and_has_the_same_fingerprint_is_one_row():
    tables = {name: tracks(["a", "b"]).assign(content_sha256=["x", "y"]) for name in ("train", "closed")}
    pairs = Duplicates.validate(find_duplicates(tables, {name: prints(["a", "b"]) for name in tables}))
    assert pairs["track_id"].tolist() == ["a", "b"]


def singer(track):
    """The singer whom the id names behind a colon; without one all tracks are by the same singer."""
    name = track.partition(":")[2] or "Ann"
    return {"singer_id": name, "singer_ids": [name], "singer_name": name}


def prints(ids):
    """A fingerprint of the recording that the first letter of the id names; of "-": none."""
    words = [RECORDINGS.get(track[0]) for track in ids]
    return Fingerprints.validate(pd.DataFrame({"track_id": list(ids), "fingerprint": pd.Series(words, dtype=object)}))


def store(folder, **durations_s):
    """A store of noise, a clip of that many seconds per track."""
    clips = [WriteClip(track_id, "mixture", music(seconds), {}) for track_id, seconds in durations_s.items()]
    write_store(folder, StorePlan(clips), 16000, 1)
    return ShardStore(folder)


def found(**corpora):
    tables = {name: tracks(ids, "x" if name == "cloned" else None) for name, ids in corpora.items()}
    return Duplicates.validate(find_duplicates(tables, {name: prints(ids) for name, ids in corpora.items()}))


def left(name, /, published_splits=None, **corpora):
    """Run the removal for one corpus; return the ids kept and the reasons of those left out."""
    parameters = CorpusParameters(
        name=name, root="x", split=SPLITS.get(name, "probe"), published_splits=published_splits
    )
    kept, rejected = remove_duplicates(tracks(corpora[name]), found(**corpora), parameters)
    return kept["track_id"].tolist(), Rejected.validate(rejected)["reason"].tolist()


def test_the_first_of_a_pair_is_in_the_corpus_of_higher_precedence_whatever_their_order():
    rows = found(train=["a1", "b1"], closed=["c2", "b2"], mine=["b3"])
    assert rows[["corpus", "track_id", "other_corpus", "other_track_id"]].values.tolist() == [
        ["closed", "b2", "mine", "b3"],
        ["closed", "b2", "train", "b1"],
        ["mine", "b3", "train", "b1"],
    ]
    assert (rows["bit_error"] == 0).all()


def test_training_loses_a_recording_that_is_identified_or_cloned_or_validates_and_its_own_copies():
    corpora = {"closed": ["a"], "cloned": ["b"], "fma": ["c"], "validation": ["d"]}
    kept, reasons = left("train", train=["a1", "b1", "c1", "d1", "e1", "e2", "f1"], **corpora)
    assert kept == ["e1", "f1"]
    assert reasons[0] == "near-duplicate: the recording is track a of closed, 0% of the fingerprint's bits differ"
    assert [reason.split(",")[0].split("track ")[1] for reason in reasons] == [
        *("a of closed", "b of cloned", "c of fma", "d of validation", "e1 of train")
    ]


def test_validation_loses_a_recording_that_is_identified_but_not_one_that_trains():
    assert left("validation", validation=["a1", "b1"], closed=["a2"], train=["b2"])[0] == ["b1"]


def test_an_identified_corpus_loses_its_own_copies_alone_so_that_none_crosses_its_splits():
    corpora = {"closed": ["a", "b"], "fma": ["a1", "c1", "c2", "d1"], "train": ["d2"]}
    assert left("fma", **corpora)[0] == ["a1", "c1", "d1"]
    assert left("closed", **corpora)[0] == ["a", "b"]


def test_clones_and_published_splits_stay_and_are_listed():
    corpora = {"closed": ["a"], "cloned": ["a1", "b1", "b2"], "fma": ["c1", "c2"]}
    assert left("cloned", **corpora) == (["a1", "b1", "b2"], [])
    assert left("fma", published_splits="splits", **corpora) == (["c1", "c2"], [])
    assert found(**corpora)["other_track_id"].tolist() == ["a1", "b2", "c2"]


def test_a_track_that_repeats_two_recordings_is_one_row():
    assert left("train", train=["a3"], closed=["a1"], fma=["a2"]) == (
        [],
        ["near-duplicate: the recording is track a1 of closed, 0% of the fingerprint's bits differ"],
    )


def test_tracks_of_a_corpus_are_counted_once_each_however_many_pairs_they_are_in():
    corpora = {"closed": ["a1", "b1"], "train": ["a2", "a3", "c1"], "mtg": []}
    counts = count_duplicates({name: prints(ids) for name, ids in corpora.items()}, found(**corpora))
    assert counts == {"closed": 1, "train": 2, "mtg": 0}


def test_without_chromaprint_one_line_says_so_nothing_is_left_out_and_the_counts_say_not_fingerprinted(
    monkeypatch, tmp_path, caplog
):
    monkeypatch.setattr(module, "is_available", lambda: False)
    audio = store(tmp_path / "audio", a1=2.0, a2=2.0)
    table = Fingerprints.validate(fingerprint_tracks(audio, tracks(["a1", "a2"])))
    table.to_parquet(tmp_path / "table.parquet")  # as the catalog keeps it
    table = pd.read_parquet(tmp_path / "table.parquet")
    with caplog.at_level(logging.INFO):
        pairs = Duplicates.validate(find_duplicates({"train": tracks(["a1", "a2"])}, {"train": table}))
    assert len(caplog.messages) == 1 and "libchromaprint is not installed" in caplog.messages[0]
    assert count_duplicates({"train": table}, pairs) == {"train": NOT_FINGERPRINTED}
    parameters = CorpusParameters(name="train", root="x", split="train")
    assert len(remove_duplicates(tracks(["a1", "a2"]), pairs, parameters)[0]) == 2


def test_fingerprints_are_taken_of_the_first_two_minutes_and_outlive_the_file_they_are_kept_in(monkeypatch, tmp_path):
    lengths = []
    monkeypatch.setattr(module, "is_available", lambda: True)
    monkeypatch.setattr(module, "MAX_S", 3)
    monkeypatch.setattr(module, "fingerprint", lambda samples, _: lengths.append(samples.shape[1]) or RECORDINGS["a"])
    audio = store(tmp_path / "audio", a1=2.0, a2=5.0)
    table = Fingerprints.validate(fingerprint_tracks(audio, tracks(["a1", "a2"])))
    assert sorted(lengths) == [round(2.0 * audio.sample_rate_hz), 3 * audio.sample_rate_hz]
    table.to_parquet(tmp_path / "table.parquet")
    (pair,) = find_duplicates(
        {"train": tracks(["a1", "a2"])}, {"train": pd.read_parquet(tmp_path / "table.parquet")}
    ).to_dict("records")
    assert (pair["track_id"], pair["other_track_id"]) == ("a1", "a2")


def test_a_corpus_without_tracks_has_tables_without_rows(tmp_path):
    assert Fingerprints.validate(fingerprint_tracks(store(tmp_path / "audio"), empty_table(Tracks))).empty
    assert Duplicates.validate(find_duplicates({"train": tracks([])}, {"train": prints([])})).empty


def test_a_recording_of_two_singers_of_one_corpus_is_credited_to_neither_whatever_the_corpus_is_for(caplog):
    ids = ["a1:Best of", "a2:Ann", "b1:Ann", "b2:ANN", "c1:Bob"]
    for name in ("closed", "train", "validation"):
        kept, reasons = left(name, **{name: ids})
        assert kept == ["b1:Ann", "c1:Bob"]
        end = f"of {name}, 0% of the fingerprint's bits differ"
        assert reasons == [
            f"recording of two singers: the recording is track a2:Ann {end}",
            f"recording of two singers: the recording is track a1:Best of {end}",
            f"near-duplicate: the recording is track b1:Ann {end}",
        ]
        assert f"{name}: the recording of a2:Ann is track a1:Best of of {name}, which is credited" in caplog.text


def test_a_recording_that_another_corpus_credits_to_another_singer_follows_the_rules_and_is_told(caplog):
    corpora = {"closed": ["a1:Ann"], "fma": ["a2:Bob"], "train": ["a3:Cy"], "cloned": ["a4:Dan"]}
    assert left("closed", **corpora)[0] == ["a1:Ann"]
    assert left("fma", **corpora)[0] == ["a2:Bob"]
    assert left("train", **corpora)[0] == []
    assert "fma: the recording of a2:Bob is track a1:Ann of closed, which is credited to another singer" in caplog.text
    caplog.clear()
    assert left("cloned", **corpora)[0] == ["a4:Dan"]
    assert caplog.text == ""
    assert not found(**corpora)["share_singer"].any()
    assert found(closed=["a1:Ann"], train=["a2:ann"])["share_singer"].all()


@needs_chromaprint
def test_a_song_as_flac_and_as_mp3_never_stands_in_two_roles(tmp_path):
    songs = {f"{singer}/{song}": melody(10 * ord(singer) + song) for singer in "AB" for song in range(3)}
    for name, samples in songs.items():
        write_audio(tmp_path / f"{name}.flac", as_int16(samples), RATE, "flac", "stereo")
        encode_mp3(tmp_path / f"{name}.mp3", as_int16(samples), RATE, 64_000)
    parameters = CorpusParameters(name="closed", root=str(tmp_path), split="probe")
    listed, _ = list_tracks(parameters)
    audio = AudioParameters(sample_rate_hz=RATE, n_channels=1, segment_s=6.0)
    write_store(tmp_path / "store", decode_tracks(listed, parameters, audio), RATE, 1)
    decoded, _ = describe_tracks(listed, ShardStore(tmp_path / "store").index)
    assert len(decoded) == 2 * len(songs)
    pairs = find_duplicates(
        {"closed": decoded}, {"closed": fingerprint_tracks(ShardStore(tmp_path / "store"), decoded)}
    )
    kept, _ = remove_duplicates(decoded, pairs, parameters)
    splits, _ = split_tracks(kept, kept[["track_id"]], empty_table(PublishedSplits), parameters)
    assert sorted(track.removesuffix(".flac") for track in splits["track_id"]) == sorted(songs)
