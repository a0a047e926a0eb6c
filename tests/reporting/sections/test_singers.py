"""How often each singer was identified."""

import pandas as pd

from real_cloned.reporting.sections.singers import answer_table, singer_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Confidences, Predictions
from tests.reporting.fabricated import prediction


def predictions(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([prediction(**row) for row in rows])


def test_a_singer_is_named_right_in_the_share_of_runs_that_name_it():
    rows = [{"run": run, "is_top1": run < 3, "true_ids": ["a"], "n_train_tracks": 4} for run in range(4)]
    other = {"true_ids": ["b"], "track_id": "t2", "is_top1": False, "n_train_tracks": 2}
    table = singer_table(predictions(*rows, other))
    assert table.to_dict("records") == [
        {"singer_id": "a", "n_train_tracks": 4, "vocal": 75.0},
        {"singer_id": "b", "n_train_tracks": 2, "vocal": 0.0},
    ]


def test_only_the_most_singers_enrolled_are_listed():
    table = singer_table(predictions({"n_singers": 2, "true_ids": ["a"]}, {"n_singers": 5, "true_ids": ["b"]}))
    assert table["singer_id"].tolist() == ["b"]


def test_without_predictions_there_is_no_singer():
    assert singer_table(empty_table(Predictions)).empty


def test_a_test_track_is_called_what_most_runs_call_it_with_the_mean_confidence():
    said = [("a", True, 0.9), ("b", False, 0.4), ("a", True, 0.8)]
    rows = [
        {"run": run, "is_top1": right, "true_ids": ["a"], "top5_ids": [name, "c"]}
        for run, (name, right, _) in enumerate(said)
    ]
    asked = predictions(*rows)
    keys = ["variant", "corpus", "n_singers", "run", "track_id"]
    confidences = asked[keys].assign(calibrated=[confidence for *_, confidence in said])
    (row,) = answer_table(asked, confidences).to_dict("records")
    assert row == {
        "track_id": asked["track_id"][0], "singer_id": "a", "variant": "vocal", "named": "a", "named_right": 66.7,
        "confidence": 70.0,
    }  # fmt: skip


def test_without_predictions_there_is_no_test_track():
    assert answer_table(empty_table(Predictions), empty_table(Confidences)).empty
