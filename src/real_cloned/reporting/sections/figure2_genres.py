"""Figure 2 of the paper: top-5 accuracy by genre, at the largest number of singers."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.aggregation import accuracy_by_run, at_most_singers
from real_cloned.reporting.html_tables import format_range, html_table, number_column, text_column
from real_cloned.reporting.published import published_with_ours
from real_cloned.reporting.sections.base import (
    N_RUNS,
    N_SINGERS,
    N_TRACKS,
    NO_DATA,
    ReportData,
    Section,
    draw_unless_empty,
    format_n_runs,
    over_runs,
    published_caption,
    published_columns,
)
from real_cloned.reporting.theme import draw_boxes, escape_mathtext, percent_axis, report_figure, write_no_data

RUN_MARKER: dict[str, Any] = {
    "marker": "o",
    "linestyle": "",
    "color": "#e08a00",
    "markersize": 5,
    "markeredgecolor": "white",
    "markeredgewidth": 0.5,
    "zorder": 4,
}
COLUMNS = [
    text_column("Genre", "genre"),
    N_SINGERS,
    N_RUNS,
    N_TRACKS,
    number_column("Top-5 mean (%)", "mean"),
    number_column("Top-5 median (%)", "median"),
]


def figure2_numbers(predictions: pd.DataFrame, parameters: ReportParameters, variant: str = "vocal") -> pd.DataFrame:
    """Return Figure 2's numbers, one row per genre and run; the genre that is identified best comes first.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora; the closed corpus at its largest number
            of singers is taken.
        parameters: Genres with fewer different test tracks than its `figure2_min_tracks` are left out.
        variant: The variant to take.

    Returns:
        Columns: genre, n_singers, run, top5 (percent), n_tracks (test tracks of the genre in the run), n_distinct
        (different ones in all runs together). Tracks of no known genre are left out.
    """
    chosen = at_most_singers(predictions, "closed", variant)
    distinct = chosen.groupby("genre")["track_id"].nunique().rename("n_distinct")
    runs = accuracy_by_run(chosen, ("genre",)).join(distinct, on="genre")
    runs = runs[runs["n_distinct"] >= parameters.figure2_min_tracks]
    runs = runs.assign(top5_mean=runs.groupby("genre")["top5"].transform("mean"))
    runs = runs.sort_values(["top5_mean", "genre", "run"], ascending=[False, True, True]).reset_index(drop=True)
    return runs[["genre", "n_singers", "run", "top5", "n_tracks", "n_distinct"]]


def figure2_with_published(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the published genres beside ours, whatever their letters' case, as `published.published_with_ours` does.

    Args:
        numbers: What `figure2_numbers` returns.
    """
    keys = ["n_singers", "group"]
    if numbers.empty:
        return published_with_ours("figure2", None, keys)
    ours = numbers.groupby(["n_singers", "genre"])["top5"].mean().reset_index(name="ours")
    ours = ours.assign(group=ours["genre"].str.capitalize()).drop(columns="genre")
    return published_with_ours("figure2", ours.drop_duplicates(keys), keys)


@report_figure
def draw_figure2(numbers: pd.DataFrame) -> Figure:
    """Return Figure 2: one row per genre, the best on top; dots are runs, boxes as `theme.draw_boxes` draws them.

    Args:
        numbers: What `figure2_numbers` returns; without rows the figure says so.
    """
    genres = list(dict.fromkeys(numbers["genre"]))
    figure = Figure(figsize=(7.2, 1.3 + 0.38 * max(len(genres), 3)), layout="constrained")
    axes = figure.subplots()
    percent_axis(axes, "x")
    axes.set_xlabel("Top-5 accuracy (%)")
    if genres:
        _draw_genres(axes, numbers, genres)
    else:
        write_no_data(axes)
        axes.set_yticks([])
    return figure


def _draw_genres(axes: Axes, numbers: pd.DataFrame, genres: list[str]) -> None:
    runs = [numbers.loc[numbers["genre"] == genre, "top5"].to_numpy() for genre in genres]
    positions = range(len(genres))
    draw_boxes(axes, runs, list(positions), orientation="horizontal")
    for position, genre, values in zip(positions, genres, runs, strict=True):
        heights = position + np.linspace(-0.1, 0.1, len(values)) if len(values) > 1 else [position]
        axes.plot(values, heights, label=escape_mathtext(genre), **RUN_MARKER)
    n_tracks = numbers.drop_duplicates("genre")["n_distinct"]
    axes.set_yticks(positions, [f"{escape_mathtext(genre)} ({n:,})" for genre, n in zip(genres, n_tracks, strict=True)])
    axes.set_ylim(len(genres) - 0.5, -0.5)
    axes.grid(False, axis="y")


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `figure2_numbers`, and for the fewest tracks of a genre.
    """
    numbers = data.table("figure2_numbers")
    columns = published_columns(text_column("Genre", "group"), N_SINGERS)
    tables = [
        html_table(figure2_with_published(numbers), columns, published_caption(2)),
        html_table(over_runs(numbers, ["genre", "n_singers"], "top5"), COLUMNS, "The numbers drawn."),
    ]
    caption = _caption(numbers, data.parameters.figure2_min_tracks)
    return Section("figure2", "Figure 2: genres", caption, tables, draw_unless_empty(draw_figure2, numbers))


def _caption(numbers: pd.DataFrame, min_tracks: int) -> str:
    if numbers.empty:
        return f"{NO_DATA} Genres need at least {min_tracks} test tracks."
    return (
        f"Vocal model, {format_range(numbers['n_singers'])} real singers: top-5 accuracy by genre. Orange dots are "
        f"runs ({format_n_runs(numbers, ['genre'])}); boxes give the median and the interquartile range (IQR) over "
        "runs, whiskers reach to 1.5 IQR, and a circle marks a run outside them. In brackets: the genre's test tracks "
        f"in all runs together; genres with fewer than {min_tracks} are left out."
    )
