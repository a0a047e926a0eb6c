"""Cosine similarities of tracks in closed form, and those of clones against a loop over all pairs of tracks."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.similarity import (
    clone_similarities,
    clone_sources,
    mean_similarity,
    track_similarities,
)
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import CloneSimilarities, Similarities


def embeddings_of(tracks):
    """Embeddings of {(track_id, stem): rows}."""
    rows = [(track, stem, 6.0 * index) for (track, stem), vectors in tracks.items() for index in range(len(vectors))]
    index = pd.DataFrame(rows, columns=["track_id", "stem", "offset_s"])
    matrix = np.concatenate([np.asarray(vectors, np.float32) for vectors in tracks.values()])
    return Embeddings(index.assign(row=np.arange(len(index))), matrix)


X, Y, DIAGONAL = [1, 0], [0, 1], [1, 1]
MIXTURES = {
    ("a", "mixture"): [X, DIAGONAL],
    ("a2", "mixture"): [Y, Y],
    ("b", "mixture"): [Y],
    ("b2", "mixture"): [Y, X],
}
STEMS = {("a", "vocals"): [X], ("a", "accompaniment"): [Y], ("b", "vocals"): [[-1, 0]]}
TRACKS = pd.DataFrame(
    {
        "track_id": ["a", "a2", "b", "b2"],
        "singer_id": ["s1", "s1", "s2", "s2"],
        "role": ["test", "validation", "test", "validation"],
    }
)


def similarities(mixtures=MIXTURES, stems=STEMS, tracks=TRACKS, seed=0):
    return Similarities.validate(
        track_similarities(embeddings_of(mixtures), embeddings_of(stems), tracks, seed, variant="vocal")
    )


def test_identical_vectors_have_similarity_1_orthogonal_0_opposite_minus_1_whatever_their_length():
    one = np.array([[3.0, 4.0]], np.float32)
    assert mean_similarity(one, 7 * one) == pytest.approx(1)
    assert mean_similarity(one, np.array([[-4.0, 3.0]], np.float32)) == pytest.approx(0, abs=1e-6)
    assert mean_similarity(one, -0.1 * one) == pytest.approx(-1)


def test_the_mean_equals_a_slow_loop_over_all_pairs():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(4, 6)).astype(np.float32), rng.normal(size=(3, 6)).astype(np.float32)
    cosines = [x @ y / np.linalg.norm(x) / np.linalg.norm(y) for x in one for y in other]
    assert mean_similarity(one, other) == pytest.approx(np.mean(cosines), abs=1e-6)
    assert mean_similarity(other, one) == pytest.approx(np.mean(cosines), abs=1e-6)
    within = [
        one[i] @ one[j] / np.linalg.norm(one[i]) / np.linalg.norm(one[j]) for i in range(4) for j in range(4) if i != j
    ]
    assert mean_similarity(one, one, np.eye(4, dtype=bool)) == pytest.approx(np.mean(within), abs=1e-6)


def test_every_reference_has_the_similarity_worked_out_by_hand():
    table = similarities().set_index(["track_id", "reference"])["similarity"]
    half = 0.5**0.5
    expected = {
        ("a", "test"): half,
        ("a", "validation"): half / 2,
        ("a", "other"): half / 2,
        ("a", "vocals"): (1 + half) / 2,
        ("a", "accompaniment"): half / 2,
        ("b", "validation"): 0.5,
        ("b", "other"): half / 2,
        ("b", "vocals"): 0.0,
    }
    assert table.to_dict() == pytest.approx(expected, abs=1e-6)


def test_a_track_of_one_segment_has_no_similarity_to_its_other_segments():
    table = similarities()
    assert table.loc[table["reference"] == "test", "track_id"].tolist() == ["a"]


def test_a_segment_is_not_compared_with_itself_where_the_encoder_hears_the_stem_that_it_is_compared_with():
    vocals = {(track, "vocals"): vectors for (track, _), vectors in MIXTURES.items()}
    accompaniment = {("a", "accompaniment"): [Y, X], ("b", "accompaniment"): [Y]}
    table = similarities(vocals, vocals | accompaniment).set_index(["track_id", "reference"])["similarity"]
    assert table["a", "vocals"] == table["a", "test"] == pytest.approx(0.5**0.5)
    assert table["a", "accompaniment"] == pytest.approx((1 + 2 * 0.5**0.5) / 4)
    assert table["b", "accompaniment"] == 1.0
    assert ("b", "vocals") not in table.index  # its only segment
    heard_as_mixtures = similarities(MIXTURES, vocals).set_index(["track_id", "reference"])["similarity"]
    assert heard_as_mixtures["a", "vocals"] == pytest.approx((1 + 0.5**0.5) / 2)


@pytest.mark.parametrize("measure", ["tracks", "clones"])
def test_the_embeddings_are_never_all_in_memory(measure):
    names = [f"r{k}" for k in range(600)]
    singers = np.repeat(np.arange(200).astype(str), 3)
    tracks = pd.DataFrame({"track_id": names, "singer_id": singers, "role": ["test", "validation", "train"] * 200})
    index = pd.DataFrame({"track_id": np.repeat(names, 4), "stem": "mixture", "offset_s": np.tile(np.arange(4.0), 600)})
    embedded = Embeddings(index.assign(row=range(2400)), np.ones((2400, 1024), np.float32))
    clones = random_embeddings(CLONES["track_id"], 1)
    clones = Embeddings(clones.index, np.ones((len(clones.index), 1024), np.float32))
    tracemalloc.start()
    if measure == "tracks":
        track_similarities(embedded, clones, tracks, 0, variant="vocal")
    else:
        clone_similarities(tracks, embedded, CLONES, clones, variant="vocal")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < embedded.matrix.nbytes / 2  # 200 singers' averages in double precision are a sixth of the matrix


def test_the_indexes_are_searched_as_often_for_many_tracks_as_for_few(monkeypatch):
    def searches(n_tracks):
        names = [f"s{k}" for k in range(n_tracks)]
        tracks = pd.DataFrame({"track_id": names, "singer_id": names, "role": "test"})
        mixtures = {(name, "mixture"): [X, Y] for name in names}
        stems = {(name, stem): [X] for name in names for stem in ("vocals", "accompaniment")}
        arguments = embeddings_of(mixtures), embeddings_of(stems), tracks, 0
        counts = []
        with monkeypatch.context() as patch:
            for owner, name in ((pd.Series, "isin"), (pd.Series, "__eq__"), (pd.DataFrame, "groupby")):
                patch.setattr(owner, name, counted(getattr(owner, name), counts))
            track_similarities(*arguments, variant="vocal")
        return len(counts)

    def counted(function, counts):
        return lambda *args, **kwargs: counts.append(1) or function(*args, **kwargs)

    assert searches(2) == searches(20) > 0


@pytest.mark.parametrize("seed", range(6))
def test_the_other_singers_track_is_never_the_track_itself(seed):
    singers = [f"s{k}" for k in range(6)]
    tracks = pd.DataFrame({"track_id": singers, "singer_id": singers, "role": "test"})
    corners = {(singer, "mixture"): [row, row] for singer, row in zip(singers, np.eye(6), strict=True)}
    table = similarities(corners, {("s0", "vocals"): [np.eye(6)[0]]}, tracks, seed)
    assert table.loc[table["reference"] == "other", "similarity"].tolist() == [0.0] * 6
    assert table.loc[table["reference"] == "test", "similarity"].tolist() == [1.0] * 6


def test_the_same_seed_draws_the_same_others_and_another_seed_others():
    rng = np.random.default_rng(0)
    names = [f"s{k}" for k in range(9)]
    tracks = pd.DataFrame({"track_id": names, "singer_id": names, "role": "test"})
    mixtures = {(name, "mixture"): rng.normal(size=(2, 4)) for name in names}
    stems = {("s0", "vocals"): rng.normal(size=(1, 4))}
    first, again, other = (similarities(mixtures, stems, tracks, seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


@pytest.mark.parametrize("n_tests", [0, 1])
def test_without_two_test_tracks_there_is_nothing_to_compare(n_tests):
    tracks = TRACKS.assign(role=["test"] * n_tests + ["validation"] * (4 - n_tests))
    assert similarities(tracks=tracks).empty


def test_a_variant_without_embeddings_has_no_similarities():
    nothing = Embeddings(embeddings_of(MIXTURES).index[:0], np.zeros((0, 2), np.float32))
    assert track_similarities(nothing, nothing, TRACKS, 0, variant="speaker").empty


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


def random_embeddings(tracks, seed):
    """Return embeddings of any length, one to four segments of each track."""
    rng = np.random.default_rng(seed)
    names = [track for track in tracks for _ in range(rng.integers(1, 5))]
    matrix = rng.normal(1, 1, (len(names), 6)).astype(np.float32)
    index = pd.DataFrame({"track_id": names, "stem": "mixture", "offset_s": 0.0, "row": range(len(names))})
    return Embeddings(index, matrix)


def without(embeddings, tracks):
    return Embeddings(embeddings.index[~embeddings.index["track_id"].isin(tracks)], embeddings.matrix)


def average(embeddings, track):
    own = embeddings.index.loc[embeddings.index["track_id"] == track, "row"]
    rows = [row / np.linalg.norm(row) for row in embeddings.matrix[own].astype(float)]
    return np.mean(rows, axis=0) / np.linalg.norm(np.mean(rows, axis=0))


def slow_similarities(real, clones):
    """Return similarities by clone and reference, track by track after the docstring of `clone_similarities`."""
    singer_of = dict(zip(REAL["track_id"], REAL["singer_id"], strict=True))
    similarity = {}
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
        similarity |= {(name, reference): np.mean(values) for reference, values in groups.items() if values}
    return similarity


@pytest.fixture(scope="module")
def embedded():
    return random_embeddings(REAL["track_id"], 0), random_embeddings(CLONES["track_id"], 1)


def test_clone_similarities_are_those_of_a_loop_over_all_pairs_of_tracks(embedded):
    table = CloneSimilarities.validate(clone_similarities(REAL, embedded[0], CLONES, embedded[1], variant="vocal"))
    similarity = table.set_index(["track_id", "reference"])["similarity"].to_dict()
    assert similarity == pytest.approx(slow_similarities(*embedded), abs=1e-6)
    assert set(table["variant"]) == {"vocal"}
    methods = table.drop_duplicates("track_id").set_index("track_id")["clone_method"]
    assert methods["of_a_track"] == "blend"


def test_an_original_without_embeddings_has_no_row_and_is_not_subtracted_from_its_singer(embedded):
    real = without(embedded[0], ["r4"])
    table = clone_similarities(REAL, real, CLONES, embedded[1], variant="vocal").set_index(["track_id", "reference"])
    assert ("of_a_track", "original") not in table.index
    expected = np.mean([average(embedded[1], "of_a_track") @ average(real, track) for track in ("r3", "r5")])
    assert table.loc[("of_a_track", "source"), "similarity"] == pytest.approx(expected, abs=1e-6)


def test_a_source_whose_only_track_is_the_original_has_no_row_of_its_own(embedded):
    real = without(embedded[0], ["r3", "r5"])
    table = clone_similarities(REAL, real, CLONES, embedded[1], variant="vocal").set_index(["track_id", "reference"])
    assert ("of_a_track", "original") in table.index
    assert ("of_a_track", "source") not in table.index


def test_a_source_id_is_that_of_a_track_and_its_singer_or_else_that_of_a_singer():
    table = clone_sources(CLONES, REAL).set_index("track_id")
    assert table["source"].dropna().to_dict() == {**SOURCES, "of_itself": "s2", "of_a_stranger": "nobody"}
    assert table["original"].dropna().to_dict() == ORIGINALS


def test_a_source_id_may_be_missing_as_none_nan_or_na():
    for missing in (None, np.nan, pd.NA):
        table = clone_sources(CLONES.assign(clone_source_id=pd.Series([missing] * 6, dtype=object)), REAL)
        assert table[["source", "original"]].isna().all().all()


@pytest.mark.parametrize("side", ["real", "clones"])
def test_without_embeddings_on_either_side_there_are_no_clone_similarities(embedded, side):
    real, clones = (
        Embeddings(one.index[:0], one.matrix[:0]) if name == side else one
        for name, one in zip(("real", "clones"), embedded, strict=True)
    )
    table = clone_similarities(REAL, real, CLONES, clones, variant="speaker")
    assert table.equals(empty_table(CloneSimilarities))
