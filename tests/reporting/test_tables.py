"""Tables 1 to 3, the small tables beside them, and the published values."""

import pandas as pd
import pytest

from real_cloned.reporting.accuracy import accuracy_table
from real_cloned.reporting.findings import glance_table, language_table
from real_cloned.reporting.published import published
from real_cloned.reporting.records import history_table, rejected_table
from real_cloned.reporting.tables import dataset_table, open_dataset_table, prior_work_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import History, Rejected, Splits, Tracks
from real_cloned.schemas.results import Predictions

from .fabricated import history, parameters, prediction, predictions, rejected, splits, table_of, tracks


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    """Return the only row of `table` that has these values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize(
    ("exhibit", "wanted", "mean", "std"),
    [
        ("table1", {"corpus": "closed", "measure": "songs"}, 176141, None),
        ("table2", {"corpus": "fma", "model": "vocal", "measure": "top1"}, 79.9, 0.4),
        ("table2", {"corpus": "mtg", "model": "clmr", "measure": "top5"}, 68.0, 1.1),
        ("table3", {"model": "[16, 18]", "measure": "top1"}, 47.9, None),
        ("figure1", {"corpus": "cloned", "model": "hybrid", "n_singers": 800}, 15.3, None),
        ("figure2", {"group": "Electronic"}, 41.6, None),
        ("figure3", {"n_singers": 1500, "group": "20 or more"}, 51.5, None),
        ("figure4", {"model": "mixture", "group": "accompaniment"}, 90.8, None),
    ],
)
def test_the_published_values_are_those_of_the_paper(
    exhibit: str, wanted: dict[str, object], mean: float, std: float | None
) -> None:
    value = row(published(exhibit), **wanted)
    assert value["mean"] == mean
    assert std is None or value["std"] == std


def test_asking_for_an_unknown_exhibit_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"table9.*figure1"):
        published("table9")


def test_table_1_counts_only_tracks_that_are_in_the_splits() -> None:
    closed = tracks({"a": 3, "b": 2, "c": 1}, duration_s=1800.0)
    kept = splits(closed[closed["singer_id"] != "c"])
    line = row(dataset_table({"closed": closed}, {"closed": kept}), corpus="closed")
    assert (line["singers"], line["songs"], line["hours"], line["songs_per_singer_min"]) == (2, 5, 2.5, 2)
    assert (line["published_singers"], line["published_songs"]) == (7500, 176141)


def test_table_1_counts_a_clone_for_each_singer_it_imitates() -> None:
    clones = tracks({"a": 2, "b": 1}, others=("z",))
    line = row(dataset_table({"cloned": clones}, {"cloned": splits(clones, "clone")}), corpus="cloned")
    assert (line["singers"], line["songs"]) == (3, 3)


def test_table_1_has_every_corpus_of_the_paper_when_none_is_configured() -> None:
    for table in (dataset_table({}, {}), dataset_table({"mtg": empty_table(Tracks)}, {"mtg": empty_table(Splits)})):
        assert table["corpus"].tolist() == ["train", "validation", "closed", "fma", "mtg", "cloned"]
        assert table[["singers", "songs", "hours"]].isna().all(axis=None)
        assert table["published_songs"].notna().all()


def test_table_2_takes_the_largest_class_count_and_subtracts_the_published_mean() -> None:
    rows = [prediction(corpus="fma", n_singers=1019, run=run, is_top1=run == 0) for run in range(2)]
    table = open_dataset_table(table_of([*rows, prediction(corpus="fma", n_singers=5)]))
    line = row(table, corpus="fma", model="vocal")
    assert (line["n_singers"], line["n_runs"], line["top1_mean"], line["top1_std"]) == (1019, 2, 50.0, 50.0)
    assert line["difference_top1"] == pytest.approx(50.0 - 79.9)
    assert line["difference_top5"] == pytest.approx(100.0 - 85.7)


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


def test_table_3_puts_ours_at_the_same_class_count_and_the_largest_last() -> None:
    table = prior_work_table(predictions(variants=("mixture", "vocal"), class_counts=(20, 300, 600), n_runs=1))
    assert table["method"].tolist() == ["[19]", "mixture", "[16, 18]", "[16]", "mixture", "mixture"]
    assert table["n_singers"].tolist() == [300, 300, 500, 500, 500, 600]
    assert table["top1"].notna().tolist() == [False, True, False, False, False, True]
    assert table.loc[1, "difference_top1"] == pytest.approx(table.loc[1, "top1"] - 78.0)


def test_table_3_of_no_predictions_holds_only_the_papers_five_rows() -> None:
    table = prior_work_table(empty_table(Predictions))
    assert len(table) == 5 and table["top1"].isna().all()


def test_real_and_cloned_are_compared_at_the_largest_class_count_run_on_both() -> None:
    table = table_of(
        [prediction(), prediction(corpus="cloned", is_top1=False), prediction(n_singers=40, is_top1=False)]
    )
    line = row(glance_table(accuracy_table(table, parameters())), variant="vocal")
    assert (line["n_singers"], line["closed_top1"], line["cloned_top1"]) == (10, 100.0, 0.0)
    assert (line["difference_top1"], line["difference_top5"]) == (-100.0, 0.0)


def test_languages_are_listed_by_their_test_tracks_with_the_median_over_runs() -> None:
    rows = [prediction(run=run, track_id=f"t{k}", is_top5=run > 0) for run in range(3) for k in range(2)]
    table = language_table(table_of([*rows, prediction(language="es"), prediction(language=None)]))
    assert table["language"].tolist() == ["en", "es"]
    assert row(table, language="en")[["top5_mean", "top5_median"]].tolist() == [pytest.approx(200 / 3), 100.0]
    assert language_table(empty_table(Predictions)).empty


def test_the_history_names_the_best_epoch_and_adds_up_the_seconds() -> None:
    table = history_table({"vocal": history((3.0, 1.0, 2.0)), "mixture": empty_table(History)})
    assert table["variant"].tolist() == ["mixture", "vocal"]
    assert row(table, variant="vocal").tolist() == ["vocal", 3, 1, 1.0, 6.0]
    assert table.iloc[0, 1:].isna().all() and history_table({}).empty


def test_rejected_files_are_counted_by_corpus_stage_and_reason() -> None:
    table = rejected_table({"fma": rejected({"silent": 1}), "train": rejected({"silent": 1, "short": 2})})
    assert table.values.tolist() == [
        ["train", "ingest", "short", 2],
        ["train", "ingest", "silent", 1],
        ["fma", "ingest", "silent", 1],
    ]
    assert rejected_table({"fma": empty_table(Rejected)}).empty
