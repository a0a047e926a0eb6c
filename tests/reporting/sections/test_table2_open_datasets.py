"""Table 2: ours beside the published values."""

import pandas as pd
import pytest

from real_cloned.reporting.sections.table2_open_datasets import open_dataset_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions
from tests.reporting.fabricated import prediction, table_of
from tests.reporting.figure_helpers import row


def test_table_2_takes_the_largest_class_count_and_subtracts_the_published_mean() -> None:
    rows = [prediction(corpus="fma", n_singers=1019, run=run, is_top1=run == 0) for run in range(2)]
    table = open_dataset_table(table_of([*rows, prediction(corpus="fma", n_singers=5)]))
    line = row(table, corpus="fma", model="vocal")
    assert (line["n_singers"], line["n_runs"], line["top1_mean"], line["top1_std"]) == (1019, 2, 50.0, 50.0)
    assert line["difference_top1"] == pytest.approx(50.0 - 79.9)
    assert line["difference_top5"] == pytest.approx(100.0 - 85.7)


def test_table_2_subtracts_nothing_from_accuracies_among_another_number_of_singers() -> None:
    table = open_dataset_table(table_of([prediction(corpus="fma", n_singers=11)]))
    line = row(table, corpus="fma", model="vocal")
    assert (line["top1_mean"], line["published_top1_mean"]) == (100.0, 79.9)
    assert pd.isna(line["difference_top1"]) and pd.isna(line["difference_top5"])


def test_table_2_keeps_the_papers_rows_in_its_order_and_adds_variants_it_does_not_have() -> None:
    table = open_dataset_table(table_of([prediction(corpus="mtg", variant="mashup")]))
    models = ["clmr", "mixture", "hybrid", "vocal"]
    assert table["model"].tolist() == [*models, *models, "mashup"]
    assert table.iloc[:-1]["top1_mean"].isna().all() and pd.isna(table.iloc[-1]["published_top1_mean"])


def test_table_2_has_rows_for_the_models_that_are_named_predicted_or_not() -> None:
    table = open_dataset_table(table_of([prediction(corpus="mtg", variant="lstm")]), ("vocal", "lstm", "speaker"))
    assert table.loc[table["corpus"] == "fma", "model"].tolist() == [
        *("clmr", "mixture", "hybrid", "vocal", "lstm", "speaker")
    ]
    assert row(table, corpus="mtg", model="lstm")["n_runs"] == 1
    assert row(table, corpus="fma", model="speaker").drop(["corpus", "model"]).isna().all()


def test_table_2_of_no_predictions_holds_only_published_values() -> None:
    table = open_dataset_table(empty_table(Predictions))
    assert len(table) == 8 and table["top5_mean"].isna().all() and table["published_top5_std"].notna().all()
