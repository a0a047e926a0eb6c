"""Accuracy of runs, its spread, and the bootstrap, against hand-made tables and a slow loop."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.metrics.significance import bootstrap_interval
from real_cloned.reporting.accuracy import accuracy_table, largest, other_accuracies, run_accuracy, summarise
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions

from .fabricated import parameters, prediction, predictions, table_of


def two_runs() -> pd.DataFrame:
    """Three hits of four tracks in run 0, one of four in run 1; top-5 all, then half."""
    hits = {0: ([1, 1, 1, 0], [1, 1, 1, 1]), 1: ([1, 0, 0, 0], [1, 1, 0, 0])}
    return table_of(
        [
            prediction(run=run, track_id=f"t{k}", true_ids=[f"s{k % 2}"], is_top1=bool(one), is_top5=bool(five))
            for run, (ones, fives) in hits.items()
            for k, (one, five) in enumerate(zip(ones, fives, strict=True))
        ]
    )


def test_a_run_of_three_hits_in_four_is_75_percent() -> None:
    runs = run_accuracy(two_runs())
    assert runs[["run", "top1", "top5", "n_tracks"]].values.tolist() == [[0, 75.0, 100.0, 4], [1, 25.0, 50.0, 4]]


def test_the_standard_deviation_divides_by_the_number_of_runs() -> None:
    row = summarise(run_accuracy(two_runs())).iloc[0]
    assert (row["top1_mean"], row["top1_std"]) == (50.0, 25.0)
    assert (row["top5_mean"], row["top5_std"], row["n_runs"]) == (75.0, 25.0, 2)


def test_a_single_run_has_no_standard_deviation() -> None:
    assert np.isnan(summarise(run_accuracy(table_of([prediction()]))).iloc[0]["top1_std"])


def test_tracks_without_a_genre_are_left_out_of_accuracy_by_genre() -> None:
    table = table_of([prediction(), prediction(track_id="t1", genre=None, is_top1=False)])
    runs = run_accuracy(table, ("genre",))
    assert runs[["genre", "top1"]].values.tolist() == [["Pop", 100.0]]


def test_the_largest_class_count_of_the_asked_variant_and_corpus_is_taken() -> None:
    table = table_of([prediction(n_singers=10), prediction(n_singers=20), prediction(n_singers=40, variant="mixture")])
    assert largest(table, "closed", "vocal")["n_singers"].tolist() == [20]
    assert largest(table, "cloned", "vocal").empty


def test_the_interval_equals_a_slow_loop_over_the_same_draws() -> None:
    table = predictions(variants=("vocal",), corpora=("cloned",), class_counts=(10,))
    table = table[(table["run"] > 0) | (table["true_ids"].str[0] != "s003")]  # one singer is missing in one run
    singers = sorted({ids[0] for ids in table["true_ids"]})
    shares = np.full(len(singers), 1 / len(singers))
    accuracies = []
    for weights in np.random.default_rng(3).multinomial(len(singers), shares, size=100):
        drawn = [singer for singer, weight in zip(singers, weights, strict=True) for _ in range(weight)]
        chosen = pd.concat([table[table["true_ids"].str[0] == singer] for singer in drawn])
        accuracies.append(100 * chosen.groupby("run")["is_top1"].mean().mean())
    interval = bootstrap_interval(table, n_bootstrap=100, seed=3)
    assert interval["top1_low"] == pytest.approx(np.percentile(accuracies, 2.5))
    assert interval["top1_high"] == pytest.approx(np.percentile(accuracies, 97.5))


def test_the_interval_of_one_singer_is_a_point() -> None:
    table = table_of([prediction(), prediction(track_id="t1", is_top1=False)])
    interval = bootstrap_interval(table, n_bootstrap=20, seed=0)
    assert (interval["top1_low"], interval["top1_high"], interval["top5_low"]) == (50.0, 50.0, 100.0)


def test_every_singer_weighs_the_same_in_the_macro_average() -> None:
    often = [prediction(track_id=f"a{k}", true_ids=["a", "b"], is_top1=True) for k in range(3)]
    table = table_of([*often, prediction(track_id="b0", true_ids=["b"], is_top1=False)])
    assert summarise(run_accuracy(table)).iloc[0]["top1_mean"] == 75.0
    assert other_accuracies(table).iloc[0]["macro_top1_mean"] == 50.0


def test_the_other_accuracies_equal_slow_loops_over_runs_and_singers() -> None:
    table = predictions(corpora=("cloned",), variants=("vocal",), class_counts=(20,))
    table = table[(table["run"] > 0) | ~table["track_id"].str.endswith("3/0")]  # one clone is missing in one run
    macro, likely = [], []
    for run in range(3):
        rows = table[table["run"] == run]
        singers = sorted({ids[0] for ids in rows["true_ids"]})
        macro.append(np.mean([rows.loc[rows["true_ids"].str[0] == singer, "is_top1"].mean() for singer in singers]))
        likely.append(rows["is_top5_by_log_probability"].mean())
    found = other_accuracies(table).iloc[0]
    assert (found["macro_top1_mean"], found["macro_top1_std"]) == pytest.approx(
        (100 * np.mean(macro), 100 * np.std(macro))
    )
    assert (found["top5_log_probability_mean"], found["top5_log_probability_std"]) == pytest.approx(
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
