import logging

import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.leakage import FIRST, LAST, remove_leakage
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.demo.corpus import audio_path, singer_id, write_metadata
from real_cloned.demo.discography import plan_tracks
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import FoundTracks, ListedTracks, Rejected
from tests.tiny import DEMO

PRECEDENCE = FIRST + LAST
BYSTANDER = "a singer of no other corpus"
SPLITS = {"cloned": "clone", "validation": "validation", "train": "train"}


def listed(*tracks, id_space="manifest"):
    """Tracks of (singer ids, singer name)."""
    rows = [
        {
            **dict.fromkeys(empty_table(FoundTracks)),
            **{"track_id": f"{ids[0]}{index}", "path": f"{ids[0]}/{index}.mp3", "singer_id": ids[0]},
            **{"singer_ids": list(ids), "singer_name": name, "id_space": id_space},
        }
        for index, (ids, name) in enumerate(tracks)
    ]
    return ListedTracks.validate(pd.DataFrame(rows, columns=list(empty_table(ListedTracks))))


def removed(name, /, **corpora):
    """Run the removal for one corpus and return the singers kept, and the reasons of those removed."""
    tables = {corpus: corpora.get(corpus, listed()) for corpus in dict.fromkeys((*PRECEDENCE, *corpora))}
    tables[name] = pd.concat([tables[name], listed(([BYSTANDER], BYSTANDER))], ignore_index=True)
    found, rejected = remove_leakage(tables, CorpusParameters(name=name, root="x", split=SPLITS.get(name, "probe")))
    kept = FoundTracks.validate(found)["singer_name"].tolist()
    kept.remove(BYSTANDER)
    return kept, Rejected.validate(rejected)["reason"].tolist()


def test_pretraining_loses_a_singer_who_is_to_be_identified_by_id():
    kept, reasons = removed("train", train=listed((["a"], "Ann"), (["b"], "Bob")), closed=listed((["a"], "Other")))
    assert kept == ["Bob"]
    assert reasons == ["singer of another corpus: Ann stands in closed too, by id"]


def test_a_name_is_enough_across_sources_and_an_id_is_not():
    fma = listed((["7"], "Béla"), (["8"], "Cleo"), id_space="fma")
    kept, reasons = removed("train", train=listed((["8"], "Dora"), (["9"], "bela")), fma=fma)
    assert kept == ["Dora"]
    assert reasons == ["singer of another corpus: bela stands in fma too, by name"]


def test_a_duet_is_removed_when_either_voice_stands_elsewhere():
    kept, _ = removed("train", train=listed((["a", "b"], "Ann"), (["c"], "Cy")), closed=listed((["b"], "Bob")))
    assert kept == ["Cy"]


def test_clones_keep_their_targets_and_pretraining_loses_them():
    closed, cloned = listed((["a"], "Ann")), listed((["a"], "Ann"), (["z"], "Zoe"))
    assert removed("cloned", closed=closed, cloned=cloned)[0] == ["Ann", "Zoe"]
    assert removed("validation", validation=listed((["z"], "Zoe")), cloned=cloned)[0] == []


def test_a_singer_of_every_corpus_stays_in_one():
    tables = {corpus: listed((["a"], "Ann")) for corpus in PRECEDENCE}
    stays = {corpus for corpus in PRECEDENCE if removed(corpus, **tables)[0]}
    assert stays == {"closed", "cloned"}


def test_each_overlap_is_printed_once_with_its_tracks(caplog):
    train = listed((["a"], "Ann"), (["a"], "Ann"), (["b"], "Bob"))
    with caplog.at_level(logging.INFO):
        removed("train", train=train, closed=listed((["a"], "Ann")))
    assert caplog.messages == ["train: Ann stands in closed too, by id: removed with 2 tracks"]


