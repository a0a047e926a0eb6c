import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.manifest import read_manifest
from real_cloned.corpora.readers.registry import read_own

REAL = Path(__file__).parents[3] / ".." / "shared" / "real"


@pytest.fixture
def manifest(tmp_path):
    def write(text, encoding="utf-8"):
        (tmp_path / "manifest.csv").write_text(text, encoding=encoding)

    return write


def test_a_path_and_a_singer_are_enough(corpus, touch, manifest, valid):
    touch("a/1.mp3", "b/2.flac")
    manifest("path,singer_id\na/1.mp3,Nina\nb/2.flac,Ella\n")
    found, rejected = valid(read_manifest(corpus()))
    assert found["track_id"].tolist() == found["path"].tolist() == ["a/1.mp3", "b/2.flac"]
    assert found["singer_id"].tolist() == found["singer_name"].tolist() == ["Nina", "Ella"]
    assert found["singer_ids"].tolist() == [["Nina"], ["Ella"]]
    assert found["genre"].isna().all()
    assert rejected == {}


def test_every_optional_column_is_read_and_others_are_ignored(corpus, touch, manifest, valid):
    touch("1.mp3")
    manifest(
        "path,singer_id,track_id,singer_ids,singer_name,album_id,album,genre,language,clone_method,clone_source_id,"
        "licence,kind\n1.mp3,nina,t1,nina; ella ;nina,Nina S.,a1,Live,Jazz,en,rvc,max,CC0,x\n"
    )
    found, _ = valid(read_manifest(corpus()))
    assert found.drop(columns="singer_ids").iloc[0].to_dict() == {
        **{"track_id": "t1", "singer_id": "nina", "singer_name": "Nina S.", "path": "1.mp3", "album_id": "a1"},
        **{"genre": "Jazz", "language": "en", "clone_method": "rvc", "clone_source_id": "max", "licence": "CC0"},
    }
    assert found["singer_ids"].tolist() == [["nina", "ella"]]


def test_the_singer_comes_first_among_several_singers(corpus, touch, manifest, valid):
    touch("1.mp3", "2.mp3")
    manifest("path,singer_id,singer_ids\n1.mp3,nina,ella;nina\n2.mp3,ella,\n")
    assert valid(read_manifest(corpus()))[0]["singer_ids"].tolist() == [["nina", "ella"], ["ella"]]


def test_the_columns_may_have_other_names(corpus, touch, manifest, valid):
    touch("1.mp3")
    manifest("file,artist,album\n1.mp3,Nina,Live\n")
    found, _ = valid(read_manifest(corpus(path_column="file", singer_column="artist")))
    assert found[["path", "singer_id", "album_id"]].values.tolist() == [["1.mp3", "Nina", "Live"]]


def test_ids_stay_text_whatever_they_look_like(corpus, touch, manifest, valid):
    touch("1.mp3", "2.mp3", "3.mp3")
    manifest("path,singer_id,genre\n1.mp3,007,\n2.mp3,NA,None\n3.mp3,1e5,nan\n")
    found, _ = valid(read_manifest(corpus()))
    assert found["singer_id"].tolist() == ["007", "NA", "1e5"]
    assert found["genre"].isna().tolist() == [True, False, False]


def test_odd_names_byte_order_marks_and_spaces_are_read(corpus, touch, manifest, valid):
    touch("🎤 été/a, b.mp3", "2.mp3")
    manifest('path,singer_id\n"🎤 été/a, b.mp3", Björk \n./x/../2.mp3,Ω\n', encoding="utf-8-sig")
    found, _ = valid(read_manifest(corpus()))
    assert found[["path", "singer_id"]].values.tolist() == [["🎤 été/a, b.mp3", "Björk"], ["2.mp3", "Ω"]]


