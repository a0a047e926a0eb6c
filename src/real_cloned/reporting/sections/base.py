"""What sections of the page are made of and made from, and the columns and captions that several of them share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.html_tables import (
    Column,
    HtmlTable,
    format_range,
    label_column,
    number_column,
    text_column,
)

CORPUS = label_column("Corpus", "corpus")
VARIANT = label_column("Model", "variant")
MODEL = label_column("Model", "model")
MEASURE = label_column("Measure", "measure")
N_SINGERS = number_column("Singers", "n_singers", ",d")
N_RUNS = number_column("Runs", "n_runs", "d")
N_TRACKS = number_column("Tests", "n_tracks", ",d")
TOP1_TOP5 = (("Top-1 (%)", "top1"), ("Top-5 (%)", "top5"))
"""Heading and column of both measures."""

NO_DATA = "There was nothing to draw: the corpus is not configured, or no experiment was run on it."


@dataclass(frozen=True)
class ReportData:
    """What sections are made from.

    Attributes:
        parameters: The report's parameters.
        tables: Tables by the names that the catalog gives them.
    """

    parameters: ReportParameters
    tables: Mapping[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """Return the table of this name; one without rows and columns where there is none.

        Args:
            name: The table's name in the catalog.
        """
        return self.tables.get(name, pd.DataFrame())


@dataclass(frozen=True)
class Section:
    """One section of the page.

    Attributes:
        anchor: The id of the section on the page; without spaces.
        heading: Its heading.
        text: What to know before reading, or the figure's caption.
        tables: Its tables.
        figure: Its figure; None for none.
    """

    anchor: str
    heading: str
    text: str
    tables: list[HtmlTable] = field(default_factory=list)
    figure: Figure | None = None


def draw_unless_empty(draw: Callable[[pd.DataFrame], Figure], numbers: pd.DataFrame) -> Figure | None:
    """Return the drawing of the numbers, or None where there are none: the caption then says so.

    Args:
        draw: Draws a table of numbers.
        numbers: What to draw.
    """
    return None if numbers.empty else draw(numbers)


def published_columns(*keys: Column) -> list[Column]:
    """Return the columns of a table that `published.published_with_ours` returned.

    Args:
        *keys: The columns that name a row, which come first.
    """
    return [
        *keys,
        number_column("Ours (%)", "ours"),
        number_column("Paper (%)", "mean"),
        number_column("Difference", "difference", "+.1f"),
        text_column("In the paper", "source"),
    ]


def published_caption(figure_number: int) -> str:
    """Return the caption of a table of a figure's published values beside ours.

    Args:
        figure_number: The figure's number in the paper.
    """
    return f"What the paper's text says of its Figure {figure_number}, and ours at the same number of singers."


def over_runs(numbers: pd.DataFrame, keys: list[str], measure: str) -> pd.DataFrame:
    """Return the mean and median over runs of a figure's numbers.

    Args:
        numbers: A row per run. Columns: run, n_tracks, the measure and those of `keys`.
        keys: What the runs have in common.
        measure: The column to summarise.

    Returns:
        Columns: those of `keys`, n_runs, n_tracks (mean of a run), mean, median.
    """
    if numbers.empty:
        return numbers
    grouped = numbers.groupby(keys, sort=False)
    table = grouped.agg(
        n_runs=("run", "nunique"), n_tracks=("n_tracks", "mean"), mean=(measure, "mean"), median=(measure, "median")
    )
    return table.reset_index()


def format_n_runs(numbers: pd.DataFrame, keys: list[str]) -> str:
    """Return how many runs a figure's numbers come from, such as `3` or `2 to 3`.

    Args:
        numbers: A row per run. Columns: run and those of `keys`.
        keys: What the runs have in common.
    """
    return format_range(numbers.groupby(keys)["run"].nunique())