def test_a_corpus_with_published_splits_loses_nobody_and_says_so(caplog):
    tables = {corpus: listed() for corpus in PRECEDENCE} | {
        "fma": listed((["a"], "Ann")),
        "closed": listed((["b"], "Ann")),
    }
    fma = CorpusParameters(name="fma", source="fma", root="x", split="probe", published_splits="splits")
    with caplog.at_level(logging.INFO):
        found, rejected = remove_leakage(tables, fma)
    assert len(found) == 1
    assert rejected.empty
    assert caplog.messages[0].endswith("kept, as the published splits have it")


def test_a_corpus_of_any_other_name_goes_before_pretraining_and_after_the_studys_own():
    tables = {name: listed((["a"], "Ann")) for name in ("fma", "mine", "train")}
    assert removed("mine", mine=tables["mine"], train=tables["train"]) == (["Ann"], [])
    assert removed("mine", **tables)[0] == []
    assert removed("train", mine=tables["mine"], train=tables["train"])[0] == []


@pytest.mark.parametrize(
    ("in_train", "in_closed"),
    [("the 1975", "The 1975"), ("311", "311"), ("!!!", "!!!"), ("Die Ärzte", "die arzte"), ("КИНО", "Кино")],
)
def test_pretraining_loses_singers_of_any_name(in_train, in_closed):
    train, closed = listed((["a"], in_train), id_space="fma"), listed((["b"], in_closed))
    assert removed("train", train=train, closed=closed)[0] == []


@pytest.mark.parametrize("credit", ["Drake feat. Rihanna", "Rihanna (ft. Drake)", "Rihanna & Drake", "Rihanna x Drake"])
def test_pretraining_loses_tracks_on_which_an_identified_singer_is_a_guest(credit):
    train, closed = listed((["a"], credit), (["b"], "Rihanna")), listed((["c"], "Drake"))
    kept, reasons = removed("train", train=train, closed=closed)
    assert kept == ["Rihanna"]
    assert reasons == [f"singer of another corpus: {credit} has a singer of closed, by name (drake)"]
    assert removed("train", train=listed((["c2"], "Drake")), closed=listed((["a"], credit)))[0] == []


def test_a_number_that_stands_for_an_unknown_name_is_compared_with_names_only():
    nameless = listed((["311"], "311"), id_space="mtg_jamendo")
    assert removed("train", train=nameless, fma=listed((["5"], "311"), id_space="fma"))[0] == []
    assert removed("train", train=nameless, fma=listed((["311"], "311"), id_space="fma"))[0] == ["311"]


def test_a_corpus_of_which_nobody_would_be_left_stops_the_run_with_the_names_and_the_reason():
    train = listed((["a"], "Ann"), (["a"], "Ann"), (["b"], "Bob"))
    tables = {"closed": listed((["a"], "Other")), "fma": listed((["7"], "bob"), id_space="fma"), "train": train}
    with pytest.raises(RealClonedError) as raised:
        remove_leakage(tables, CorpusParameters(name="train", root="x", split="train"))
    assert str(raised.value).startswith(
        "train: all 3 tracks are by singers of other corpora, so that none is left: Ann stands in closed too, by id; "
        "Bob stands in fma too, by name. Give train other singers."
    )


def test_made_singers_stay_whatever_ids_a_catalogue_has(tmp_path, touch, corpus):
    demo = DEMO.model_copy(update={"root": str(tmp_path / "demo")})
    write_metadata(demo)
    plans = plan_tracks(demo)
    touch(*(f"demo/{audio_path(plan)}" for plan in plans))
    names = {plan.singer: singer_id(plan.singer) for plan in plans}
    touch(*(f"mine/{name}/{track}.mp3" for name in names.values() for track in range(3)))
    mine, _ = list_tracks(corpus(root=str(tmp_path / "mine")))
    train = corpus(name="train", root=str(tmp_path / "demo/train"), split="train")
    made, _ = list_tracks(train)
    assert set(made["singer_id"]) & set(mine["singer_id"])
    kept, removed_tracks = remove_leakage({"closed": mine, "train": made}, train)
    assert len(kept) == len(made) and removed_tracks.empty