def test_each_bad_row_is_rejected_with_its_reason_and_costs_no_other(corpus, touch, manifest, tmp_path, valid):
    touch("1.mp3", "2.mp3", "folder/x.mp3")
    (tmp_path.parent / "outside.mp3").touch()
    rows = ["1.mp3,A", "2.mp3,", f"{tmp_path}/1.mp3,A", "../outside.mp3,A", "x/../../outside.mp3,A", "gone.mp3,A"]
    manifest("\n".join(["path,singer_id", *rows, "folder,A", "bad\0name.mp3,A"]))
    found, rejected = valid(read_manifest(corpus()))
    assert found["path"].tolist() == ["1.mp3"]
    assert rejected.pop("2.mp3") == "no singer"
    assert rejected.pop("gone.mp3") == rejected.pop("folder") == "missing on disk"
    assert rejected.pop(f"{tmp_path}/1.mp3").startswith("outside the corpus' folder")
    assert rejected.pop("../outside.mp3").startswith("outside the corpus' folder")


def test_a_row_without_a_path_is_rejected(corpus, touch, manifest):
    touch("1.mp3")
    manifest("path,singer_id\n1.mp3,A\n,B\n")
    _, rejected = read_manifest(corpus())
    assert rejected["reason"].tolist() == ["no path"]
    assert rejected["path"].isna().all()


def test_of_rows_with_one_path_or_one_track_id_the_first_usable_one_counts(corpus, touch, manifest):
    touch("1.mp3", "2.mp3", "3.mp3")
    manifest("track_id,path,singer_id\na,1.mp3,\nb,1.mp3,A\nc,./1.mp3,B\nd,2.mp3,A\nd,3.mp3,A\n")
    found, rejected = read_manifest(corpus())
    assert found["track_id"].tolist() == ["b", "d"]
    assert rejected["reason"].tolist() == ["no singer", "its path is listed before", "its track_id is listed before"]


def test_a_parquet_manifest_is_read_with_numbers_and_lists(corpus, touch, tmp_path, valid):
    touch("1.mp3", "2.mp3")
    table = pd.DataFrame({"path": ["1.mp3", "2.mp3"], "singer_id": [7, 8], "singer_ids": [["7", "9"], None]})
    table.to_parquet(tmp_path / "manifest.parquet")
    found, _ = valid(read_manifest(corpus()))
    assert found["singer_id"].tolist() == ["7", "8"]
    assert found["singer_ids"].tolist() == [["7", "9"], ["8"]]


def test_a_missing_manifest_says_what_was_expected_and_the_way_out(corpus):
    with pytest.raises(RealClonedError, match=r"holds no manifest\.csv.*corpora\.closed\.source=folder"):
        read_manifest(corpus())


def test_a_missing_column_says_what_was_found_and_how_to_name_the_right_one(corpus, manifest):
    manifest("path,artist\n1.mp3,A\n")
    with pytest.raises(RealClonedError, match=r"'singer_id'.*'path', 'artist'.*own\.singer_column=COLUMN"):
        read_manifest(corpus())
    with pytest.raises(
        RealClonedError, match=r"'file'.*'path', 'artist'.*--params=corpora\.closed\.path_column=COLUMN"
    ):
        read_manifest(corpus(path_column="file", singer_column="artist", source="manifest"))


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00bad", b'path,singer_id\n"1.mp3,A\n', b"path,singer_id\na,b\na,b,c,d\n"]
)
def test_a_manifest_that_is_no_table_stops_with_its_name(content, corpus, tmp_path):
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(RealClonedError, match=r"manifest\.csv"):
        read_manifest(corpus())


@pytest.mark.parametrize("rows", ["", "\n\n", ",,\n,,\n"])
def test_a_manifest_of_no_rows_stops_the_run(rows, corpus, manifest):
    manifest(f"path,singer_id,singer_ids\n{rows}")
    with pytest.raises(RealClonedError, match=r"manifest\.csv has a header and no rows: write a row per recording"):
        read_manifest(corpus())


