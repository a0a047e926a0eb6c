"""Verification of tracks by their embeddings alone."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings, track_averages
from real_cloned.metrics.score_normalisation import normalised_pair_scores
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import equal_error_rate
from real_cloned.probing.verification import singer_cohort, verify_tracks
from real_cloned.schemas.results import Verification


def world(noise=0.0, albums=2, n_singers=4):
    """Singers with four tracks each on two albums, three segments per track, that point where their singer does."""
    rng = np.random.default_rng(0)
    names = [(f"s{singer}", track) for singer in range(n_singers) for track in range(4)]
    tracks = pd.DataFrame(
        {
            "track_id": [f"{singer}-{track}" for singer, track in names],
            "singer_id": [singer for singer, _ in names],
            "album_id": [f"{singer}-{track % albums}" if albums else None for singer, track in names],
        }
    )
    index = pd.DataFrame({"track_id": np.repeat(tracks["track_id"], 3), "stem": "vocals", "offset_s": 0.0})
    index = index.assign(row=np.arange(len(index)))
    matrix = np.eye(n_singers)[index["track_id"].str[1].astype(int)] + noise * rng.normal(size=(len(index), n_singers))
    return Embeddings(index, matrix.astype(np.float32)), tracks


def cosine(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


def test_separate_singers_are_verified_without_errors_over_both_kinds_of_trials():
    table = Verification.validate(verify_tracks(*world(), seed=0, variant="lstm"))
    assert table["trials"].tolist() == ["any", "different_albums"]
    assert table["n_same"].tolist() == [4 * 6, 4 * 4]
    assert table["n_different"].tolist() == [96, 96]
    assert table["equal_error_rate"].tolist() == [0, 0]
    assert table["min_dcf"].tolist() == [0, 0]


def test_the_cost_is_that_of_a_slow_loop_over_all_pairs_of_averages():
    embeddings, tracks = world(noise=0.6)
    unit = embeddings.matrix / np.linalg.norm(embeddings.matrix, axis=1, keepdims=True)
    averages = {track: unit[embeddings.index["track_id"] == track].mean(axis=0) for track in tracks["track_id"]}
    singers = dict(zip(tracks["track_id"], tracks["singer_id"], strict=True))
    pairs = list(combinations(averages, 2))
    scores = np.array([cosine(averages[one], averages[other]) for one, other in pairs])
    same = np.array([singers[one] == singers[other] for one, other in pairs])
    costs = [0.05 * (scores[same] < line).mean() + 0.95 * (scores[~same] >= line).mean() for line in [*scores, 2]]
    table = verify_tracks(embeddings, tracks, seed=0, variant="lstm")
    assert table["min_dcf"][0] == pytest.approx(min(costs) / 0.05, abs=1e-4)


def test_random_embeddings_have_an_equal_error_rate_near_one_half():
    embeddings, tracks = world(noise=1e6, n_singers=9)
    assert verify_tracks(embeddings, tracks, 0, variant="lstm")["equal_error_rate"].tolist() == pytest.approx(
        [0.5, 0.5], abs=0.15
    )


def test_with_a_cohort_the_same_trials_are_scored_by_as_norm_too():
    embeddings, tracks = world(noise=1.0)
    skewed, others = world(noise=0.3)
    cohort = singer_cohort(Embeddings(skewed.index, skewed.matrix + [3, 1, 0, 0]), others, n_nearest=3)
    plain = verify_tracks(embeddings, tracks, 0, variant="lstm")
    both = Verification.validate(verify_tracks(embeddings, tracks, 0, variant="lstm", cohort=cohort))
    pd.testing.assert_frame_equal(both[plain.columns], plain)
    embedded, averages = track_averages(embeddings, tracks)
    trials = trial_list(embedded, 1000, 0)
    expected = equal_error_rate(normalised_pair_scores(trials, averages, cohort), trials["is_same"])
    assert both["as_norm_equal_error_rate"][0] == pytest.approx(expected)
    assert expected != pytest.approx(plain["equal_error_rate"][0])


def test_a_cohort_is_the_average_of_each_singer_and_needs_two():
    embeddings, tracks = world()
    np.testing.assert_allclose(singer_cohort(embeddings, tracks, 3).embeddings, np.eye(4), atol=1e-6)
    assert singer_cohort(embeddings, tracks[tracks["singer_id"] == "s0"], 3) is None


def test_where_albums_are_unknown_there_are_only_trials_of_any_albums():
    assert verify_tracks(*world(albums=0), seed=0, variant="lstm")["trials"].tolist() == ["any"]


def test_a_variant_without_embeddings_has_no_rates():
    embeddings, tracks = world()
    nothing = Embeddings(embeddings.index[:0], embeddings.matrix[:0])
    assert Verification.validate(verify_tracks(nothing, tracks, 0, variant="speaker")).empty
