"""Spellings of one singer: told, listed, and one singer only where that is asked for."""

import unicodedata

import pandas as pd
import pytest

from real_cloned.corpora.leakage import remove_leakage
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.corpora.spellings import find_spellings
from real_cloned.parameters.ingest import CorpusParameters, SingerSplit
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import ListedTracks, Spellings
from tests.corpora.test_leakage import listed

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))
SPELLINGS = ["Adele", "adele", "ADELE ", "A\u200bdele"], [COMPOSED, DECOMPOSED], ["Nina  Simone", "Nina Simone"]


@pytest.fixture
def folders(touch):
    """Two tracks by each spelling, in a folder of that name, and two by a singer of one spelling."""
    for ids in (*SPELLINGS, ["Björk"]):
        touch(*(f"{singer}/{track}.mp3" for singer in ids for track in (1, 2)))
    touch("adele/3.mp3")


def rows(table):
    return Spellings.validate(table)[["corpus", "singer_id", "n_tracks"]].values.tolist()


def test_spellings_within_a_corpus_are_singers_of_their_own_are_listed_and_told(folders, corpus, caplog):
    found, _ = list_tracks(corpus())
    assert found["singer_id"].nunique() == sum(map(len, SPELLINGS)) + 1
    table = Spellings.validate(find_spellings({"closed": found, "fma": empty_table(ListedTracks)}))
    assert [sorted(group) for _, group in table.groupby("name")["singer_id"]] == [
        sorted(ids) for ids in SPELLINGS[:1]
    ] + [sorted(ids) for ids in (SPELLINGS[2], SPELLINGS[1])]
    assert ["closed", "adele", 3] in rows(table)
    assert "'adele', 'ADELE ', 'Adele', 'A\\u200bdele'" in caplog.text
    assert "'Zoe\\u0308', 'Zo\\xeb'" in caplog.text or "'Zoe\\u0308', 'Zoë'" in caplog.text
    assert "--params=own.same_singer=normalised" in caplog.text


def test_normalised_takes_the_spellings_for_one_singer_with_the_id_of_the_most_tracks(folders, corpus, caplog):
    found, _ = list_tracks(corpus(same_singer="normalised"))
    assert found["singer_id"].value_counts().to_dict() == {
        "adele": 9, DECOMPOSED: 4, "Nina  Simone": 4, "Björk": 2,
    }  # fmt: skip
    assert found["singer_ids"].map(len).eq(1).all()
    assert "taken for one, with the first of these ids" in caplog.text
    assert find_spellings({"closed": ListedTracks.validate(found)}).empty


def test_a_corpus_without_doubles_says_nothing(touch, corpus, caplog):
    touch("Ann/1.mp3", "Bob/1.mp3", "1/1.mp3", "01/1.mp3")
    for same_singer in ("exact", "normalised"):
        assert list_tracks(corpus(same_singer=same_singer))[0]["singer_id"].nunique() == 4
    assert caplog.text == ""


def test_names_that_a_manifest_gives_are_compared_and_not_its_ids(touch, corpus, tmp_path):
    touch("1.mp3", "2.mp3", "3.mp3")
    (tmp_path / "manifest.csv").write_text(
        "path,singer_id,singer_name,singer_ids\n1.mp3,7,Nina,8\n2.mp3,8,NINA,\n3.mp3,9,Ella,\n"
    )
    exact, rejected = list_tracks(corpus())
    assert rejected["reason"].str.startswith("several singers").tolist() == [True]
    merged, rejected = list_tracks(corpus(same_singer="normalised"))
    assert merged["singer_id"].tolist() == ["8", "8", "9"] and rejected.empty
    assert exact["singer_id"].tolist() == ["8", "9"]


def test_the_same_name_in_two_corpora_is_listed_unless_it_is_the_same_id():
    closed = listed((["Adele"], "Adele"), (["b"], "Bob"))
    cloned = listed((["ADELE"], "ADELE"), (["b"], "Bob"))
    fma = listed((["7"], "adele"), (["8"], "Bob"), (["9"], "9"), id_space="fma")
    table = find_spellings({"closed": closed, "cloned": cloned, "fma": fma, "mtg": listed((["9"], "9"))})
    assert [row[:2] for row in rows(table)] == [
        ["cloned", "ADELE"], ["closed", "Adele"], ["fma", "7"], ["cloned", "b"], ["closed", "b"], ["fma", "8"],
    ]  # fmt: skip


@pytest.mark.parametrize(("same_singer", "expected"), [("exact", ["ADELE", "Bob"]), ("normalised", ["Adele", "Bob"])])
def test_clones_take_the_spelling_of_their_gallery_where_it_is_asked_for(same_singer, expected):
    clones = listed((["ADELE", "Bob"], "ADELE")).assign(clone_source_id="bob")
    tables = {"closed": listed((["Adele"], "Adele"), (["Bob"], "Bob")), "cloned": clones}
    parameters = CorpusParameters(name="cloned", root="x", split="clone", same_singer=same_singer)
    (clone,) = remove_leakage(tables, parameters)[0].to_dict("records")
    assert (clone["singer_id"], clone["singer_ids"]) == (expected[0], expected)


def test_all_corpora_of_one_source_agree_on_the_ids(folders, corpus):
    split = SingerSplit(closed=1, validation=1, min_tracks=2)
    parts = [list_tracks(corpus(part=part, draw=split, same_singer="normalised"))[0] for part in ("closed", "train")]
    assert set(pd.concat(parts)["singer_id"]) <= {"adele", DECOMPOSED, "Nina  Simone", "Björk"}