@pytest.mark.parametrize("line", [2, 3, 5])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_row_with_more_fields_than_the_header_stops_with_its_line_wherever_it_stands(
    line, separator, corpus, touch, manifest
):
    rows = [separator.join(["path", "singer_id", "album"]), *[separator.join(["1.mp3", "A", "Live"])] * 3]
    rows.insert(line - 1, separator.join(["Ann/1.flac", "Simone", " Nina", "Live"]))
    manifest("\n".join(rows))
    with pytest.raises(RealClonedError, match=rf"manifest\.csv, line {line}: 4 fields, but the header has 3.*quotes"):
        read_manifest(corpus())


def test_separators_behind_the_last_field_and_rows_that_lack_some_change_nothing(corpus, touch, manifest, valid):
    touch("1.mp3", "2.mp3", "3.mp3")
    manifest("path,singer_id,genre\n1.mp3,A,Pop,, \n2.mp3,B\n,,\n3.mp3,C,\n")
    found, rejected = valid(read_manifest(corpus()))
    assert found["singer_id"].tolist() == ["A", "B", "C"]
    assert found["genre"].isna().tolist() == [False, True, True]
    assert rejected == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_tables_that_spreadsheets_export_are_read(encoding, separator, end, corpus, touch, tmp_path, valid):
    touch("1.mp3", "2.mp3")
    rows = [["path", "singer_id", "singer_ids"], ["1.mp3", "Zoë", '"Zoë;A, B"'], ["2.mp3", '"Say ""A""\tB"', ""]]
    text = end.join(separator.join(row) for row in [*rows, []])
    (tmp_path / "manifest.csv").write_bytes(text.encode(encoding))
    found, _ = valid(read_manifest(corpus(split="clone")))
    assert found["singer_ids"].map(list).tolist() == [["Zoë", "A, B"], ['Say "A"\tB']]


def test_a_column_that_is_not_there_is_told_with_the_separator_that_was_seen(corpus, manifest):
    manifest("path;artist\n1.mp3;A\n")
    with pytest.raises(
        RealClonedError, match="with semicolons between the fields, has no column 'singer_id'.*'artist'"
    ):
        read_manifest(corpus())


def test_a_column_that_is_named_twice_stops_the_run(corpus, manifest):
    manifest("path,singer_id,singer_id\n1.mp3,A,B\n")
    with pytest.raises(RealClonedError, match="more than one column 'singer_id'"):
        read_manifest(corpus())


def test_a_quote_that_is_not_closed_is_told_with_its_line(corpus, manifest):
    manifest('path,singer_id\n1.mp3,A\n"Heroes" live.mp3,B\n2.mp3,C\n')
    with pytest.raises(RealClonedError, match=r"manifest\.csv, line 3: .*double quote"):
        read_manifest(corpus())


@pytest.mark.parametrize(
    "name", ["Manifest.csv", "manifest.xlsx", "MANIFEST.TSV", "manifest.csv.txt", "manifest (1).csv"]
)
def test_what_looks_like_a_manifest_and_is_none_is_told(name, corpus, touch, manifest, caplog):
    touch("Ann/1.mp3", name)
    with pytest.raises(RealClonedError, match=rf"holds no manifest\.csv \(but {re.escape(name)}\)"):
        read_manifest(corpus())
    read_own(corpus())
    assert f"{name} was not read, singers are taken from the folders" in caplog.text
    manifest("path,singer_id\nAnn/1.mp3,A\n")
    if name.casefold() != "manifest.csv":
        read_own(corpus())
        assert caplog.messages[-1].endswith(f"manifest.csv was read, and {name} was not")


def test_paths_with_backslashes_are_read_as_windows_means_them(corpus, touch, manifest, valid):
    touch("Ann/Live/1.mp3", "odd\\2.mp3")
    rows = [
        "Ann\\Live\\1.mp3,A",
        "odd\\2.mp3,A",
        "Ann\\gone.mp3,A",
        "..\\3.mp3,A",
        "C:\\Music\\4.mp3,A",
        "\\\\nas\\5.mp3,A",
    ]
    manifest("\n".join(["path,singer_id", *rows]))
    found, rejected = valid(read_manifest(corpus()))
    assert found["path"].tolist() == ["Ann/Live/1.mp3", "odd\\2.mp3"]
    assert rejected.pop("Ann/gone.mp3") == "missing on disk"
    assert len(rejected) == 3
    assert all(reason.startswith("outside the corpus' folder") for reason in rejected.values())


