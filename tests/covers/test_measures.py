"""Measures of retrieval against brute force, and the correction of hubs."""

from itertools import pairwise

import numpy as np
import pytest

from real_cloned.covers import measures
from real_cloned.covers.measures import correct_hubs, cosine_similarities, hubness, measure_retrieval


def brute_force(matrix, works):
    """Return MAP, MR1, top-1 and top-10 by sorting every candidate of every query; a wrong one first among equals."""
    precisions, firsts = [], []
    for query in range(len(works)):
        candidates = [i for i in range(len(works)) if i != query]
        candidates.sort(key=lambda i: (-matrix[query, i], works[i] == works[query]))
        hits = [rank for rank, i in enumerate(candidates, start=1) if works[i] == works[query]]
        if hits:
            precisions.append(np.mean([number / rank for number, rank in enumerate(hits, start=1)]))
            firsts.append(hits[0])
    firsts = np.array(firsts)
    return np.mean(precisions), firsts.mean(), (firsts == 1).mean(), (firsts <= 10).mean()


def works_of_da_tacos(n_works, n_versions, n_noise):
    """Return the works of a small benchmark in a shuffled order: works in several versions, and noise."""
    works = np.concatenate([np.repeat(np.arange(n_works), n_versions), n_works + np.arange(n_noise)])
    return np.random.default_rng(0).permutation(works)


@pytest.mark.parametrize("batch_size", [1, 7, 256])
@pytest.mark.parametrize("levels", [None, 4])
def test_the_measures_equal_brute_force_with_noise_ties_and_any_batch(monkeypatch, batch_size, levels):
    monkeypatch.setattr(measures, "BATCH_SIZE", batch_size)
    works = works_of_da_tacos(6, 13, 15)
    matrix = np.random.default_rng(1).normal(size=(len(works), len(works))).astype(np.float32)
    matrix += 0.5 * (works[:, None] == works)
    if levels:
        matrix = np.round(matrix * levels) / levels  # many candidates that are equally similar
    found = measure_retrieval(lambda rows: matrix[rows], works)
    assert found.n_queries == 78
    expected = brute_force(matrix, works)
    told = found.mean_average_precision, found.mean_rank_1, found.top1, found.top10
    assert told == pytest.approx(expected)


def test_perfect_similarities_have_the_best_measures_and_equal_ones_the_worst():
    works = works_of_da_tacos(5, 4, 3)
    best = measure_retrieval(lambda rows: (works[rows][:, None] == works).astype(np.float32), works)
    assert (best.mean_average_precision, best.mean_rank_1, best.top1, best.top10) == (1, 1, 1, 1)
    worst = measure_retrieval(lambda rows: np.zeros((len(rows), len(works)), np.float32), works)
    assert worst.mean_rank_1 == len(works) - 3
    assert worst.top10 == 0


def test_without_queries_there_are_no_measures():
    found = measure_retrieval(lambda rows: np.zeros((len(rows), 3), np.float32), np.arange(3))
    assert found.n_queries == 0
    assert np.isnan(found.mean_average_precision)


def test_cosine_similarities_do_not_depend_on_length():
    embeddings = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    matrix = cosine_similarities(embeddings)(np.arange(5))
    np.testing.assert_allclose(np.diag(matrix), 1, rtol=1e-5)
    np.testing.assert_allclose(cosine_similarities(embeddings * 7)(np.arange(5)), matrix, rtol=1e-4)


def test_hubness_equals_the_mean_of_the_nearest_one_by_one():
    rng = np.random.default_rng(0)
    embeddings, fixed = (rng.normal(size=(n, 6)).astype(np.float32) for n in (9, 20))
    unit, others = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in (embeddings, fixed))
    expected = [np.mean(sorted((float(row @ other) for other in others), reverse=True)[:4]) for row in unit]
    np.testing.assert_allclose(hubness(embeddings, fixed, 4), expected, rtol=1e-4)
    assert hubness(embeddings, fixed[:0], 4).tolist() == [0] * 9


def test_a_hub_that_is_near_to_everything_stands_further_back():
    rng = np.random.default_rng(0)
    works = np.repeat(np.arange(20), 2)
    centres = rng.normal(size=(20, 16))[works] + 3.0  # all share a direction
    embeddings = (centres + 0.8 * rng.normal(size=(40, 16))).astype(np.float32)
    embeddings[0] = 3.0  # the hub: that direction itself
    fixed = (rng.normal(size=(100, 16)) + 3.0).astype(np.float32)
    plain = cosine_similarities(embeddings)
    corrected = correct_hubs(plain, hubness(embeddings, fixed, 10))
    values = [measure_retrieval(one, works).mean_average_precision for one in (plain, corrected)]
    assert all(before < after for before, after in pairwise(values))
