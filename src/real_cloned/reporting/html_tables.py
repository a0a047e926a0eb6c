"""From tables of numbers to tables of text: rounding, units, and a dash where there is no number.

A table of the page is described by its columns, each made by one of the functions `*_column`; `html_table` fills it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from real_cloned.reporting.labels import label

DASH = "–"
Row = Mapping[str, Any]
"""A row of a table: value by name of the column."""


@dataclass(frozen=True)
class Column:
    """One column of a table on the page.

    Attributes:
        heading: The text above the column.
        cell: Returns the text of the column's cell in a row.
        group: A heading above several columns; empty for none.
        key: The column of numbers by which the page sorts it; empty to sort it as text.
    """

    heading: str
    cell: Callable[[Row], str]
    group: str = ""
    key: str = ""

    @property
    def numeric(self) -> bool:
        """Are its cells numbers?"""
        return bool(self.key)


@dataclass(frozen=True)
class Cell:
    """One cell of a table on the page.

    Attributes:
        text: What it says.
        key: The number by which it is sorted, as text; empty where the number is missing, None where it is sorted as
            text.
    """

    text: str
    key: str | None


@dataclass(frozen=True)
class HtmlTable:
    """A table as the page prints it.

    Attributes:
        caption: The text above it.
        groups: Heading, and number of columns that it spans, for each group of columns; empty where none has a heading.
        headings: Heading, and whether the column is numeric, for each column.
        rows: A cell per column for each row.
    """

    caption: str
    groups: list[tuple[str, int]]
    headings: list[tuple[str, bool]]
    rows: list[list[Cell]]


def html_table(table: pd.DataFrame, columns: Sequence[Column], caption: str) -> HtmlTable:
    """Return a table as the page prints it.

    Args:
        table: Any table that has the columns which `columns` read; one without rows may lack them.
        columns: What the table shows, from left to right.
        caption: The text above it.
    """
    spans = [(group, len(list(members))) for group, members in groupby(columns, key=lambda column: column.group)]
    rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    return HtmlTable(
        caption=caption,
        groups=spans if any(group for group, _ in spans) else [],
        headings=[(column.heading, column.numeric) for column in columns],
        rows=[[Cell(column.cell(row), _sort_key(row, column)) for column in columns] for row in rows],
    )


def _sort_key(row: Row, column: Column) -> str | None:
    if not column.numeric:
        return None
    return "" if pd.isna(row[column.key]) else f"{float(row[column.key]):.6g}"


def text_column(heading: str, key: str) -> Column:
    """Return a column of text, as it stands in the table.

    Args:
        heading: The text above the column.
        key: The column of the table.
    """
    return Column(heading, lambda row: _text(row[key]) or DASH)


def label_column(heading: str, key: str, labels: Mapping[str, str] | None = None) -> Column:
    """Return a column of labels.

    Args:
        heading: The text above the column.
        key: The column of the table.
        labels: Label by value; a value without a label stands as it is. None writes corpora, variants and measures as
            `labels.label` does.
    """
    if labels is None:
        return Column(heading, lambda row: label(_text(row[key])) or DASH)
    return Column(heading, lambda row: labels.get(row[key], row[key]))


def number_column(heading: str, key: str, form: str = ".1f", group: str = "") -> Column:
    """Return a column of numbers.

    Args:
        heading: The text above the column.
        key: The column of the table.
        form: Python's format, such as `,d` for counts or `+.1f` for differences.
        group: A heading above several columns.
    """
    return Column(heading, lambda row: format_number(row[key], form), group, key)


def percent_column(heading: str, key: str, group: str = "") -> Column:
    """Return a column of percentages.

    Args:
        heading: The text above the column.
        key: The column of the table, which holds shares from 0 to 1.
        group: A heading above several columns.
    """
    return Column(heading, lambda row: format_number(100.0 * row[key]), group, key)


def mean_std_column(heading: str, mean: str, std: str, group: str = "") -> Column:
    """Return a column of mean ± standard deviation; only the mean where the latter is missing.

    Args:
        heading: The text above the column.
        mean: The column of means, by which the page sorts.
        std: The column of standard deviations.
        group: A heading above several columns.
    """
    return Column(heading, lambda row: format_mean_std(row[mean], row[std]), group, mean)


def interval_column(heading: str, low: str, high: str, group: str = "") -> Column:
    """Return a column of intervals, `low to high`.

    Args:
        heading: The text above the column.
        low: The column of lower bounds, by which the page sorts.
        high: The column of upper bounds.
        group: A heading above several columns.
    """
    return Column(heading, lambda row: _format_interval(row[low], row[high]), group, low)


def format_number(value: Any, form: str = ".1f") -> str:
    """Return the number with a true minus sign, or a dash for NaN.

    Args:
        value: Any number.
        form: Python's format; for `d` the number is rounded.
    """
    if pd.isna(value):
        return DASH
    return format(round(value) if form.endswith("d") else value, form).replace("-", "−")


def format_mean_std(mean: float, std: float) -> str:
    """Return `79.9 ± 0.4`, `79.9` where there is no standard deviation, or a dash.

    Args:
        mean: The mean, or NaN.
        std: The standard deviation, or NaN.
    """
    return format_number(mean) if pd.isna(mean) or pd.isna(std) else f"{format_number(mean)} ± {format_number(std)}"


def format_range(values: Iterable[float]) -> str:
    """Return `3` for values that are all 3, `2 to 3` for values between, and a dash for none.

    Args:
        values: Counts.
    """
    distinct = sorted(set(values))
    if not distinct:
        return DASH
    return f"{distinct[0]:,.0f}" if len(distinct) == 1 else f"{distinct[0]:,.0f} to {distinct[-1]:,.0f}"


def format_level(level_db: float) -> str:
    """Return what an accompaniment's level is called: `+6`, `−6`, `0`, and `voice alone` for NaN.

    Args:
        level_db: The level in dB against that of the song.
    """
    if pd.isna(level_db):
        return "voice alone"
    return format_number(level_db, "+.3g") if level_db else "0"


def _format_interval(low: float, high: float) -> str:
    return DASH if pd.isna(low) or pd.isna(high) else f"{format_number(low)} to {format_number(high)}"


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
