import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.parameters.ingest import SingerSplit
from real_cloned.schemas.corpora import ListedTracks, Rejected


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


def test_one_folder_serves_three_corpora_which_share_no_singer_and_lose_none(corpus, touch):
    touch(*(f"{singer}/{track}.mp3" for singer in "ABCDEFGH" for track in "123"))
    draw = SingerSplit(closed=3, validation=0.4, min_tracks=2)
    parts = {part: list_tracks(corpus(part=part, draw=draw))[0] for part in ("closed", "validation", "train")}
    singers = {part: set(listed["singer_id"]) for part, listed in parts.items()}
    assert {part: len(found) for part, found in singers.items()} == {"closed": 3, "validation": 2, "train": 3}
    assert set.union(*singers.values()) == set("ABCDEFGH")
    assert all(len(listed) == 3 * len(singers[part]) for part, listed in parts.items())


def test_a_corpus_of_which_nothing_is_usable_stops_the_run_and_says_why(corpus, tmp_path):
    (tmp_path / "manifest.csv").write_text("path,singer_id\na.mp3,A\nb.mp3,\n")
    with pytest.raises(RealClonedError, match=r"of the 2 tracks .*missing on disk \(1\).*The first is a\.mp3"):
        list_tracks(corpus())
