"""The probe by album and by track: who takes part, and at which class count."""

import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.experiments import identify_by_both_splits
from real_cloned.schemas.results import Predictions
from tests.tiny import PROBE, but


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
    tables = identify_by_both_splits(("vocal", corpus), *world, but(PROBE, **settings))
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
