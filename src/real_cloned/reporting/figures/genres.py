"""Figure 2: top-5 accuracy by genre, at the largest number of singers."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.accuracy import largest, run_accuracy
from real_cloned.reporting.figures.boxes import draw_boxes
from real_cloned.reporting.figures.style import house_style, percent_axis, plain, say_no_data

DOT: dict[str, Any] = {
    "marker": "o",
    "linestyle": "",
    "color": "#e08a00",
    "markersize": 5,
    "markeredgecolor": "white",
    "markeredgewidth": 0.5,
    "zorder": 4,
}


def figure2_numbers(predictions: pd.DataFrame, parameters: ReportParameters, variant: str = "vocal") -> pd.DataFrame:
    """Return Figure 2's numbers, one row per genre and run: genre, n_singers, run, top5 (%), n_tracks, n_distinct.

    predictions : Predictions of any variants and corpora; the closed corpus at its largest class count is taken

    n_tracks : test tracks of the genre in the run; n_distinct : different ones in all runs together. Genres where
    n_distinct is below `parameters.figure2_min_tracks` are left out, and tracks of no known genre. The genre that is
    identified best comes first.
    """
    chosen = largest(predictions, "closed", variant)
    distinct = chosen.groupby("genre")["track_id"].nunique().rename("n_distinct")
    runs = run_accuracy(chosen, ("genre",)).join(distinct, on="genre")
    runs = runs[runs["n_distinct"] >= parameters.figure2_min_tracks]
    runs = runs.assign(top5_mean=runs.groupby("genre")["top5"].transform("mean"))
    runs = runs.sort_values(["top5_mean", "genre", "run"], ascending=[False, True, True]).reset_index(drop=True)
    return runs[["genre", "n_singers", "run", "top5", "n_tracks", "n_distinct"]]


@house_style()
def draw_figure2(numbers: pd.DataFrame) -> Figure:
    """Return Figure 2: one row per genre, the best on top; dots are runs, boxes as `boxes.draw_boxes` draws them.

    numbers : what `figure2_numbers` returns; without rows the figure says so
    """
    genres = list(dict.fromkeys(numbers["genre"]))
    figure = Figure(figsize=(7.2, 1.3 + 0.38 * max(len(genres), 3)), layout="constrained")
    axes = figure.subplots()
    percent_axis(axes, "x")
    axes.set_xlabel("Top-5 accuracy (%)")
    if genres:
        _draw_genres(axes, numbers, genres)
    else:
        say_no_data(axes)
        axes.set_yticks([])
    return figure


def _draw_genres(axes: Axes, numbers: pd.DataFrame, genres: list[str]) -> None:
    runs = [numbers.loc[numbers["genre"] == genre, "top5"].to_numpy() for genre in genres]
    places = range(len(genres))
    draw_boxes(axes, runs, list(places), orientation="horizontal")
    for place, genre, values in zip(places, genres, runs, strict=True):
        heights = place + np.linspace(-0.1, 0.1, len(values)) if len(values) > 1 else [place]
        axes.plot(values, heights, label=plain(genre), **DOT)
    tracks = numbers.drop_duplicates("genre")["n_distinct"]
    axes.set_yticks(places, [f"{plain(genre)} ({n:,})" for genre, n in zip(genres, tracks, strict=True)])
    axes.set_ylim(len(genres) - 0.5, -0.5)
    axes.grid(False, axis="y")
