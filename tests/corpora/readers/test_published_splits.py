import json

import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.published_splits import published_segments, read_published_splits
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.corpora.splits import split_tracks
from real_cloned.schemas.corpora import PublishedSplits, Rejected, Segments, Splits

FMA = {
    "train": {"1": {"track": [
        {"file_id": "000002.mp3", "vocal_segs": [0, 6.0]}, {"file_id": "000003.mp3", "vocal_segs": [12]}
    ]}},
    "val": {"1": {"track": {"file_id": "000005.mp3", "vocal_segs": [18]}}},
    "test": {"1": {"track": {"file_id": "000010.mp3", "vocal_segs": [24, 30]}}},
}  # fmt: skip
MTG = {
    "train": {"artist_1": [{"file_id": "24/3524.mp3", "vocal_segs": [0]}]},
    "val": {"artist_1": {"file_id": "25/3525.mp3", "vocal_segs": [6]}},
    "test": {"artist_1": {"file_id": "26/1003526.mp3", "vocal_segs": [12]}},
}


@pytest.fixture
def published(tmp_path, corpus):
    """Write the splits of both corpora and return parameters that name them."""
    for folder, stem, content in (("FMA", "fma", FMA), ("mtg-jamendo-dataset", "mtg", MTG)):
        (tmp_path / "splits" / folder).mkdir(parents=True)
        for name, artists in content.items():
            (tmp_path / "splits" / folder / f"{stem}_{name}_set.json").write_text(json.dumps(artists))

    def make(source="fma", **settings):
        name = {"fma": "fma", "mtg_jamendo": "mtg"}.get(source, "closed")
        return corpus(name=name, source=source, published_splits=str(tmp_path / "splits"), **settings)

    return make


def rows(table):
    return list(table.itertuples(index=False, name=None))


def test_roles_and_segments_are_read_as_they_stand(published):
    fma = PublishedSplits.validate(read_published_splits(published()))
    assert rows(fma) == [
        ("000002", "train", 0.0), ("000002", "train", 6.0), ("000003", "train", 12.0), ("000005", "validation", 18.0),
        ("000010", "test", 24.0), ("000010", "test", 30.0),
    ]  # fmt: skip
    mtg = PublishedSplits.validate(read_published_splits(published("mtg_jamendo")))
    assert rows(mtg) == [
        ("track_0003524", "train", 0.0), ("track_0003525", "validation", 6.0), ("track_1003526", "test", 12.0)
    ]  # fmt: skip


def test_where_none_are_given_the_table_is_empty(published, corpus):
    assert PublishedSplits.validate(read_published_splits(corpus())).empty
    assert read_published_splits(published(root=None)).empty


def test_only_what_the_splits_name_is_listed_and_what_the_metadata_lack_is_rejected(published, tmp_path, touch):
    (tmp_path / "data").mkdir()
    lines = ["TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"]
    lines += [f"track_{n:07d}\tartist_1\talbum_1\t{n % 100:02d}/{n}.mp3\t60.0\tgenre---pop" for n in (3524, 3525, 4000)]
    (tmp_path / "data" / "raw_30s.tsv").write_text("\n".join(lines) + "\n")
    touch("audio/24/3524.mp3", "audio/00/4000.mp3")
    listed, rejected = list_tracks(published("mtg_jamendo"))
    assert listed["track_id"].tolist() == ["track_0003524"]
    reasons = dict(zip(rejected["track_id"], rejected["reason"].str.split(":").str[0], strict=True))
    assert reasons == {"track_0003525": "missing on disk", "track_1003526": "not in the metadata"}


def test_segments_come_from_the_splits_and_those_beyond_a_tracks_end_do_not(published):
    splits = read_published_splits(published())
    tracks = pd.DataFrame(
        {"track_id": ["000002", "000005", "000010"], "path": list("abc"), "duration_s": [12.0, 20.0, 31.0]}
    )
    segments, rejected = published_segments(splits, tracks, 6.0)
    assert rows(Segments.validate(segments)) == [("000002", 0.0, 1.0), ("000002", 6.0, 1.0), ("000010", 24.0, 1.0)]
    assert Rejected.validate(rejected)["track_id"].tolist() == ["000005"]


def test_roles_are_the_published_ones_whatever_the_seed(published):
    splits = read_published_splits(published())
    tracks = pd.DataFrame({"track_id": ["000002", "000003", "000005", "000010"], "singer_id": "1", "path": "p"})
    for seed in (0, 1):
        roles, rejected = split_tracks(tracks, splits, splits, published(seed=seed))
        assert dict(rows(Splits.validate(roles))) == dict(rows(splits[["track_id", "role"]]))
        assert rejected.empty


def test_a_singer_whose_test_track_is_lost_is_left_out_with_the_reason(published):
    splits = read_published_splits(published())
    tracks = pd.DataFrame({"track_id": ["000002", "000003", "000005"], "singer_id": "1", "path": "p"})
    roles, rejected = split_tracks(tracks, splits, splits, published())
    assert roles.empty
    assert Rejected.validate(rejected)["reason"].str.startswith("incomplete published split").all()


def test_a_source_without_published_splits_is_one_clear_message(published):
    with pytest.raises(RealClonedError, match=r"none of folder; set corpora\.closed\.published_splits to null"):
        read_published_splits(published("folder"))


@pytest.mark.parametrize("content", ["{", "[]", '{"1": {"track": {"file_id": "000002.mp3"}}}', '{"1": [3]}'])
def test_a_file_that_does_not_look_as_described_is_named(content, published, tmp_path):
    (tmp_path / "splits/FMA/fma_val_set.json").write_text(content)
    with pytest.raises(RealClonedError, match=r"fma_val_set\.json"):
        read_published_splits(published())


def test_missing_files_are_one_clear_message(published, tmp_path):
    (tmp_path / "splits/FMA/fma_test_set.json").unlink()
    with pytest.raises(RealClonedError, match=r"unpack splits\.zip"):
        read_published_splits(published())
