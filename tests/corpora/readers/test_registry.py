"""Each source has its reader, on this machine or on another file system: here fsspec's in memory, elsewhere s3://."""

import fsspec
import joblib
import numpy as np
import pytest
from upath import UPath

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import write_store
from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.decoding import decode_tracks, describe_tracks
from real_cloned.corpora.readers.registry import list_tracks, read_own
from real_cloned.parameters.ingest import AudioParameters, SingerSplit
from real_cloned.schemas.corpora import ListedTracks, Rejected, Tracks
from tests.sounds import music, write_audio, write_wav


def test_a_source_that_lists_nothing_stops_the_run_whatever_it_is(corpus, touch, tmp_path):
    touch("1.mp3")
    (tmp_path / "manifest.csv").write_text("path,singer_id\n1.mp3,A\n")
    with pytest.raises(
        RealClonedError, match=r"closed: .* lists no tracks \(clones\); set corpora\.closed\.root to null"
    ):
        list_tracks(corpus(part="clones"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw_30s.tsv").write_text("TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n")
    (tmp_path / "audio").mkdir()
    with pytest.raises(RealClonedError, match="closed: .* lists no tracks"):
        list_tracks(corpus(source="mtg_jamendo"))


def test_a_corpus_that_is_not_there_is_two_empty_tables(corpus):
    listed, rejected = list_tracks(corpus(root=None))
    assert ListedTracks.validate(listed).empty
    assert Rejected.validate(rejected).empty


@pytest.mark.parametrize(("source", "path"), [("own", "Nina/1.mp3"), ("folder", "Nina/1.mp3")])
def test_the_source_names_the_reader(source, path, corpus, touch):
    touch(path)
    listed = ListedTracks.validate(list_tracks(corpus(source=source))[0])
    assert listed["path"].tolist() == [path]
    assert listed["id_space"].tolist() == ["manifest"]


def test_a_source_that_is_divided_later_is_listed_whole_without_its_clones(corpus, touch, tmp_path):
    touch("A.mp3", "B.mp3", "C.mp3")
    (tmp_path / "manifest.csv").write_text("path,singer_id,clone_method\nA.mp3,A,\nB.mp3,B,\nC.mp3,B,RVC\n")
    draw = SingerSplit(closed=1, validation=0, min_tracks=2)
    listed = list_tracks(corpus(name="train", part="train", draw=draw, split="train"))[0]
    assert listed["path"].tolist() == ["A.mp3", "B.mp3"]


@pytest.mark.parametrize(("split", "n_used"), [("train", 2), ("validation", 2), ("probe", 2), ("clone", 3)])
def test_a_real_track_of_several_singers_is_rejected_and_a_clone_of_several_is_not(
    split, n_used, corpus, touch, tmp_path
):
    touch("1.mp3", "2.mp3", "3.mp3")
    (tmp_path / "manifest.csv").write_text("path,singer_id,singer_ids\n1.mp3,A,\n2.mp3,B,A;B\n3.mp3,B,B\n")
    listed, rejected = list_tracks(corpus(split=split))
    assert len(ListedTracks.validate(listed)) == n_used
    assert Rejected.validate(rejected)["path"].tolist() == ["2.mp3"][: 3 - n_used]
    assert rejected["reason"].str.startswith("several singers").all()


@pytest.mark.parametrize("name", ["Various Artists", "VARIOUS ARTISTS", "Unknown Artist", "VA", "V.A.", "Compilations"])
def test_tracks_of_no_single_singer_are_rejected_with_a_warning(name, corpus, touch, caplog):
    touch(f"{name}/1.mp3", f"{name}/Best of/2.mp3", "Various Cruelties/3.mp3", "Vala/4.mp3")
    listed, rejected = list_tracks(corpus())
    assert ListedTracks.validate(listed)["singer_id"].tolist() == ["Vala", "Various Cruelties"]
    assert Rejected.validate(rejected)["reason"].tolist() == [f"no single singer: {name}"] * 2
    assert f"closed: 2 tracks are left out, as '{name}' names no single singer" in caplog.text


def test_the_name_decides_whether_there_is_a_single_singer_and_not_the_id(corpus, touch, tmp_path, caplog):
    touch("1.mp3", "2.mp3")
    (tmp_path / "manifest.csv").write_text("path,singer_id,singer_name\n1.mp3,VA,Vera Adams\n2.mp3,7,various artists\n")
    listed, rejected = list_tracks(corpus())
    assert listed["singer_id"].tolist() == ["VA"]
    assert rejected["path"].tolist() == ["2.mp3"]
    assert len(list_tracks(corpus(split="clone"))[0]) == 2


def test_a_corpus_of_which_nothing_is_usable_stops_the_run_and_says_why(corpus, tmp_path):
    (tmp_path / "manifest.csv").write_text("path,singer_id\na.mp3,A\nb.mp3,\n")
    with pytest.raises(RealClonedError, match=r"of the 2 tracks .*missing on disk \(1\).*The first is a\.mp3"):
        list_tracks(corpus())


def test_a_manifest_goes_before_the_folders(corpus, touch, tmp_path):
    touch("Nina/1.mp3", "Nina/2.mp3")
    assert read_own(corpus())[0]["singer_id"].tolist() == ["Nina", "Nina"]
    (tmp_path / "manifest.csv").write_text("path,singer_id\nNina/1.mp3,Ella\n")
    assert read_own(corpus())[0]["singer_id"].tolist() == ["Ella"]


def test_a_root_that_is_not_there_says_how_to_give_one(corpus, tmp_path):
    with pytest.raises(RealClonedError, match=r"nowhere does not exist; .*--params=own\.root=PATH"):
        read_own(corpus(root=str(tmp_path / "nowhere")))


def test_a_root_that_is_a_file_says_so(corpus, touch, tmp_path):
    touch("song.mp3")
    with pytest.raises(RealClonedError, match=r"song\.mp3 is a file, not a folder"):
        read_own(corpus(root=str(tmp_path / "song.mp3")))


def test_the_home_folder_may_be_written_as_a_tilde(corpus, touch, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    touch("music/Nina/1.mp3")
    assert len(read_own(corpus(root="~/music"))[0]) == 1


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
def decode_remote(corpus, tmp_path):
    """Read and decode a remote corpus; return its tracks and the store."""

    def run(**settings):
        parameters = corpus(root="memory://bucket/music", **settings)
        found, _ = list_tracks(parameters)
        with joblib.parallel_config(backend="threading"):
            write_store(tmp_path / "store", decode_tracks(found, parameters, AUDIO), RATE, 1)
        store = ShardStore(tmp_path / "store")
        return Tracks.validate(describe_tracks(found, store.index)[0]), store

    return run


def test_folders_are_walked_and_their_files_decoded(put, decode_remote):
    samples = put("Nina/Live #1/söng 100%?.flac", 1)
    put("Nina/2.m4a", 2, "aac")
    put("Nina/.hidden/3.flac", 3)
    tracks, store = decode_remote(source="folder")
    assert tracks["path"].tolist() == ["Nina/2.m4a", "Nina/Live #1/söng 100%?.flac"]
    assert tracks["album_id"].fillna("none").tolist() == ["none", "Nina/Live #1"]
    assert np.array_equal(store.read("Nina/Live #1/söng 100%?.flac", "mixture"), samples)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_manifest_is_read(form, put, decode_remote, remote):
    import pandas as pd

    put("a/1.flac", 1)
    paths = ["a/1.flac", "a/2.flac", "../1.flac", "memory://bucket/music/a/1.flac"]
    table = pd.DataFrame({"path": paths, "singer_id": ["7", "8", "9", "9"]})
    with (remote / f"manifest.{form}").open("wb") as file:
        (table.to_csv if form == "csv" else table.to_parquet)(file)
    tracks, _ = decode_remote(source="own")
    assert tracks[["path", "singer_id"]].values.tolist() == [["a/1.flac", "7"]]


def test_fma_is_read(put, decode_remote, remote):
    put("fma_small/000/000002.mp3", 1, "libmp3lame")
    header = ["," + ",".join(["artist"] * 2 + ["album"] + ["track"] * 3), ",id,name,id,genre_top,language_code,license"]
    with (remote / "fma_metadata" / "tracks.csv").open("w") as file:
        file.write("\n".join([*header, "track_id,,,,,,", "2,1,AWOL,1,Hip-Hop,en,CC", "3,1,AWOL,1,Hip-Hop,en,CC"]))
    tracks, _ = decode_remote(source="fma")
    assert tracks[["track_id", "singer_name"]].values.tolist() == [["000002", "AWOL"]]


def test_mtg_jamendo_is_read(put, decode_remote, remote):
    put("audio-low/24/3524.low.mp3", 1, "libmp3lame")
    lines = [
        "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS",
        "track_0003524\tartist_1\talbum_1\t24/3524.mp3\t9\tgenre---pop",
    ]
    with (remote / "data" / "autotagging_genre.tsv").open("w") as file:
        file.write("\n".join(lines))
    tracks, _ = decode_remote(source="mtg_jamendo")
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
