"""From tables of numbers to tables of words: rounding, units, and a dash where there is no number."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from real_cloned.reporting.names import label

DASH = "–"


@dataclass(frozen=True)
class Column:
    """One column of a shown table.

    cell : what it says of a row; group : a heading above several columns
    key : the column of numbers by which the page sorts it; without one it is sorted as text
    """

    heading: str
    cell: Callable[[Mapping[str, Any]], str]
    group: str = ""
    key: str = ""

    @property
    def numeric(self) -> bool:
        """Are its cells numbers?"""
        return bool(self.key)


@dataclass(frozen=True)
class Cell:
    """What a cell says, and the number by which it is sorted: empty where there is none, None for text."""

    text: str
    key: str | None


@dataclass(frozen=True)
class ShownTable:
    """A table as the page prints it. groups : (heading, columns it spans); headings : (text, is it numeric)."""

    caption: str
    groups: list[tuple[str, int]]
    headings: list[tuple[str, bool]]
    rows: list[list[Cell]]


def shown(table: pd.DataFrame, columns: Sequence[Column], caption: str) -> ShownTable:
    """Return `table` as the page prints it, with these columns."""
    spans = [(group, len(list(members))) for group, members in groupby(columns, key=lambda column: column.group)]
    return ShownTable(
        caption=caption,
        groups=spans if any(group for group, _ in spans) else [],
        headings=[(column.heading, column.numeric) for column in columns],
        rows=[[Cell(column.cell(row), _sort_key(row, column)) for column in columns] for row in _records(table)],
    )


def _sort_key(row: Mapping[str, Any], column: Column) -> str | None:
    if not column.numeric:
        return None
    return "" if pd.isna(row[column.key]) else f"{float(row[column.key]):.6g}"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def words(heading: str, key: str, labelled: bool = False) -> Column:
    """Return a column of text. labelled : write corpora, models and measures as `names.label` does."""
    return Column(heading, lambda row: _text(row[key], labelled))


def named(heading: str, key: str, names: Mapping[str, str]) -> Column:
    """Return a column of text, in the words of `names`; what has none there stands as it is."""
    return Column(heading, lambda row: names.get(row[key], row[key]))


def figure(heading: str, key: str, form: str = ".1f", group: str = "") -> Column:
    """Return a column of numbers. form : Python's format, such as `,d` for counts or `+.1f` for differences."""
    return Column(heading, lambda row: number(row[key], form), group, key)


def percent(heading: str, key: str, group: str = "") -> Column:
    """Return a column of shares from 0 to 1, written in percent."""
    return Column(heading, lambda row: number(100.0 * row[key]), group, key)


def spread(heading: str, mean: str, std: str, group: str = "") -> Column:
    """Return a column of mean ± standard deviation; only the mean where the latter is missing."""
    return Column(heading, lambda row: plus_minus(row[mean], row[std]), group, mean)


def interval(heading: str, low: str, high: str, group: str = "") -> Column:
    """Return a column of `low to high`."""
    return Column(heading, lambda row: _between(row[low], row[high]), group, low)


def number(value: Any, form: str = ".1f") -> str:
    """Return the number with a true minus sign, or a dash for NaN. form : Python's; for `d` the number is rounded."""
    if pd.isna(value):
        return DASH
    return format(round(value) if form.endswith("d") else value, form).replace("-", "−")


def level_name(level_db: float) -> str:
    """Return what an accompaniment's level is called: `+6`, `−6`, `0`, and `voice alone` for NaN."""
    if pd.isna(level_db):
        return "voice alone"
    return number(level_db, "+.3g") if level_db else "0"


def plus_minus(mean: float, std: float) -> str:
    """Return `79.9 ± 0.4`, `79.9` where there is no spread, or a dash."""
    return number(mean) if pd.isna(mean) or pd.isna(std) else f"{number(mean)} ± {number(std)}"


def span(values: Iterable[float]) -> str:
    """Return `3` for values that are all 3, `2 to 3` for values between, and a dash for none."""
    found = sorted(set(values))
    if not found:
        return DASH
    return f"{found[0]:,.0f}" if len(found) == 1 else f"{found[0]:,.0f} to {found[-1]:,.0f}"


def _between(low: float, high: float) -> str:
    return DASH if pd.isna(low) or pd.isna(high) else f"{number(low)} to {number(high)}"


def _text(value: Any, labelled: bool) -> str:
    if pd.isna(value) or value == "":
        return DASH
    return label(str(value)) if labelled else str(value)
