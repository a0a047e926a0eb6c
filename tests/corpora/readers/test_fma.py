import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.fma import read_fma

HEADER = [
    ",album,album,artist,artist,artist,track,track,track,track,track,set",
    ",id,title,bio,id,name,duration,genre_top,language_code,license,title,subset",
    "track_id,,,,,,,,,,,",
]
ROWS = [
    '2,1,AWOL,"<p>two\nlines, and ""quotes""</p>",1,NA,168,Hip-Hop,en,CC BY,Food,small',
    "5,1,AWOL,,1,NA,168,,,CC BY,This World,small",
    "137,-1,,,58,Ωmega,100,Rock,el,,Song,full",
    "155930,9,X,,,,100,Rock,,,No artist,full",
]


@pytest.fixture
def fma(corpus, tmp_path, touch):
    def make(*audio, lines=(*HEADER, *ROWS)):
        (tmp_path / "fma_metadata").mkdir()
        (tmp_path / "fma_metadata" / "tracks.csv").write_text("\n".join(lines) + "\n")
        touch(*audio)
        return corpus(name="fma", source="fma")

    return make


def test_the_singer_is_the_tracks_artist_and_the_id_has_six_digits(fma, valid):
    found, _ = valid(read_fma(fma("fma_full/000/000002.mp3", "fma_full/000/000137.mp3")))
    names = ["track_id", "singer_id", "singer_name", "path", "album_id", "genre", "language", "licence"]
    assert found[names].fillna("").values.tolist() == [
        ["000002", "1", "NA", "fma_full/000/000002.mp3", "1", "Hip-Hop", "en", "CC BY"],
        ["000137", "58", "Ωmega", "fma_full/000/000137.mp3", "", "Rock", "el", ""],
    ]


def test_tracks_without_a_file_or_an_artist_are_rejected_and_files_without_a_row_are_not_there(fma):
    found, rejected = read_fma(fma("fma_small/000/000002.mp3", "fma_small/155/155930.mp3", "fma_small/999/999999.mp3"))
    assert found["track_id"].tolist() == ["000002"]
    reasons = dict(zip(rejected["track_id"], rejected["reason"], strict=True))
    assert reasons == {"000005": "missing on disk", "000137": "missing on disk", "155930": "no artist"}


def test_of_several_trees_the_untrimmed_one_is_used(fma, valid):
    paths = ["fma_small/000/000002.mp3", "fma_full/000/000002.mp3", "fma_medium/000/000005.mp3"]
    found, _ = valid(read_fma(fma(*paths)))
    assert found["path"].tolist() == ["fma_full/000/000002.mp3", "fma_medium/000/000005.mp3"]


def test_missing_metadata_columns_or_audio_say_what_was_expected(corpus, fma, tmp_path):
    with pytest.raises(RealClonedError, match=r"tracks\.csv does not exist; unpack fma_metadata\.zip"):
        read_fma(corpus(source="fma"))
    with pytest.raises(RealClonedError, match=r"holds no audio; unpack one of fma_full"):
        read_fma(fma())
    (tmp_path / "fma_metadata" / "tracks.csv").write_text("track_id,artist\n2,Nina\n")
    with pytest.raises(RealClonedError, match=r"lacks the columns .*'artist', 'id'"):
        read_fma(corpus(source="fma"))
