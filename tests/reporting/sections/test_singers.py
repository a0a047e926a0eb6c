"""How often each singer was identified."""

import pandas as pd

from real_cloned.reporting.sections.singers import singer_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions
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
