"""Figure 1: accuracy on real singers (closed corpus) and on cloned ones, by the number of singers to tell apart."""

from itertools import product
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from real_cloned.reporting.accuracy import EXPERIMENT, run_accuracy
from real_cloned.reporting.figures.style import (
    INK,
    PALE,
    Look,
    house_style,
    looks,
    percent_axis,
    plain,
    say_no_data,
    shifts,
)
from real_cloned.reporting.names import CORPORA, MODELS, label, sort_by_order
from real_cloned.reporting.published import published

PANELS = {"closed": "Real singers (closed)", "cloned": "Cloned singers"}
CROWDED = 8
"""More class counts than this are drawn with smaller markers and slanted labels."""
MANY = 5
"""As many variants or more get a taller figure."""
MEASURES = {"top1": 1, "top5": 5}
"""Columns of accuracy, and how many guesses each allows."""


def figure1_numbers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 1's numbers, one row per variant, corpus (closed, cloned), class count and run.

    predictions : Predictions of any variants and corpora

    Columns: variant, corpus, n_singers, run, top1, top5 (percent), n_tracks (tests), top1_mean, top5_mean (percent,
    over the runs of the experiment, so the same in each of its rows).
    """
    runs = run_accuracy(predictions[predictions["corpus"].isin(PANELS)])
    means = runs.groupby(EXPERIMENT)[list(MEASURES)].transform("mean").add_suffix("_mean")
    orders = {"corpus": CORPORA, "n_singers": (), "variant": MODELS}
    return sort_by_order(runs.join(means), orders)


@house_style()
def draw_figure1(numbers: pd.DataFrame) -> Figure:
    """Return Figure 1: pale markers are runs, prominent ones their mean; class counts are spaced evenly.

    numbers : what `figure1_numbers` returns; a panel without rows says so

    Published means are drawn as open stars where the class count is one of ours.
    """
    styles = looks(numbers["variant"])
    figure = Figure(figsize=(7.2, 5.2 if len(styles) < MANY else 6.8), layout="constrained")
    panels = figure.subplots(2, 2, sharey=True, sharex="col")
    for (row, measure), (column, corpus) in product(enumerate(MEASURES), enumerate(PANELS)):
        axes = panels[row][column]
        percent_axis(axes)
        _panel(axes, numbers[numbers["corpus"] == corpus], measure, styles)
    for column, title in enumerate(PANELS.values()):
        panels[0][column].set_title(title)
        panels[1][column].set_xlabel("Number of singers")
    for row, measure in enumerate(MEASURES):
        panels[row][0].set_ylabel(f"{label(measure).capitalize()} accuracy (%)")
    figure.legend(handles=_legend(styles, numbers), loc="outside lower center", ncols=5, columnspacing=1.6)
    return figure


def _panel(axes: Axes, numbers: pd.DataFrame, measure: str, styles: dict[str, Look]) -> None:
    if numbers.empty:
        say_no_data(axes)
        return
    counts = sorted(numbers["n_singers"].unique())
    places = {count: place for place, count in enumerate(counts)}
    chance = [100.0 * min(1.0, MEASURES[measure] / count) for count in counts]
    axes.plot(range(len(counts)), chance, color=PALE, linestyle=":", linewidth=1.0, label="chance")
    for shift, (variant, look) in zip(shifts(len(styles)), styles.items(), strict=True):
        rows = numbers[numbers["variant"] == variant]
        _draw_variant(axes, rows.assign(place=rows["n_singers"].map(places) + shift), measure, look)
        _draw_published(axes, _published(rows, measure), places, shift)
    axes.set_xticks(range(len(counts)), [str(count) for count in counts], rotation=45 if len(counts) > CROWDED else 0)
    axes.set_xlim(-0.5, len(counts) - 0.5)
    axes.grid(False, axis="x")


def _draw_variant(axes: Axes, rows: pd.DataFrame, measure: str, look: Look) -> None:
    if rows.empty:
        return
    variant = rows["variant"].iloc[0]
    size = 5 if rows["n_singers"].nunique() > CROWDED else 7
    shape: dict[str, Any] = {"marker": look.marker, "color": look.colour}
    axes.plot(
        rows["place"],
        rows[measure],
        linestyle="",
        markersize=size - 2,
        alpha=0.28,
        markeredgewidth=0,
        label=f"{variant} runs",
        **shape,
    )
    means = rows.drop_duplicates("place").sort_values("place")
    axes.plot(
        means["place"],
        means[f"{measure}_mean"],
        linewidth=0.9,
        linestyle=look.line,
        markersize=size,
        label=f"{variant} mean",
        markeredgecolor="white",
        markeredgewidth=0.8,
        **shape,
    )


def _draw_published(axes: Axes, known: pd.DataFrame, places: dict[int, int], shift: float) -> None:
    if known.empty:
        return
    x = known["n_singers"].map(places) + shift
    axes.plot(x, known["mean"], "*", markersize=9, fillstyle="none", color=INK, zorder=5, label="published")


def _published(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the published means of this measure at class counts, corpora and variants that `rows` has."""
    known = published("figure1").rename(columns={"model": "variant"})
    return known[known["measure"] == measure].merge(rows[EXPERIMENT].drop_duplicates(), on=EXPERIMENT)


def _legend(styles: dict[str, Look], numbers: pd.DataFrame) -> list[Line2D]:
    entries = [
        Line2D(
            [],
            [],
            color=look.colour,
            marker=look.marker,
            linestyle=look.line,
            linewidth=0.9,
            label=plain(label(variant)),
        )
        for variant, look in styles.items()
    ]
    if styles:
        entries.append(Line2D([], [], color=PALE, marker="o", linestyle="", alpha=0.4, markersize=4, label="one run"))
        entries.append(Line2D([], [], color=PALE, linestyle=":", label="chance"))
    if any(not _published(numbers, measure).empty for measure in MEASURES):
        entries.append(Line2D([], [], color=INK, marker="*", fillstyle="none", linestyle="", label="published"))
    return entries
