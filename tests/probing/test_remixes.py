"""Remixes of the test tracks: asked of the probe of most singers, each under its condition."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.experiments import at_largest, identify_remixes, identify_singers
from real_cloned.schemas.results import RemixPredictions
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
    found = identify_remixes(("vocal", "closed"), gallery, tracks, remixes_of(gallery), PROBE)
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
    remixed = identify_remixes(("vocal", "closed"), noisy, tracks, remixes_of(noisy), PROBE)
    plain = identify_singers(("vocal", "closed"), noisy, noisy, PROBE).predictions
    own = remixed[remixed["level_db"].isna()].set_index(["run", "track_id"])["is_top1"].sort_index()
    expected = plain[plain["n_singers"] == 4].set_index(["run", "track_id"])["is_top1"].sort_index()
    pd.testing.assert_series_equal(own, expected)


@pytest.mark.parametrize(
    ("asked", "left"), [([2, 4, 3], [4]), ([2, 9], [2]), ([9], []), ("all", [4]), (None, [])], ids=str
)
def test_the_largest_class_count_is_the_largest_that_there_are_singers_for(gallery, asked, left):
    parameters = but(PROBE, n_singers={"closed": asked} if asked else {})
    assert at_largest("closed", gallery, parameters).n_singers == {"closed": left}


def test_without_remixes_there_are_no_predictions(gallery):
    remixes = remixes_of(gallery)
    nothing = Embeddings(remixes.index[:0], remixes.matrix[:0])
    tracks = gallery.tracks.drop(columns="role")
    assert RemixPredictions.validate(identify_remixes(("v", "closed"), gallery, tracks, nothing, PROBE)).empty
