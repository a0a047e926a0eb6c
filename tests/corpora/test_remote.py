"""Corpora that lie on another file system: here fsspec's own in memory, elsewhere s3:// and the like."""

import fsspec
import joblib
import numpy as np
import pytest
from upath import UPath

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import write_store
from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.decoding import decode_tracks, describe_tracks
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.schemas.corpora import Tracks
from tests.sounds import music, write_audio, write_wav

RATE = 16000

AUDIO = AudioParameters(sample_rate_hz=RATE, n_channels=1, segment_s=1.0)


@pytest.fixture
def remote():
    """A folder in memory, gone afterwards."""
    root = UPath("memory://bucket/music")
    root.mkdir(parents=True)
    yield root
    fsspec.filesystem("memory").rm("/bucket", recursive=True)


@pytest.fixture
def put(remote, tmp_path):
    """Encode a file and put it there; return its samples."""

    def make(path, seed, codec="flac"):
        samples = music(seed=seed)
        local = tmp_path / "local" / path.rsplit("/", 1)[-1]
        content = write_audio(local, samples, RATE, codec).read_bytes()
        (remote / path).parent.mkdir(parents=True, exist_ok=True)
        (remote / path).write_bytes(content)
        return samples

    return make


@pytest.fixture
def heard(corpus, tmp_path):
    """Read and decode a remote corpus; return its tracks and the store."""

    def run(**settings):
        parameters = corpus(root="memory://bucket/music", **settings)
        found, _ = list_tracks(parameters)
        with joblib.parallel_config(backend="threading"):
            write_store(tmp_path / "store", decode_tracks(found, parameters, AUDIO), RATE, 1)
        store = ShardStore(tmp_path / "store")
        return Tracks.validate(describe_tracks(found, store.index)[0]), store

    return run


def test_folders_are_walked_and_their_files_decoded(put, heard):
    samples = put("Nina/Live #1/söng 100%?.flac", 1)
    put("Nina/2.m4a", 2, "aac")
    put("Nina/.hidden/3.flac", 3)
    tracks, store = heard(source="folder")
    assert tracks["path"].tolist() == ["Nina/2.m4a", "Nina/Live #1/söng 100%?.flac"]
    assert tracks["album_id"].fillna("none").tolist() == ["none", "Nina/Live #1"]
    assert np.array_equal(store.read("Nina/Live #1/söng 100%?.flac", "mixture"), samples)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_manifest_is_read(form, put, heard, remote):
    import pandas as pd

    put("a/1.flac", 1)
    paths = ["a/1.flac", "a/2.flac", "../1.flac", "memory://bucket/music/a/1.flac"]
    table = pd.DataFrame({"path": paths, "singer_id": ["7", "8", "9", "9"]})
    with (remote / f"manifest.{form}").open("wb") as file:
        (table.to_csv if form == "csv" else table.to_parquet)(file)
    tracks, _ = heard(source="own")
    assert tracks[["path", "singer_id"]].values.tolist() == [["a/1.flac", "7"]]


def test_fma_is_read(put, heard, remote):
    put("fma_small/000/000002.mp3", 1, "libmp3lame")
    header = ["," + ",".join(["artist"] * 2 + ["album"] + ["track"] * 3), ",id,name,id,genre_top,language_code,license"]
    with (remote / "fma_metadata" / "tracks.csv").open("w") as file:
        file.write("\n".join([*header, "track_id,,,,,,", "2,1,AWOL,1,Hip-Hop,en,CC", "3,1,AWOL,1,Hip-Hop,en,CC"]))
    tracks, _ = heard(source="fma")
    assert tracks[["track_id", "singer_name"]].values.tolist() == [["000002", "AWOL"]]


def test_mtg_jamendo_is_read(put, heard, remote):
    put("audio-low/24/3524.low.mp3", 1, "libmp3lame")
    lines = [
        "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS",
        "track_0003524\tartist_1\talbum_1\t24/3524.mp3\t9\tgenre---pop",
    ]
    with (remote / "data" / "autotagging_genre.tsv").open("w") as file:
        file.write("\n".join(lines))
    tracks, _ = heard(source="mtg_jamendo")
    assert tracks[["track_id", "path"]].values.tolist() == [["track_0003524", "audio-low/24/3524.low.mp3"]]


def test_a_damaged_or_vanished_remote_file_is_a_rejected_row(put, corpus, remote, tmp_path):
    put("Nina/1.flac", 1)
    (remote / "Nina/2.flac").write_bytes(b"no music")
    parameters = corpus(root="memory://bucket/music", source="folder")
    found, _ = list_tracks(parameters)
    (remote / "Nina/1.flac").unlink()
    with joblib.parallel_config(backend="threading"):
        write_store(tmp_path / "store", decode_tracks(found, parameters, AUDIO), RATE, 1)
    _, rejected = describe_tracks(found, ShardStore(tmp_path / "store").index)
    assert rejected["reason"].str.split(":").str[0].tolist() == ["no such file", "not audio"]


@pytest.mark.parametrize(
    ("root", "problem"),
    [
        ("memory://nowhere", "does not exist"),
        ("nope://bucket/x", "cannot be reached"),
        ("s3://bucket/x", "cannot be reached"),
    ],
)
def test_a_root_that_cannot_be_reached_is_one_clear_message(root, problem, corpus):
    with pytest.raises(RealClonedError, match=f"{root} {problem}.*root=PATH"):
        list_tracks(corpus(root=root))


def test_only_the_local_file_system_takes_any_name_for_a_file(tmp_path, corpus):
    write_wav(tmp_path / "memory:" / "bucket" / "1.wav", music(seed=1))
    assert list_tracks(corpus(source="folder"))[0]["path"].tolist() == ["memory:/bucket/1.wav"]
