"""Answers and confidences, against sums by hand."""

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.metrics.calibration import at_temperature
from real_cloned.probing.predict import Examinee, Questions, ask, sureness


def examinee(n_classes=3, temperature=2.0):
    """A network whose logits are the embedding itself."""
    network = torch.nn.Linear(n_classes, n_classes, bias=False)
    network.weight.data = torch.eye(n_classes)
    return Examinee(network, [f"s{place}" for place in range(n_classes)], temperature)


def questions(*tracks):
    """Tracks given as (singers, segments)."""
    segments = np.concatenate([segments for _, segments in tracks]).astype(np.float32)
    ends = np.cumsum([len(segments) for _, segments in tracks])
    names = [f"t{number}" for number in range(len(tracks))]
    rows = {name: np.arange(end - len(one), end) for name, end, (_, one) in zip(names, ends, tracks, strict=True)}
    table = pd.DataFrame({"track_id": names, "singer_ids": [singers for singers, _ in tracks]})
    return Questions(table.assign(genre=None, language=None, clone_method=None), torch.from_numpy(segments), rows)


def test_confidence_is_the_mean_probability_of_the_class_named_and_the_calibrated_one_that_at_the_temperature():
    segments = np.log([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.8, 0.1, 0.1]])
    _, (row,) = ask(examinee(temperature=2.0), questions((["s0"], segments)), {})
    assert row["confidence"] == pytest.approx((0.6 + 0.2 + 0.8) / 3, rel=1e-5)
    roots = np.sqrt(np.exp(segments))
    assert row["calibrated"] == pytest.approx((roots / roots.sum(axis=1, keepdims=True))[:, 0].mean(), rel=1e-5)
    assert row["temperature"] == 2.0


def test_tracks_keep_their_own_segments_however_many_are_heard_at_once(monkeypatch):
    tracks = [([f"s{number % 3}"], np.eye(3)[[number % 3] * (1 + number)] * 9) for number in range(7)]
    whole = ask(examinee(), questions(*tracks), {})
    monkeypatch.setattr("real_cloned.probing.predict.TRACKS_AT_ONCE", 2)
    pieces = ask(examinee(), questions(*tracks), {})
    assert all(row["is_top1"] for row in whole[0])
    assert [row["top5_ids"] for row in pieces[0]] == [row["top5_ids"] for row in whole[0]]
    assert [row["confidence"] for row in pieces[1]] == pytest.approx([row["confidence"] for row in whole[1]])


def test_a_singer_who_is_not_enrolled_has_a_confidence_and_no_prediction():
    said, sure = ask(examinee(), questions((["stranger"], np.eye(3)), (["stranger", "s1"], np.eye(3)[[1]])), {"s1": 4})
    assert [row["track_id"] for row in said] == ["t1"]
    assert said[0]["n_train_tracks"] == 4
    assert [(row["is_enrolled"], row["is_right"]) for row in sure] == [(False, False), (True, True)]


def test_a_temperature_of_one_changes_nothing():
    values = at_temperature(np.random.default_rng(0).normal(size=(4, 3)), 1.0).astype(np.float32)
    row = sureness(values, 1, 1.0)
    assert row["calibrated"] == pytest.approx(row["confidence"], rel=1e-6)
