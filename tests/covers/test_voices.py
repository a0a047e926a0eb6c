"""Work and voice together: who is a reference, how the limit is chosen, and which tracks are marked."""

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.covers.measures import cosine_similarities
from real_cloned.covers.profiles import Profiles
from real_cloned.covers.voices import MARK, choose_method, join_voices, named_singers, study_performances, study_rows
from real_cloned.parameters.covers import CoverVoiceParameters
from real_cloned.schemas.covers import CoverVoices
from tests.covers.fabricated import make_profiles

BOTH = CoverVoiceParameters(methods=["encoder", "cross_correlation"])
POINTS = {"r1": 0, "r2": 60, "r3": 90, "closed/t": 130, "cloned/t": 10, "c2": 55}
"""Where tracks lie on a circle, in degrees: r2 and r3 are the nearest references of two singers."""


class FirstPitches:
    """An encoder that hears the first frames, and so knows no transposition."""

    def embed(self, profiles):
        return profiles[:, :, :2].flatten(1)


class Oracle:
    """An encoder that knows the works of `make_profiles`' performances."""

    def __init__(self, profiles):
        self.known = {values.tobytes(): work for values, work in zip(profiles.values, profiles.works, strict=True)}

    def embed(self, profiles):
        works = [self.known[values.numpy().tobytes()] for values in profiles]
        return torch.eye(len(self.known))[works] + 0.1


def study():
    """Return three references, of singers a, b and c, a test track of a, and clones of the first two references."""
    tracks = pd.DataFrame(
        [
            ["r1", ["a"], "A", "r1.mp3", None, "train"],
            ["r2", ["b", "d"], "B", "r2.mp3", None, "train"],
            ["r3", ["c"], None, "r3.mp3", None, "train"],
            ["v", ["a"], "A", "v.mp3", None, "validation"],
            ["t", ["a"], "A", "t.mp3", None, "test"],
        ],
        columns=["track_id", "singer_ids", "singer_name", "path", "clone_source_id", "role"],
    )
    clones = pd.DataFrame(
        [["t", ["b"], "B", "t.mp3", "r1", "clone"], ["c2", ["c"], "C", "c2.mp3", "r2", "clone"]],
        columns=tracks.columns,
    )
    return {"closed": tracks, "cloned": clones}


def rows():
    """Return the rows of the study, with the profiles' order: references, then the test track, then clones."""
    parts = []
    for corpus, table in study().items():
        tracks, splits = table.drop(columns="role"), table[["track_id", "role"]]
        found = study_performances(tracks, splits)
        ids = [found[name].to_numpy(np.str_) for name in ("work_id", "performance_id")]
        parts.append(study_rows(corpus, Profiles(np.zeros((len(found), 12, 8), np.float32), *ids), tracks, splits))
    return pd.concat(parts, ignore_index=True)


def joined(named, table=None, false_known=0.5):
    """Return the table of the study's queries, whose tracks lie where POINTS says."""
    table = rows() if table is None else table
    degrees = [
        POINTS.get(track, POINTS.get(f"{corpus}/{track}"))
        for corpus, track in zip(table["corpus"], table["track_id"], strict=True)
    ]
    angles = np.radians(degrees)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    index = pd.MultiIndex.from_tuples([*named], names=["corpus", "track_id"])
    voices = pd.Series([*named.values()], index)
    return join_voices(table, voices, cosine_similarities(points), false_known).assign(method="encoder")


def test_a_clone_is_of_the_work_of_its_original_and_validation_tracks_are_left_out():
    tracks = study()["closed"].assign(clone_source_id=None).drop(columns="role")
    splits = study()["closed"][["track_id", "role"]]
    found = study_performances(tracks, splits)
    assert found["performance_id"].tolist() == found["work_id"].tolist() == ["r1", "r2", "r3", "t"]
    assert found["singer"].tolist()[:2] == ["A", "B"]
    clones = study()["cloned"].assign(clone_source_id=["r1", None])
    found = study_performances(clones.drop(columns="role"), clones[["track_id", "role"]])
    assert found["work_id"].tolist() == ["r1", "original of c2"]


def test_a_known_work_in_another_voice_is_marked_and_tracks_of_one_id_in_two_corpora_stay_apart():
    table = CoverVoices.validate(joined({("closed", "t"): "z", ("cloned", "t"): "b", ("cloned", "c2"): "d"}))
    assert table[["corpus", "track_id"]].to_numpy().tolist() == [["closed", "t"], ["cloned", "t"], ["cloned", "c2"]]
    assert table["nearest_id"].tolist() == ["r3", "r1", "r2"]
    assert table["is_clone"].tolist() == [False, True, True]
    assert table["has_reference"].tolist() == table["is_right"].tolist() == [False, True, True]
    assert table["is_known"].tolist() == [False, True, True]
    assert table["known_singers"].tolist() == ["c", "a", "b; d"]
    assert table["mark"].fillna("").tolist() == ["", MARK, ""]


def test_tracks_that_nobody_was_named_for_are_left_out():
    assert joined({("cloned", "c2"): "b"})["track_id"].tolist() == ["c2"]
    assert CoverVoices.validate(joined({("other", "c2"): "b"})).empty


@pytest.mark.parametrize(("false_known", "degrees"), [(1e-6, 30), (1 - 1e-6, 60)])
def test_the_limit_is_a_similarity_of_references_to_those_of_other_singers(false_known, degrees):
    limit = joined({("cloned", "t"): "b"}, false_known=false_known)["threshold"].iloc[0]
    assert limit == pytest.approx(np.cos(np.radians(degrees)), abs=1e-4)


def test_references_of_one_singer_do_not_count_for_the_limit_and_none_of_others_make_no_work_known():
    table = rows()
    table["singer_ids"] = [
        ["b", "d"] if track == "r3" else ids for track, ids in zip(table["track_id"], table["singer_ids"], strict=True)
    ]
    named = {("cloned", "t"): "b"}
    assert joined(named, table, 1e-6)["threshold"].iloc[0] == pytest.approx(0.5, abs=1e-4)
    alone = joined(named, table.assign(singer_ids=[["a"]] * len(table)))
    assert np.isinf(alone["threshold"].iloc[0])
    assert not alone["is_known"].any()


def test_the_method_that_is_best_on_the_validation_works_is_taken():
    works = make_profiles(6, 3)
    assert choose_method(BOTH, works, FirstPitches()) == "cross_correlation"
    assert choose_method(BOTH, works, Oracle(works)) == "encoder"


def test_the_singer_whom_most_runs_name_at_the_largest_number_of_singers_is_taken():
    columns = ["variant", "corpus", "n_singers", "run", "track_id", "top5_ids"]
    rows = [["mashup", "closed", 4, run, "t", [name, "x"]] for run, name in enumerate("aba")]
    rows += [["mashup", "closed", 2, run, "t", ["b"]] for run in range(9)]
    rows += [["mashup", "cloned", 2, 0, "t", ["c"]], ["vocal", "closed", 5, 0, "t", ["d"]]]
    named = named_singers(pd.DataFrame(rows, columns=columns), "mashup")
    assert named.to_dict() == {("closed", "t"): "a", ("cloned", "t"): "c"}
