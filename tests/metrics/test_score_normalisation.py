"""AS-norm against a slow loop, and what it is for."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.metrics.score_normalisation import Cohort, cohort_statistics, normalise_scores, normalised_pair_scores
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import equal_error_rate, pair_scores


def cosine(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("n_nearest", [2, 5, 99])
def test_scores_are_those_of_a_slow_loop(rng, n_nearest):
    clips, cohort = rng.normal(size=(6, 4)), rng.normal(size=(8, 4))
    trials = pd.DataFrame([(0, 1), (2, 5), (3, 4)], columns=["first", "second"])
    expected = []
    for first, second in trials.to_numpy():
        score = cosine(clips[first], clips[second])
        sides = []
        for clip in (clips[first], clips[second]):
            nearest = sorted(cosine(clip, other) for other in cohort)[-n_nearest:]
            sides.append((score - np.mean(nearest)) / np.std(nearest))
        expected.append(np.mean(sides))
    scores = normalised_pair_scores(trials, clips.astype(np.float32), Cohort(cohort.astype(np.float32), n_nearest))
    np.testing.assert_allclose(scores, expected, rtol=1e-4)


def test_both_sides_count_alike_and_lengths_do_not_matter(rng):
    clips, cohort = rng.normal(size=(5, 4)).astype(np.float32), rng.normal(size=(7, 4)).astype(np.float32)
    trials = pd.DataFrame([(0, 1), (2, 3), (1, 4)], columns=["first", "second"])
    swapped = trials.rename(columns={"first": "second", "second": "first"})
    scores = normalised_pair_scores(trials, clips, Cohort(cohort, 3))
    np.testing.assert_allclose(normalised_pair_scores(swapped, clips, Cohort(cohort, 3)), scores)
    np.testing.assert_allclose(normalised_pair_scores(trials, 3 * clips, Cohort(5 * cohort, 3)), scores, rtol=1e-4)


def test_one_query_is_normalised_against_many_singers(rng):
    query, singers = rng.normal(size=(1, 4)).astype(np.float32), rng.normal(size=(3, 4)).astype(np.float32)
    cohort = Cohort(rng.normal(size=(9, 4)).astype(np.float32), 4)
    trials = pd.DataFrame([(0, 1), (0, 2), (0, 3)], columns=["first", "second"])
    both = np.concatenate([query, singers])
    scores = normalise_scores(
        pair_scores(trials, both), cohort_statistics(query, cohort), cohort_statistics(singers, cohort)
    )
    np.testing.assert_allclose(scores, normalised_pair_scores(trials, both, cohort), rtol=1e-5)


def test_clips_that_are_near_to_everybody_are_verified_better_with_a_cohort(rng):
    def clips_of(n_singers, n_clips):
        """Clips are drawn towards one point, each by so much, as those with a band are."""
        voices = rng.normal(size=(n_singers, 1, 16)) + 0.5 * rng.normal(size=(n_singers, n_clips, 16))
        voices += rng.uniform(0, 4, (n_singers, n_clips, 1)) * np.ones(16)
        return voices.reshape(-1, 16).astype(np.float32)

    clips = pd.DataFrame({"singer_id": np.repeat(np.arange(20), 4)})
    trials = trial_list(clips, 10_000, seed=0)
    embeddings, cohort = clips_of(20, 4), clips_of(50, 2)
    plain, normalised = (
        equal_error_rate(scores, trials["is_same"])
        for scores in (pair_scores(trials, embeddings), normalised_pair_scores(trials, embeddings, Cohort(cohort, 20)))
    )
    assert normalised < plain - 0.05


def test_a_cohort_of_equals_and_no_trials_give_no_infinities():
    clips = np.eye(3, dtype=np.float32)
    trials = pd.DataFrame([(0, 1), (1, 2)], columns=["first", "second"])
    assert np.isfinite(normalised_pair_scores(trials, clips, Cohort(np.ones((4, 3), np.float32), 2))).all()
    assert normalised_pair_scores(trials[:0], clips, Cohort(np.ones((4, 3), np.float32), 2)).shape == (0,)


def test_a_cohort_of_one_is_refused():
    with pytest.raises(ValueError, match="at least two singers, got 1"):
        cohort_statistics(np.eye(2, dtype=np.float32), Cohort(np.ones((1, 2), np.float32), 5))
