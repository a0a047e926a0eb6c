"""Retrieval, against scikit-learn and a slow loop."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing import retrieval
from real_cloned.probing.retrieval import TrackAverages, rank_relevant, retrieve_tracks
from real_cloned.schemas.results import Retrieval

SIZE = 6


def world(noise, n_singers=6, per_singer=4, seed=0):
    """Return real tracks whose averages lie around their singer's, each of unit length."""
    rng = np.random.default_rng(seed)
    singers = np.repeat(np.arange(n_singers), per_singer)
    matrix = np.eye(SIZE)[singers % SIZE] + noise * rng.normal(size=(len(singers), SIZE))
    return averages([[f"s{singer}"] for singer in singers], matrix)


def averages(singers, matrix, kind="t"):
    tracks = pd.DataFrame({"track_id": [f"{kind}{k:02d}" for k in range(len(singers))], "singer_ids": singers})
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return TrackAverages(tracks.assign(singer_id=[ids[0] for ids in singers]), unit.astype(np.float32))


def clones_of(targets, noise=0.0, seed=1):
    rng = np.random.default_rng(seed)
    matrix = np.stack([np.eye(SIZE)[int(ids[0][1:]) % SIZE] for ids in targets])
    return averages(targets, matrix + noise * rng.normal(size=matrix.shape), "c")


def retrieved(real, clones, seed=0):
    return Retrieval.validate(retrieve_tracks(real, clones, seed, variant="vocal")).set_index("queries")


def slow(queries, real, same):
    """Sort the candidates of each query one by one."""
    precisions, firsts = [], []
    for row, ids in enumerate(queries.tracks["singer_ids"]):
        others = [k for k in range(len(real.tracks)) if not (same and k == row)]
        others.sort(key=lambda k: -float(queries.matrix[row] @ real.matrix[k]))
        right = [real.tracks["singer_id"][k] in ids for k in others]
        precisions_at_hits = [sum(right[: k + 1]) / (k + 1) for k in range(len(right)) if right[k]]
        if precisions_at_hits:
            precisions.append(np.mean(precisions_at_hits))
            firsts.append(right.index(True) + 1)
    return np.mean(precisions), [np.mean([first <= depth for first in firsts]) for depth in (1, 5, 10)]


@pytest.mark.parametrize("seed", range(3))
def test_precision_and_recall_are_those_of_a_slow_loop(seed, monkeypatch):
    monkeypatch.setattr(retrieval, "BATCH_SIZE", 5)
    real, clones = world(1.0, seed=seed), clones_of([["s0"], ["s3", "s1"], ["s5"]], 1.0, seed)
    table = retrieved(real, clones)
    for kind, queries in (("real", real), ("clones", clones)):
        precision, recalls = slow(queries, real, kind == "real")
        assert table.loc[kind, "mean_average_precision"] == pytest.approx(precision)
        assert table.loc[kind, ["recall_at_1", "recall_at_5", "recall_at_10"]].tolist() == pytest.approx(recalls)
    assert table["n_queries"].tolist() == [24, 3]
    assert table["n_candidates"].tolist() == [23, 24]


@pytest.mark.parametrize("distinct", [3, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_that_of_scikit_learn_with_and_without_ties(distinct, seed):
    rng = np.random.default_rng(seed)
    scores, relevant = rng.integers(0, distinct, 40).astype(np.float32), rng.random(40) < 0.3
    assert rank_relevant(scores, relevant)[0] == pytest.approx(average_precision_score(relevant, scores))


def test_candidates_that_tie_share_the_last_of_their_ranks():
    assert rank_relevant(np.array([3, 2, 2, 1], np.float32), np.array([False, True, False, False])) == (1 / 3, 3)


def test_separate_singers_are_always_retrieved():
    table = retrieved(world(0.01), clones_of([["s2"]]))
    assert (table[["mean_average_precision", "recall_at_1", "recall_at_10"]] == 1).all(axis=None)


def test_queries_without_a_relevant_candidate_are_left_out():
    real = averages([["s0"], ["s0"], ["s1"]], np.eye(SIZE)[:3] + 0.1)
    assert retrieved(real, clones_of([["s9"]]))["n_queries"].to_dict() == {"real": 2}


def test_above_the_maximum_queries_are_sampled_by_the_seed(monkeypatch):
    monkeypatch.setattr(retrieval, "MAX_QUERIES", 5)
    real = world(1.0)
    first, again, other = (retrieved(real, clones_of([["s0"]]), seed).loc["real"] for seed in (0, 0, 1))
    assert (first["n_queries"], first["n_candidates"]) == (5, 23)
    assert first.equals(again) and not first.equals(other)


def test_only_used_tracks_with_embeddings_take_part_and_a_variant_without_any_has_no_rows():
    tracks = pd.DataFrame({"track_id": ["a", "b", "c"], "singer_id": "s", "singer_ids": [["s"]] * 3})
    index = pd.DataFrame({"track_id": ["c", "a", "c"], "stem": "mixture", "offset_s": 0.0, "row": [0, 1, 2]})
    embeddings = Embeddings(index, np.array([[1, 0], [3, 3], [0, 1]], np.float32))
    splits = pd.DataFrame({"track_id": ["a", "c"], "role": "train"})
    averages_of_used = TrackAverages.from_tables(tracks, splits, embeddings)
    assert averages_of_used.tracks["track_id"].tolist() == ["a", "c"]
    assert averages_of_used.matrix == pytest.approx(np.full((2, 2), 0.5**0.5))
    nothing = TrackAverages.from_tables(tracks, splits, Embeddings(index[:0], embeddings.matrix[:0]))
    assert Retrieval.validate(retrieve_tracks(nothing, nothing, 0, variant="speaker")).empty