@pytest.mark.parametrize(("written", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_accents_may_be_composed_in_the_manifest_and_decomposed_on_disk(
    written, on_disk, corpus, touch, manifest, valid
):
    path = "Björk/Début/é.mp3"
    touch(unicodedata.normalize(on_disk, path), "Björn/1.mp3")
    manifest(f"path,singer_id\n{unicodedata.normalize(written, path)},B\nBjörk/Début/e.mp3,B\n")
    found, rejected = valid(read_manifest(corpus()))
    assert found["path"].tolist() == [unicodedata.normalize(on_disk, path)]
    assert found["track_id"].tolist() == [unicodedata.normalize(written, path)]
    assert list(rejected.values()) == ["missing on disk"]


@pytest.mark.skipif(not REAL.is_dir(), reason="no real recordings here")
def test_the_real_manifest_gives_its_70_files(corpus, valid):
    found, rejected = valid(read_manifest(corpus(root=str(REAL))))
    assert (len(found), rejected) == (70, {})
    assert found["singer_id"].nunique() == 14
    assert {path.split("/")[0] for path in found["path"]} == {"singers", "songs", "acapella"}
    assert found[["album_id", "licence"]].notna().all(axis=None)


@pytest.mark.parametrize(("part", "paths"), [("all", ["1.mp3", "2.mp3"]), ("real", ["1.mp3"]), ("clones", ["2.mp3"])])
def test_real_tracks_and_clones_can_be_taken_apart(part, paths, corpus, touch, manifest):
    touch("1.mp3", "2.mp3")
    manifest("path,singer_id,clone_method,singer_ids\n1.mp3,A,,\n2.mp3,A,RVC,A;B\n")
    found, _ = read_manifest(corpus(part=part))
    assert found["path"].tolist() == paths


def test_another_manifest_can_be_named(corpus, touch, manifest, tmp_path):
    touch("1.mp3", "2.mp3")
    manifest("path,singer_id\n1.mp3,A\n")
    (tmp_path / "other.csv").write_text("path,singer_id\n2.mp3,B\n")
    assert read_manifest(corpus(metadata="other.csv"))[0]["path"].tolist() == ["2.mp3"]
    with pytest.raises(RealClonedError, match=r"gone\.csv, which should be its metadata"):
        read_manifest(corpus(metadata="gone.csv"))


def test_a_link_that_leads_out_of_the_root_is_rejected_and_one_inside_is_not(corpus, touch, manifest, tmp_path):
    touch("1.mp3")
    (tmp_path.parent / "secret.mp3").touch()
    (tmp_path / "out.mp3").symlink_to(tmp_path.parent / "secret.mp3")
    (tmp_path / "in.mp3").symlink_to(tmp_path / "1.mp3")
    manifest("path,singer_id\n1.mp3,A\nin.mp3,A\nout.mp3,A\n")
    found, rejected = read_manifest(corpus())
    assert found["path"].tolist() == ["1.mp3", "in.mp3"]
    assert rejected["reason"].str.startswith("outside the corpus' folder").tolist() == [True]


def test_each_folder_is_resolved_once_however_many_files_it_has(corpus, touch, manifest, monkeypatch):
    paths = [f"{folder}/{number}.mp3" for folder in "ab" for number in range(20)]
    touch(*paths)
    manifest("path,singer_id\n" + "".join(f"{path},A\n" for path in paths))
    resolved, resolve = [], Path.resolve
    monkeypatch.setattr(Path, "resolve", lambda path, **settings: resolved.append(path) or resolve(path, **settings))
    assert len(read_manifest(corpus())[0]) == len(paths)
    assert len(resolved) == len(set(resolved)) <= 3
