"""Does accompaniment give singers away? Accuracy as it grows louder behind the voice, and as it is another singer's."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.reporting.accuracy import run_accuracy, summarise
from real_cloned.reporting.display import level_name
from real_cloned.reporting.figures.style import Look, draw_means, house_style, looks, percent_axis, say_no_data
from real_cloned.reporting.names import ACCOMPANIMENTS, MODELS, sort_by_order

CONDITION = ("accompaniment", "level_db")


def context_numbers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy by variant and accompaniment, over runs.

    predictions : RemixPredictions of any variants

    Columns: variant, n_singers, accompaniment (own, foreign), level_db (against the song; NaN is the voice alone, which
    comes first), then in percent top1_mean, top1_std, top5_mean, top5_std (which divide by the number of runs), n_runs,
    n_tracks (mean of a run).
    """
    levels = predictions["level_db"].fillna(-np.inf)  # a voice alone; a missing key would be left out
    table = summarise(run_accuracy(predictions.assign(corpus="closed", level_db=levels), CONDITION), CONDITION)
    table = table.drop(columns="corpus").sort_values("level_db", kind="stable")
    table["level_db"] = table["level_db"].replace(-np.inf, np.nan)
    return sort_by_order(table, {"variant": MODELS, "accompaniment": tuple(ACCOMPANIMENTS)})


@house_style()
def draw_context(numbers: pd.DataFrame) -> Figure:
    """Return the figure: left, accuracy by level of the own accompaniment; right, own against foreign at one level.

    numbers : what `context_numbers` returns; a panel without rows says so
    """
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[2, 1])
    styles = looks(numbers["variant"])
    percent_axis(left)
    left.set_ylabel("Top-1 accuracy (%)")
    left.set_title("Own accompaniment")
    left.set_xlabel("Level against the song (dB)")
    right.set_title("Own or another's")
    own = numbers[numbers["accompaniment"] == "own"]
    _levels(left, own, styles)
    foreign = numbers[numbers["accompaniment"] == "foreign"]
    _exchange(right, own[own["level_db"].isin(foreign["level_db"])], foreign, styles)
    if styles:
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=5, columnspacing=1.2)
    return figure


def _levels(axes: Axes, own: pd.DataFrame, styles: dict[str, Look]) -> None:
    if own.empty:
        say_no_data(axes)
        return
    levels = sorted(own["level_db"].unique(), key=lambda level: -np.inf if np.isnan(level) else level)
    for variant, look in styles.items():
        rows = own[own["variant"] == variant].set_index("level_db").reindex(levels)
        _line(axes, rows, (variant, look))
    axes.set_xticks(range(len(levels)), [level_name(level).replace(" ", "\n") for level in levels])
    axes.grid(False, axis="x")


def _exchange(axes: Axes, own: pd.DataFrame, foreign: pd.DataFrame, styles: dict[str, Look]) -> None:
    """Join each variant's accuracy over its own accompaniment with that over another singer's."""
    if own.empty or foreign.empty:
        say_no_data(axes)
        return
    sides = [rows.drop_duplicates("variant").set_index("variant") for rows in (own, foreign)]
    for variant, look in styles.items():
        if all(variant in side.index for side in sides):
            rows = pd.DataFrame([side.loc[variant] for side in sides])
            _line(axes, rows, (variant, look))
    axes.set_xticks(range(2), [ACCOMPANIMENTS[name] for name in ("own", "foreign")])
    axes.set_xlim(-0.3, 1.3)
    axes.grid(False, axis="x")


def _line(axes: Axes, rows: pd.DataFrame, named: tuple[str, Look]) -> None:
    """Draw the rows from left to right, with a whisker of one standard deviation each."""
    numbers = (rows["top1_mean"], rows["top1_std"])
    draw_means(axes, range(len(rows)), numbers, named, linewidth=1.0, markeredgecolor="white", markeredgewidth=0.6)
