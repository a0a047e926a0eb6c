"""Predictions by album and by track, and of remixes: which singers, class counts and runs, and which are right."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.experiments import identify_singers
from real_cloned.probing.robustness import identify_by_both_splits, identify_remixes, with_largest_class_count
from real_cloned.schemas.results import Predictions, RemixPredictions
from tests.tiny import PROBE, but

CONDITIONS = [("own", np.nan), ("own", 0.0), ("own", 12.0), ("foreign", 0.0)]


def remixes_of(gallery):
    """The test tracks as they are over own accompaniment, and as the next singer's over a foreign one."""
    tests = gallery.tracks.loc[gallery.tracks["role"] == "test", "track_id"].tolist()
    following = dict(zip(tests, [*tests[1:], tests[0]], strict=True))
    rows, parts = [], []
    for track in tests:
        for accompaniment, level_db in CONDITIONS:
            parts.append(gallery.matrix[gallery.rows[track if accompaniment == "own" else following[track]]])
            facts = {"track_id": track, "stem": "remix", "accompaniment": accompaniment, "level_db": level_db}
            rows += [facts | {"offset_s": 0.4 * k} for k in range(len(parts[-1]))]
    return Embeddings(pd.DataFrame(rows).assign(row=range(len(rows))), np.concatenate(parts))


@pytest.fixture
def gallery(make_gallery):
    return make_gallery(4)


@pytest.fixture
def table(gallery):
    tracks = gallery.tracks.drop(columns="role")
    found = identify_remixes(gallery, tracks, remixes_of(gallery), PROBE, variant="vocal", corpus="closed")
    return RemixPredictions.validate(found)


def test_every_remix_is_asked_once_in_every_run_of_the_largest_class_count(table):
    assert set(table["n_singers"]) == {4}
    counts = table.groupby(["run", "accompaniment", "level_db"], dropna=False).size()
    assert counts.tolist() == [4] * 2 * len(CONDITIONS)
    assert not table.duplicated(["run", "track_id", "accompaniment", "level_db"]).any()


def test_a_voice_that_stays_is_named_and_one_that_changes_with_the_accompaniment_is_not(table):
    hits = table.groupby("accompaniment")["is_top1"].mean()
    assert hits.to_dict() == {"own": 1.0, "foreign": 0.0}


def test_answers_are_those_of_the_corpus_own_probe(gallery):
    noisy = replace(gallery, matrix=gallery.matrix + np.float32(2.0) * gallery.matrix[:, ::-1])
    tracks = noisy.tracks.drop(columns="role")
    remixed = identify_remixes(noisy, tracks, remixes_of(noisy), PROBE, variant="vocal", corpus="closed")
    plain = identify_singers(noisy, noisy, PROBE, variant="vocal", corpus="closed").predictions
    own = remixed[remixed["level_db"].isna()].set_index(["run", "track_id"])["is_top1"].sort_index()
    expected = plain[plain["n_singers"] == 4].set_index(["run", "track_id"])["is_top1"].sort_index()
    pd.testing.assert_series_equal(own, expected)


@pytest.mark.parametrize(
    ("asked", "left"), [([2, 4, 3], [4]), ([2, 9], [2]), ([9], []), ("all", [4]), (None, [])], ids=str
)
def test_the_largest_class_count_is_the_largest_that_there_are_singers_for(gallery, asked, left):
    parameters = but(PROBE, n_singers={"closed": asked} if asked else {})
    assert with_largest_class_count(parameters, "closed", gallery).n_singers == {"closed": left}


def test_without_remixes_there_are_no_predictions(gallery):
    remixes = remixes_of(gallery)
    nothing = Embeddings(remixes.index[:0], remixes.matrix[:0])
    tracks = gallery.tracks.drop(columns="role")
    table = identify_remixes(gallery, tracks, nothing, PROBE, variant="vocal", corpus="closed")
    assert RemixPredictions.validate(table).empty


@pytest.fixture
def world(make_gallery):
    """Return tracks, splits by album and by track, embeddings; by album, singers s0 to s4 of seven have roles."""
    gallery = make_gallery(7)
    by_track = gallery.tracks[["track_id", "role"]]
    by_album = by_track[by_track["track_id"] < "s5"].assign(
        role=lambda table: table["track_id"].str[-1].map(dict(zip("01234", _ROLES, strict=True)))
    )
    rows = [(track, "mixture", 0.0, place) for track, places in gallery.rows.items() for place in places]
    embeddings = Embeddings(pd.DataFrame(rows, columns=["track_id", "stem", "offset_s", "row"]), gallery.matrix)
    return gallery.tracks.drop(columns="role"), (by_album.dropna(), by_track), embeddings


_ROLES = ("train", None, "train", "validation", "test")


def both(world, corpus="closed", **settings):
    tracks, splits, embeddings = world
    sides = [ProbeCorpus.from_tables(tracks, side, embeddings) for side in splits]
    tables = identify_by_both_splits(*sides, but(PROBE, **settings), variant="vocal", corpus=corpus)
    return [Predictions.validate(table) for table in tables]


def test_the_same_singers_are_asked_for_in_the_same_runs_by_both(world):
    by_album, by_track = both(world, n_singers={"closed": [2, 3]})
    assert set(by_album["n_singers"]) == {3} and len(by_album) == 2 * 3
    sides = [{(row.run, row.true_ids[0]) for row in table.itertuples()} for table in (by_album, by_track)]
    assert sides[0] == sides[1]


def test_each_is_tested_on_its_own_tracks_and_trains_on_its_own(world):
    by_album, by_track = both(world, n_singers={"closed": [4]})
    assert by_album["track_id"].str.endswith("4").all() and by_track["track_id"].str.endswith("0").all()
    assert set(by_album["n_train_tracks"]) == {2} and set(by_track["n_train_tracks"]) == {3}


@pytest.mark.parametrize("asked", ["all", [4, 9]])
def test_a_class_count_above_what_is_left_is_all_that_are_left(world, asked):
    by_album, by_track = both(world, "fma", n_singers={"fma": asked})
    assert set(by_album["n_singers"]) == set(by_track["n_singers"]) == {5}


def test_a_corpus_without_albums_or_without_experiments_has_no_predictions(world):
    tracks, (by_album, by_track), embeddings = world
    assert all(table.empty for table in both((tracks, (by_album[:0], by_track), embeddings)))
    assert all(table.empty for table in both(world, n_singers={}))
