"""The section on version identification: with results, with none, and with a method that nobody knows."""

import pandas as pd

from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.covers import cover_rows, draw_cover_map, section
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import CoverMap
from tests.reporting.fabricated import parameters

RESULTS = pd.DataFrame(
    [["qmax", 80, 90, 0.5, 3.25, 0.625, 0.9], ["mine", 80, 90, 0.25, 9.0, 0.125, 0.5]],
    columns=["method", "n_queries", "n_candidates", "mean_average_precision", "mean_rank_1", "top1", "top10"],
)


def test_methods_have_their_labels_and_shares_are_in_percent() -> None:
    rows = cover_rows(RESULTS)
    assert rows["label"].tolist() == ["Qmax", "mine"]
    assert rows["top1"].tolist() == [62.5, 12.5]
    text = str(section(ReportData(parameters(), {"cover_results": RESULTS})).tables)
    assert "0.500" in text
    assert "62.5" in text


def test_without_results_the_table_has_no_rows() -> None:
    (table,) = section(ReportData(parameters(), {})).tables
    assert table.rows == []


def test_the_map_has_a_colour_per_work_and_says_when_it_is_empty() -> None:
    points = pd.DataFrame({"work_id": ["a", "a", "b"], "performance_id": ["1", "2", "3"], "x": [0.0, 1, 2], "y": 0.0})
    (axes,) = draw_cover_map(points).axes
    assert [len(one.get_offsets()) for one in axes.collections] == [2, 1]
    (empty,) = draw_cover_map(empty_table(CoverMap)).axes
    assert not empty.collections
