"""Similarities of clones to voices: against a loop over all pairs of tracks, and what is not known."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.similarity import clone_sources, voice_similarities
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import VoiceSimilarities

REAL = pd.DataFrame({"track_id": [f"r{k}" for k in range(12)], "singer_id": [f"s{k // 3}" for k in range(12)]}).assign(
    singer_ids=lambda table: [[singer] for singer in table["singer_id"]], clone_method=None, clone_source_id=None
)
CLONES = pd.DataFrame(
    [
        ("of_a_track", ["s0"], "blend", "r4"),
        ("of_a_singer", ["s1"], "rvc", "s2"),
        ("duet", ["s0", "s3"], "rvc", "r7"),
        ("unknown", ["s2"], None, None),
        ("of_itself", ["s2"], "rvc", "r6"),
        ("of_a_stranger", ["stranger"], "rvc", "nobody"),
    ],
    columns=["track_id", "singer_ids", "clone_method", "clone_source_id"],
)
SOURCES = {"of_a_track": "s1", "of_a_singer": "s2", "duet": "s2"}
ORIGINALS = {"of_a_track": "r4", "duet": "r7", "of_itself": "r6"}


def embeddings_of(tracks, seed):
    """One to four segments of each track, of any length."""
    rng = np.random.default_rng(seed)
    names = [track for track in tracks for _ in range(rng.integers(1, 5))]
    matrix = rng.normal(1, 1, (len(names), 6)).astype(np.float32)
    index = pd.DataFrame({"track_id": names, "stem": "mixture", "offset_s": 0.0, "row": range(len(names))})
    return Embeddings(index, matrix)


def average(embeddings, track):
    rows = [row / np.linalg.norm(row) for row in embeddings.matrix[embeddings.index["track_id"] == track].astype(float)]
    return np.mean(rows, axis=0) / np.linalg.norm(np.mean(rows, axis=0))


def slow_similarities(real, clones):
    """Track by track, as the docstring has it."""
    singer_of = dict(zip(REAL["track_id"], REAL["singer_id"], strict=True))
    found = {}
    for clone in CLONES.to_dict("records"):
        name, targets = clone["track_id"], clone["singer_ids"]
        source, original = SOURCES.get(name), ORIGINALS.get(name)
        cosines = {track: float(average(clones, name) @ average(real, track)) for track in REAL["track_id"]}
        groups = {
            "target": [cosine for track, cosine in cosines.items() if singer_of[track] in targets],
            "source": [cosine for track, cosine in cosines.items() if singer_of[track] == source and track != original],
            "original": [cosines[original]] if original else [],
            "other": [cosine for track, cosine in cosines.items() if singer_of[track] not in (*targets, source)],
        }
        found |= {(name, reference): np.mean(values) for reference, values in groups.items() if values}
    return found


@pytest.fixture(scope="module")
def embedded():
    return embeddings_of(REAL["track_id"], 0), embeddings_of(CLONES["track_id"], 1)


def test_similarities_are_those_of_a_loop_over_all_pairs_of_tracks(embedded):
    table = VoiceSimilarities.validate(voice_similarities("vocal", (REAL, embedded[0]), (CLONES, embedded[1])))
    found = table.set_index(["track_id", "reference"])["similarity"].to_dict()
    assert found == pytest.approx(slow_similarities(*embedded), abs=1e-6)
    assert set(table["variant"]) == {"vocal"}
    methods = table.drop_duplicates("track_id").set_index("track_id")["clone_method"]
    assert methods["of_a_track"] == "blend"


def test_an_original_that_was_not_embedded_has_no_row_and_takes_nothing_from_its_singer(embedded):
    real = embedded[0].of_tracks(REAL.loc[REAL["track_id"] != "r4", "track_id"])
    table = voice_similarities("vocal", (REAL, real), (CLONES, embedded[1])).set_index(["track_id", "reference"])
    assert ("of_a_track", "original") not in table.index
    expected = np.mean([average(embedded[1], "of_a_track") @ average(real, track) for track in ("r3", "r5")])
    assert table.loc[("of_a_track", "source"), "similarity"] == pytest.approx(expected, abs=1e-6)


def test_a_source_whose_only_track_is_the_original_has_no_row_of_its_own(embedded):
    real = embedded[0].of_tracks(REAL.loc[~REAL["track_id"].isin(["r3", "r5"]), "track_id"])
    table = voice_similarities("vocal", (REAL, real), (CLONES, embedded[1])).set_index(["track_id", "reference"])
    assert ("of_a_track", "original") in table.index
    assert ("of_a_track", "source") not in table.index


def test_a_track_that_is_named_as_source_brings_its_singer_and_another_name_is_a_singers():
    table = clone_sources(CLONES, REAL).set_index("track_id")
    assert table["source"].dropna().to_dict() == {**SOURCES, "of_itself": "s2", "of_a_stranger": "nobody"}
    assert table["original"].dropna().to_dict() == ORIGINALS


def test_what_a_clone_was_made_of_may_be_missing_in_any_of_pandas_ways():
    for missing in (None, np.nan, pd.NA):
        table = clone_sources(CLONES.assign(clone_source_id=pd.Series([missing] * 6, dtype=object)), REAL)
        assert table[["source", "original"]].isna().all().all()


@pytest.mark.parametrize("side", ["real", "clones"])
def test_where_nothing_was_embedded_there_are_no_similarities(embedded, side):
    real, clones = (
        Embeddings(one.index[:0], one.matrix[:0]) if name == side else one
        for name, one in zip(("real", "clones"), embedded, strict=True)
    )
    table = voice_similarities("speaker", (REAL, real), (CLONES, clones))
    assert table.equals(empty_table(VoiceSimilarities))
