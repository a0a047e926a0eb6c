"""Cosine similarities of tracks, in closed form."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.similarity import mean_similarity, mean_similarity_within, track_similarities
from real_cloned.schemas.results import Similarities


def embeddings_of(tracks):
    """Embeddings of {(track_id, stem): rows}."""
    rows = [(track, stem, 6.0 * place) for (track, stem), vectors in tracks.items() for place in range(len(vectors))]
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
        track_similarities("vocal", embeddings_of(mixtures), embeddings_of(stems), tracks, seed)
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
    assert mean_similarity_within(one) == pytest.approx(np.mean(within), abs=1e-6)


def test_a_track_is_not_compared_with_itself_segment_by_segment():
    assert mean_similarity_within(np.eye(5, dtype=np.float32)) == pytest.approx(0, abs=1e-7)


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


def test_a_variant_that_embedded_nothing_has_no_similarities():
    nothing = Embeddings(embeddings_of(MIXTURES).index[:0], np.zeros((0, 2), np.float32))
    assert track_similarities("speaker", nothing, nothing, TRACKS, 0).empty
