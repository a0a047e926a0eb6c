"""Accuracy of every experiment: further measures against slow loops, intervals around the means."""

import numpy as np
import pytest

from real_cloned.reporting.aggregation import accuracy_by_run, mean_and_std
from real_cloned.reporting.sections.accuracy import accuracy_table, further_accuracies
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions
from tests.reporting.fabricated import parameters, prediction, predictions, table_of


def test_every_singer_weighs_the_same_in_the_macro_average() -> None:
    often = [prediction(track_id=f"a{k}", true_ids=["a", "b"], is_top1=True) for k in range(3)]
    table = table_of([*often, prediction(track_id="b0", true_ids=["b"], is_top1=False)])
    assert mean_and_std(accuracy_by_run(table)).iloc[0]["top1_mean"] == 75.0
    assert further_accuracies(table).iloc[0]["macro_top1_mean"] == 50.0


def test_the_other_accuracies_equal_slow_loops_over_runs_and_singers() -> None:
    table = predictions(corpora=("cloned",), variants=("vocal",), class_counts=(20,))
    table = table[(table["run"] > 0) | ~table["track_id"].str.endswith("3/0")]  # one clone is missing in one run
    macro, likely = [], []
    for run in range(3):
        rows = table[table["run"] == run]
        singers = sorted({ids[0] for ids in rows["true_ids"]})
        macro.append(np.mean([rows.loc[rows["true_ids"].str[0] == singer, "is_top1"].mean() for singer in singers]))
        likely.append(rows["is_top5_by_log_probability"].mean())
    result = further_accuracies(table).iloc[0]
    assert (result["macro_top1_mean"], result["macro_top1_std"]) == pytest.approx(
        (100 * np.mean(macro), 100 * np.std(macro))
    )
    assert (result["top5_log_probability_mean"], result["top5_log_probability_std"]) == pytest.approx(
        (100 * np.mean(likely), 100 * np.std(likely))
    )


def test_with_one_track_per_singer_the_macro_average_is_the_accuracy() -> None:
    table = accuracy_table(predictions(corpora=("closed",)), parameters())
    assert table["macro_top1_mean"].tolist() == pytest.approx(table["top1_mean"].tolist())


def test_the_accuracy_table_holds_every_experiment_with_its_mean_inside_the_interval() -> None:
    table = accuracy_table(predictions(), parameters())
    assert len(table) == 3 * (3 + 3 + 1)
    assert (table["top1_low"] <= table["top1_mean"]).all() and (table["top1_mean"] <= table["top1_high"]).all()


def test_the_accuracy_table_of_no_predictions_has_its_columns_and_no_rows() -> None:
    full, nothing = accuracy_table(predictions(), parameters()), accuracy_table(empty_table(Predictions), parameters())
    assert nothing.empty and list(nothing.columns) == list(full.columns)
