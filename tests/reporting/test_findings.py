"""The small tables that a run ends with, and where a report comes from."""

import pandas as pd

from real_cloned.reporting.findings import singer_table, top1_table
from real_cloned.reporting.provenance import git_commit, run_facts
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


def test_the_summary_shows_closed_and_cloned_at_their_largest_class_counts():
    table = pd.DataFrame(
        [
            ("vocal", "closed", 10, 90.0),
            ("vocal", "closed", 40, 80.04),
            ("vocal", "cloned", 20, 30.0),
            ("vocal", "fma", 9, 1.0),
        ],
        columns=["variant", "corpus", "n_singers", "top1_mean"],
    )
    assert top1_table(table).to_dict() == {
        "closed (40 singers)": {"vocal": 80.0},
        "cloned (20 singers)": {"vocal": 30.0},
    }


def test_facts_name_the_versions_and_keep_what_the_caller_adds():
    facts = run_facts({"separator": "small"})
    assert list(facts)[0] == "separator"
    assert "torch 2" in facts["libraries"]


def test_a_folder_without_git_is_said_to_be_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_commit() == "not in a git repository"
