from pathlib import Path

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.mtg_jamendo import read_mtg_jamendo, read_tag_table

REAL = Path(__file__).parents[3] / ".." / "shared" / "real" / "metadata" / "mtg_jamendo" / "autotagging_moodtheme.tsv"
HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"
ROWS = [
    "track_0003524\tartist_000530\talbum_000552\t24/3524.mp3\t266.1\tmood/theme---melodic\tgenre---rock\tgenre---pop",
    "track_0004629\tartist_000087\talbum_000718\t29/4629.mp3\t180.5\tinstrument---voice",
    "track_0004631\tartist_000087\talbum_000718\t31/4631.mp3\t334.2",
]


@pytest.fixture
def mtg(corpus, tmp_path, touch):
    def make(*audio, name="raw_30s.tsv", lines=(HEADER, *ROWS)):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / name).write_text("\n".join(lines) + "\n")
        touch(*audio)
        return corpus(name="mtg", source="mtg_jamendo")

    return make


def test_a_line_gives_track_singer_album_and_its_first_genre(mtg, valid):
    found, rejected = valid(read_mtg_jamendo(mtg("audio/24/3524.mp3", "audio/29/4629.mp3", "audio/31/4631.mp3")))
    assert found[["track_id", "singer_id", "album_id", "path", "genre"]].fillna("").values.tolist() == [
        ["track_0003524", "artist_000530", "album_000552", "audio/24/3524.mp3", "rock"],
        ["track_0004629", "artist_000087", "album_000718", "audio/29/4629.mp3", ""],
        ["track_0004631", "artist_000087", "album_000718", "audio/31/4631.mp3", ""],
    ]
    assert found["singer_name"].tolist() == found["singer_id"].tolist()
    assert found["language"].isna().all()
    assert rejected == {}


def test_either_audio_tree_will_do_and_the_full_one_goes_first(mtg):
    found, rejected = read_mtg_jamendo(
        mtg("audio/24/3524.mp3", "audio-low/24/3524.low.mp3", "audio-low/29/4629.low.mp3")
    )
    assert found["path"].tolist() == ["audio/24/3524.mp3", "audio-low/29/4629.low.mp3"]
    assert rejected[["track_id", "reason"]].values.tolist() == [["track_0004631", "missing on disk"]]


def test_the_meta_table_gives_names_however_its_quotes_stand(mtg, tmp_path):
    parameters = mtg("audio/24/3524.mp3", "audio/29/4629.mp3")
    header = "TRACK_ID\tARTIST_ID\tALBUM_ID\tTRACK_NAME\tARTIST_NAME\tALBUM_NAME\tRELEASEDATE\tURL"
    row = 'track_0003524\tartist_000530\talbum_000552\t"Half a quote\tThe "Quotes\tLive"\t2005\thttp://x'
    (tmp_path / "data" / "raw.meta.tsv").write_text(f"{header}\n{row}\n")
    assert read_mtg_jamendo(parameters)[0]["singer_name"].tolist() == ['The "Quotes', "artist_000087"]


def test_raw_30s_goes_before_the_first_autotagging_table(mtg):
    parameters = mtg("audio/24/3524.mp3", name="autotagging_genre.tsv")
    mtg(name="autotagging_top50tags.tsv", lines=[HEADER])
    assert len(read_mtg_jamendo(parameters)[1]) == 2
    mtg(name="raw_30s.tsv", lines=[HEADER, ROWS[0]])
    assert len(read_mtg_jamendo(parameters)[1]) == 0


def test_a_missing_or_strange_table_says_what_was_expected(corpus, mtg):
    with pytest.raises(RealClonedError, match=r"neither raw_30s\.tsv nor autotagging"):
        read_mtg_jamendo(corpus(source="mtg_jamendo"))
    with pytest.raises(RealClonedError, match="first line must hold"):
        read_mtg_jamendo(mtg(lines=["TRACK_ID,ARTIST_ID"]))
    with pytest.raises(RealClonedError, match="line 3: expected"):
        read_mtg_jamendo(mtg(lines=[HEADER, ROWS[0], "track_1\tartist_1"]))


@pytest.mark.skipif(not REAL.is_file(), reason="no real metadata here")
def test_the_real_table_is_read_to_its_end():
    tags = read_tag_table(REAL)
    assert len(tags) == 18486
    assert tags["track_id"].is_unique
    assert tags["track_id"].str.fullmatch(r"track_\d{7}").all()
    assert tags["singer_id"].str.fullmatch(r"artist_\d{6}").all()
    assert tags["path"].str.fullmatch(r"\d\d/\d+\.mp3").all()


def test_any_of_the_tables_can_be_named(mtg):
    parameters = mtg("audio/24/3524.mp3", "audio/29/4629.mp3")
    mtg(name="autotagging_moodtheme-test.tsv", lines=[HEADER, ROWS[1]])
    named = parameters.model_copy(update={"metadata": "data/autotagging_moodtheme-test.tsv"})
    assert read_mtg_jamendo(named)[0]["track_id"].tolist() == ["track_0004629"]
    with pytest.raises(RealClonedError, match=r"holds no data/gone\.tsv"):
        read_mtg_jamendo(parameters.model_copy(update={"metadata": "data/gone.tsv"}))
