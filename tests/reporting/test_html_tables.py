"""Numbers as text."""

import numpy as np
import pandas as pd

from real_cloned.reporting.html_tables import (
    DASH,
    Cell,
    format_level,
    format_mean_std,
    format_number,
    format_range,
    html_table,
    interval_column,
    label_column,
    mean_std_column,
)


def test_numbers_are_rounded_and_missing_ones_are_dashes() -> None:
    assert (format_number(-3.14159), format_number(float("nan"))) == ("−3.1", DASH)
    assert (format_number(1234.0, ",d"), format_number(2.0, "+.1f")) == ("1,234", "+2.0")
    assert [format_level(level) for level in (float("nan"), -12.0, 0.0, 2.5)] == ["voice alone", "−12", "0", "+2.5"]
    assert (format_mean_std(79.94, 0.4), format_mean_std(79.94, float("nan"))) == ("79.9 ± 0.4", "79.9")
    assert (format_range([]), format_range([3, 3]), format_range([2, 3])) == (DASH, "3", "2 to 3")


def test_a_column_sorts_by_its_numbers_and_groups_span_their_columns() -> None:
    columns = [
        label_column("Corpus", "corpus"),
        mean_std_column("Ours", "top1_mean", "top1_std", "Top-1"),
        interval_column("Interval", "low", "high", "Top-1"),
    ]
    table = pd.DataFrame({"corpus": ["fma", None], "top1_mean": [79.94, np.nan], "top1_std": [0.4, np.nan]})
    shown = html_table(table.assign(low=70.0, high=[90.0, np.nan]), columns, "A caption")
    assert (shown.caption, shown.groups) == ("A caption", [("", 1), ("Top-1", 2)])
    assert shown.headings == [("Corpus", False), ("Ours", True), ("Interval", True)]
    assert shown.rows == [
        [Cell("FMA", None), Cell("79.9 ± 0.4", "79.94"), Cell("70.0 to 90.0", "70")],
        [Cell(DASH, None), Cell(DASH, ""), Cell(DASH, "70")],
    ]


def test_labels_of_a_mapping_replace_the_values_that_they_name() -> None:
    column = label_column("Trials", "trials", {"any": "any two tracks"})
    assert [column.cell({"trials": value}) for value in ("any", "other")] == ["any two tracks", "other"]
