"""Which variants are compared with which, where, and with what result."""

import pandas as pd
import pytest

from real_cloned.reporting.sections.comparisons import comparison_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions, PretrainingSeeds
from tests.reporting.fabricated import parameters, prediction, predictions, table_of
from tests.reporting.figure_helpers import row

NO_SEEDS = empty_table(PretrainingSeeds)


def hits(variant: str, right: int, n_singers: int = 10, n_tracks: int = 20, n_runs: int = 2) -> list[dict[str, object]]:
    """Return predictions of one track per singer, of which the first `right` are right in every run."""
    return [
        prediction(variant=variant, n_singers=n_singers, run=run, track_id=f"t{k:02d}", true_ids=[f"s{k:02d}"])
        | {"is_top1": k < right}
        for run in range(n_runs)
        for k in range(n_tracks)
    ]


def test_every_variant_is_compared_with_mixture_and_the_best_with_the_second() -> None:
    table = comparison_table(predictions(), NO_SEEDS, parameters())
    assert table.loc[table["corpus"] != "fma", ["variant", "other", "question"]].values.tolist() == 2 * [
        ["hybrid", "mixture", "against mixture"],
        ["vocal", "mixture", "against mixture"],
        ["vocal", "hybrid", "best against second"],
    ]


@pytest.mark.parametrize("right", [5, 15])
def test_a_pair_that_both_questions_ask_for_is_there_once_and_mixture_comes_second(right: int) -> None:
    table = comparison_table(table_of(hits("mixture", 10) + hits("vocal", right)), NO_SEEDS, parameters())
    assert table[["variant", "other", "question"]].values.tolist() == [
        ["vocal", "mixture", "against mixture; best against second"]
    ]


def test_a_pair_is_compared_at_the_largest_class_count_that_both_have() -> None:
    table = table_of(hits("mixture", 5, 10) + hits("mixture", 5, 40) + hits("vocal", 15, 10) + hits("vocal", 9, 20))
    result = row(comparison_table(table, NO_SEEDS, parameters()), variant="vocal")
    assert (result["n_singers"], result["top1"], result["other_top1"], result["difference"]) == (10, 75.0, 25.0, 50.0)


def test_the_numbers_of_a_pair_are_those_that_one_counts() -> None:
    result = row(
        comparison_table(table_of(hits("mixture", 5) + hits("vocal", 9)), NO_SEEDS, parameters()), variant="vocal"
    )
    assert (result["n_runs"], result["n_tested_singers"], result["n_tests"]) == (2, 20, 40)
    assert (result["only_variant"], result["only_other"], result["p_mcnemar"]) == (4, 0, 2 / 2**4)
    assert result["p_value"] == 2 / 2**4  # four singers differ, in one direction: two of sixteen swaps differ as much
    assert result["low"] <= result["difference"] == 20.0 <= result["high"]


def test_only_tracks_that_both_were_asked_for_count() -> None:
    table = table_of(hits("mixture", 5) + hits("vocal", 20, n_tracks=10))
    result = row(comparison_table(table, NO_SEEDS, parameters()), variant="vocal")
    assert (result["n_tests"], result["other_top1"]) == (20, 50.0)


def test_corrected_p_values_are_larger_where_more_is_asked() -> None:
    table = comparison_table(
        table_of(hits("mixture", 5) + hits("vocal", 12) + hits("hybrid", 11) + hits("mashup", 8)),
        NO_SEEDS,
        parameters(),
    )
    assert len(table) == 4
    assert (table["p_holm"] >= table["p_value"]).all()
    assert table["p_holm"].min() == pytest.approx(4 * table["p_value"].min())


def test_one_variant_or_none_has_nothing_to_be_compared_with() -> None:
    for table in (empty_table(Predictions), table_of(hits("mixture", 5)), table_of(hits("vocal", 5))):
        compared = comparison_table(table, NO_SEEDS, parameters())
        assert compared.empty and "p_value" in compared


def test_without_mixture_the_best_two_are_compared() -> None:
    table = comparison_table(table_of(hits("vocal", 5) + hits("hybrid", 9) + hits("mashup", 7)), NO_SEEDS, parameters())
    assert table[["variant", "other"]].values.tolist() == [["hybrid", "mashup"]]


def seeds_table(**top1: list[float]) -> pd.DataFrame:
    """Return a table of pretraining seeds; the first of each variant is the study's own."""
    return pd.DataFrame(
        [
            {
                "variant": variant,
                "seed": seed,
                "is_study": seed == 0,
                "corpus": "closed",
                "n_singers": 10,
                "top1": value,
            }
            for variant, values in top1.items()
            for seed, value in enumerate(values)
        ]
    )


def test_the_spread_between_pretrainings_is_that_of_their_differences() -> None:
    table = table_of(hits("mixture", 5) + hits("vocal", 9))
    seeds = seeds_table(mixture=[25.0, 35.0, 30.0], vocal=[45.0, 45.0, 45.0])
    result = row(comparison_table(table, seeds, parameters()), variant="vocal")
    assert result["n_seeds"] == 3
    assert result["seeds_difference"] == pytest.approx(15.0)
    assert result["seeds_std"] == pytest.approx(5.0)  # of 20, 10, 15


def test_accuracies_of_another_study_than_this_one_are_not_used() -> None:
    table = table_of(hits("mixture", 5) + hits("vocal", 9))
    seeds = seeds_table(mixture=[25.0, 35.0], vocal=[44.0, 45.0])  # the study's own vocal has 45
    result = row(comparison_table(table, seeds, parameters()), variant="vocal")
    assert result["n_seeds"] == 1
    assert pd.isna(result["seeds_std"])


def test_with_one_seed_there_is_no_spread() -> None:
    result = row(
        comparison_table(table_of(hits("mixture", 5) + hits("vocal", 9)), NO_SEEDS, parameters()), variant="vocal"
    )
    assert result["n_seeds"] == 1
    assert pd.isna(result["seeds_difference"])
