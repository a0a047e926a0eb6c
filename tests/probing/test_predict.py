"""Predictions and confidences of tracks, and majority votes, against computations by hand and a slow loop."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.metrics.temperature import Temperature, apply_temperature
from real_cloned.probing.predict import FittedProbe, Queries, confidence, majority_vote, predict


def fitted_probe(n_classes=3, temperature=2.0):
    """Return a probe whose logits are the embedding itself."""
    network = torch.nn.Linear(n_classes, n_classes, bias=False)
    network.weight.data = torch.eye(n_classes)
    return FittedProbe(network, [f"s{label}" for label in range(n_classes)], Temperature(temperature, False), {})


def make_queries(*tracks):
    """Return queries for tracks given as (singers, segments)."""
    segments = np.concatenate([segments for _, segments in tracks]).astype(np.float32)
    ends = np.cumsum([len(segments) for _, segments in tracks])
    names = [f"t{number}" for number in range(len(tracks))]
    rows = {name: np.arange(end - len(one), end) for name, end, (_, one) in zip(names, ends, tracks, strict=True)}
    table = pd.DataFrame({"track_id": names, "singer_ids": [singers for singers, _ in tracks]})
    return Queries(table.assign(genre=None, language=None, clone_method=None), torch.from_numpy(segments), rows)


def test_confidence_is_the_mean_probability_of_the_predicted_class_and_calibrated_the_one_at_the_temperature():
    segments = np.log([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.8, 0.1, 0.1]])
    _, (row,) = predict(fitted_probe(temperature=2.0), make_queries((["s0"], segments)), {})
    assert row["confidence"] == pytest.approx((0.6 + 0.2 + 0.8) / 3, rel=1e-5)
    roots = np.sqrt(np.exp(segments))
    assert row["calibrated"] == pytest.approx((roots / roots.sum(axis=1, keepdims=True))[:, 0].mean(), rel=1e-5)
    assert row["temperature"] == 2.0 and not row["is_at_bound"]
    assert np.isnan(row["clone_calibrated"]) and np.isnan(row["clone_temperature"])


def test_a_clone_also_has_a_confidence_at_its_own_temperature():
    segments = np.log([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.8, 0.1, 0.1]])
    probe = replace(fitted_probe(temperature=1.0), clone_temperatures={"t0": Temperature(2.0, True)})
    (row, other) = predict(probe, make_queries((["s0"], segments), (["s0"], segments)), {})[1]
    roots = np.sqrt(np.exp(segments))
    assert row["clone_calibrated"] == pytest.approx((roots / roots.sum(axis=1, keepdims=True))[:, 0].mean(), rel=1e-5)
    assert (row["clone_temperature"], row["clone_is_at_bound"]) == (2.0, True)
    assert row["calibrated"] == pytest.approx(row["confidence"], rel=1e-6) and np.isnan(other["clone_calibrated"])


def test_the_number_of_tracks_per_batch_makes_no_difference(monkeypatch):
    tracks = [([f"s{number % 3}"], np.eye(3)[[number % 3] * (1 + number)] * 9) for number in range(7)]
    expected = predict(fitted_probe(), make_queries(*tracks), {})
    monkeypatch.setattr("real_cloned.probing.predict.TRACKS_PER_BATCH", 2)
    batched = predict(fitted_probe(), make_queries(*tracks), {})
    assert all(row["is_top1"] for row in expected[0])
    assert [row["top5_ids"] for row in batched[0]] == [row["top5_ids"] for row in expected[0]]
    assert [row["confidence"] for row in batched[1]] == pytest.approx([row["confidence"] for row in expected[1]])


def test_a_singer_who_is_not_enrolled_has_a_confidence_and_no_prediction():
    queries = make_queries((["stranger"], np.eye(3)), (["stranger", "s1"], np.eye(3)[[1]]))
    predictions, confidences = predict(fitted_probe(), queries, {"s1": 4})
    assert [row["track_id"] for row in predictions] == ["t1"]
    assert predictions[0]["n_train_tracks"] == 4
    assert [(row["is_enrolled"], row["is_right"]) for row in confidences] == [(False, False), (True, True)]


def test_a_temperature_of_one_changes_nothing():
    values = apply_temperature(np.random.default_rng(0).normal(size=(4, 3)), 1.0).astype(np.float32)
    row = confidence(values, 1, Temperature(1.0, False), None)
    assert row["calibrated"] == pytest.approx(row["confidence"], rel=1e-6)


def log_of(*rows):
    return np.log(np.array(rows, np.float32))


def test_the_class_with_most_votes_wins_against_one_of_greater_probability():
    vote = majority_vote(log_of([0.01, 0.98, 0.01], [0.4, 0.3, 0.3], [0.4, 0.3, 0.3]))
    assert vote.classes[0] == 0
    assert vote.shares == pytest.approx([2 / 3, 1 / 3, 0])


def test_ties_of_votes_are_broken_by_mean_log_probability():
    vote = majority_vote(log_of([0.6, 0.3, 0.1], [0.1, 0.8, 0.1]))
    assert vote.classes == [1, 0, 2]
    assert vote.shares == [0.5, 0.5, 0.0]
    assert vote.log_probs == pytest.approx(np.log([[0.3, 0.6, 0.1], [0.8, 0.1, 0.1]]).mean(axis=0))


def test_classes_without_votes_are_ordered_by_mean_log_probability():
    assert majority_vote(log_of([0.5, 0.05, 0.25, 0.2], [0.5, 0.1, 0.1, 0.3])).classes == [0, 3, 2, 1]


def test_at_most_five_classes_are_returned_and_all_if_there_are_fewer():
    rng = np.random.default_rng(0)
    assert len(majority_vote(rng.normal(size=(3, 9)).astype(np.float32)).classes) == 5
    assert sorted(majority_vote(rng.normal(size=(3, 2)).astype(np.float32)).classes) == [0, 1]
    assert len(majority_vote(rng.normal(size=(3, 9)).astype(np.float32), n_best=2).shares) == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_vote_equals_a_slow_count(seed):
    values = np.random.default_rng(seed).normal(size=(6, 7)).astype(np.float32)
    votes = [max(range(7), key=row.__getitem__) for row in values.tolist()]
    means = [sum(column) / 6 for column in values.T.tolist()]
    order = sorted(range(7), key=lambda label: (-votes.count(label), -means[label]))[:5]
    vote = majority_vote(values)
    assert vote.classes == order
    assert vote.shares == pytest.approx([votes.count(label) / 6 for label in order])
    assert vote.log_probs == pytest.approx([means[label] for label in order], rel=1e-5)


def test_the_order_of_the_segments_does_not_matter():
    values = np.random.default_rng(0).normal(size=(6, 7))
    assert majority_vote(values[::-1]).classes == majority_vote(values).classes


def test_the_most_probable_classes_do_not_depend_on_votes():
    vote = majority_vote(log_of([0.5, 0.4, 0.1], [0.5, 0.4, 0.1], [0.05, 0.4, 0.55]))
    assert vote.classes == [0, 2, 1]
    assert vote.most_probable == [1, 0, 2]
