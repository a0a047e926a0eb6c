"""Predictions by album and by track, and of remixes: which singers, class counts and runs, and which are right."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.experiments import identify_singers
from real_cloned.probing.robustness import identify_by_both_splits, remix_predictions, remixes_as_corpus
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


def identify_remixes(gallery, remixes, parameters=PROBE):
    others = remixes_as_corpus(gallery.tracks.drop(columns="role"), remixes)
    results = identify_singers(gallery, gallery, parameters, variant="vocal", corpus="closed", others=others)
    return RemixPredictions.validate(remix_predictions(results.others, remixes))


@pytest.fixture
def gallery(make_gallery):
    return make_gallery(4)


@pytest.fixture
def table(gallery):
    return identify_remixes(gallery, remixes_of(gallery))


def test_every_remix_is_predicted_once_in_every_run_of_the_largest_class_count(table):
    assert set(table["n_singers"]) == {4}
    counts = table.groupby(["run", "accompaniment", "level_db"], dropna=False).size()
    assert counts.tolist() == [4] * 2 * len(CONDITIONS)
    assert not table.duplicated(["run", "track_id", "accompaniment", "level_db"]).any()


def test_remixes_with_the_singers_embedding_are_hits_and_those_with_another_singers_are_not(table):
    hits = table.groupby("accompaniment")["is_top1"].mean()
    assert hits.to_dict() == {"own": 1.0, "foreign": 0.0}


def test_predictions_are_those_of_the_corpus_own_probe(gallery):
    noisy = replace(gallery, matrix=gallery.matrix + np.float32(2.0) * gallery.matrix[:, ::-1])
    remixed = identify_remixes(noisy, remixes_of(noisy))
    plain = identify_singers(noisy, noisy, PROBE, variant="vocal", corpus="closed").predictions
    own = remixed[remixed["level_db"].isna()].set_index(["run", "track_id"])["is_top1"].sort_index()
    expected = plain[plain["n_singers"] == 4].set_index(["run", "track_id"])["is_top1"].sort_index()
    pd.testing.assert_series_equal(own, expected)


@pytest.mark.parametrize(
    ("class_counts", "expected"), [([2, 4, 3], {4}), ([2, 9], {2}), ([9], set()), ("all", {4}), (None, set())], ids=str
)
def test_the_largest_class_count_is_at_most_the_number_of_singers(gallery, class_counts, expected):
    parameters = but(PROBE, n_singers={"closed": class_counts} if class_counts else {})
    assert set(identify_remixes(gallery, remixes_of(gallery), parameters)["n_singers"]) == expected


def test_without_remixes_there_are_no_predictions(gallery):
    remixes = remixes_of(gallery)
    nothing = Embeddings(remixes.index[:0], remixes.matrix[:0])
    assert identify_remixes(gallery, nothing).empty


@pytest.fixture
def world(make_gallery):
    """Return tracks, splits by album and by track, embeddings; by album, singers s0 to s4 of seven have roles."""
    gallery = make_gallery(7)
    by_track = gallery.tracks[["track_id", "role"]]
    by_album = by_track[by_track["track_id"] < "s5"].assign(
        role=lambda table: table["track_id"].str[-1].map(dict(zip("01234", _ROLES, strict=True)))
    )
    rows = [(track, "mixture", 0.0, row) for track, rows in gallery.rows.items() for row in rows]
    embeddings = Embeddings(pd.DataFrame(rows, columns=["track_id", "stem", "offset_s", "row"]), gallery.matrix)
    return gallery.tracks.drop(columns="role"), (by_album.dropna(), by_track), embeddings


_ROLES = ("train", None, "train", "validation", "test")


def both(world, corpus="closed", **settings):
    tracks, splits, embeddings = world
    sides = [ProbeCorpus.from_tables(tracks, side, embeddings) for side in splits]
    parameters = but(PROBE, **settings)
    own = identify_singers(sides[1], sides[1], parameters, variant="vocal", corpus=corpus).predictions
    tables = identify_by_both_splits(*sides, own, parameters, variant="vocal", corpus=corpus)
    return [Predictions.validate(table) for table in tables]


def test_both_splits_predict_the_same_singers_in_the_same_runs(world):
    by_album, by_track = both(world, n_singers={"closed": [2, 3]})
    assert set(by_album["n_singers"]) == {3} and len(by_album) == 2 * 3
    sides = [{(row.run, row.true_ids[0]) for row in table.itertuples()} for table in (by_album, by_track)]
    assert sides[0] == sides[1]


def test_each_split_has_its_own_test_and_training_tracks(world):
    by_album, by_track = both(world, n_singers={"closed": [4]})
    assert by_album["track_id"].str.endswith("4").all() and by_track["track_id"].str.endswith("0").all()
    assert set(by_album["n_train_tracks"]) == {2} and set(by_track["n_train_tracks"]) == {3}


@pytest.mark.parametrize("class_counts", ["all", [4, 9]])
def test_a_class_count_above_the_remaining_singers_is_their_number(world, class_counts):
    by_album, by_track = both(world, "fma", n_singers={"fma": class_counts})
    assert set(by_album["n_singers"]) == set(by_track["n_singers"]) == {5}


def test_a_corpus_without_albums_or_without_experiments_has_no_predictions(world):
    tracks, (by_album, by_track), embeddings = world
    assert all(table.empty for table in both((tracks, (by_album[:0], by_track), embeddings)))
    assert all(table.empty for table in both(world, n_singers={}))


def test_where_no_singer_is_left_out_the_predictions_by_track_are_the_corpus_own(world):
    tracks, (_, by_track), embeddings = world
    corpus = ProbeCorpus.from_tables(tracks, by_track, embeddings)
    names, largest = {"variant": "vocal", "corpus": "closed"}, but(PROBE, n_singers={"closed": [3]})
    own = identify_singers(corpus, corpus, but(PROBE, n_singers={"closed": [2, 3]}), **names).predictions
    _, reused = identify_by_both_splits(corpus, corpus, own, largest, **names)
    _, trained = identify_by_both_splits(corpus, corpus, own[own["n_singers"] == 2], largest, **names)
    pd.testing.assert_frame_equal(reused, trained)
