"""The published values, and what stands beside them."""

import pytest

from real_cloned.reporting.published import published
from real_cloned.reporting.sections.figure1_closed_cloned import figure1_numbers, figure1_with_published
from real_cloned.reporting.sections.figure2_genres import figure2_numbers, figure2_with_published
from real_cloned.reporting.sections.figure3_training_tracks import figure3_numbers, figure3_with_published
from tests.reporting.fabricated import parameters, prediction, table_of
from tests.reporting.figure_helpers import row


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


def test_ours_stand_beside_the_published_values_only_at_the_same_class_count() -> None:
    rows = [prediction(n_singers=700, is_top1=False), prediction(n_singers=1500, n_train_tracks=7, genre="HIP-HOP")]
    table, wanted = table_of(rows), parameters(figure2_min_tracks=1, figure3_buckets=[5, 10, 20])
    first = figure1_with_published(figure1_numbers(table)).dropna(subset="ours")
    second = figure2_with_published(figure2_numbers(table, wanted)).dropna(subset="ours")
    third = figure3_with_published(figure3_numbers(table, wanted)).dropna(subset="ours")
    assert first[["mean", "ours", "difference"]].values.tolist() == [[80.9, 0.0, -80.9]]
    assert second[["group", "mean", "ours"]].values.tolist() == [["Hip-hop", 72.7, 100.0]]
    assert third[["n_singers", "mean", "ours"]].values.tolist() == [[1500, 68.1, 100.0]]
