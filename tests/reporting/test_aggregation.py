"""Accuracy of runs and its standard deviation, against hand-made tables."""

import numpy as np
import pandas as pd

from real_cloned.reporting.aggregation import accuracy_by_run, at_most_singers, mean_and_std
from tests.reporting.fabricated import prediction, table_of


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
    runs = accuracy_by_run(two_runs())
    assert runs[["run", "top1", "top5", "n_tracks"]].values.tolist() == [[0, 75.0, 100.0, 4], [1, 25.0, 50.0, 4]]


def test_the_standard_deviation_divides_by_the_number_of_runs() -> None:
    row = mean_and_std(accuracy_by_run(two_runs())).iloc[0]
    assert (row["top1_mean"], row["top1_std"]) == (50.0, 25.0)
    assert (row["top5_mean"], row["top5_std"], row["n_runs"]) == (75.0, 25.0, 2)


def test_a_single_run_has_no_standard_deviation() -> None:
    assert np.isnan(mean_and_std(accuracy_by_run(table_of([prediction()]))).iloc[0]["top1_std"])


def test_tracks_without_a_genre_are_left_out_of_accuracy_by_genre() -> None:
    table = table_of([prediction(), prediction(track_id="t1", genre=None, is_top1=False)])
    runs = accuracy_by_run(table, ("genre",))
    assert runs[["genre", "top1"]].values.tolist() == [["Pop", 100.0]]


def test_the_largest_class_count_of_the_asked_variant_and_corpus_is_taken() -> None:
    table = table_of([prediction(n_singers=10), prediction(n_singers=20), prediction(n_singers=40, variant="mixture")])
    assert at_most_singers(table, "closed", "vocal")["n_singers"].tolist() == [20]
    assert at_most_singers(table, "cloned", "vocal").empty
