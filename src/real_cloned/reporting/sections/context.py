"""Context: does accompaniment give singers away? Accuracy by its level behind the voice, and with another singer's."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.reporting.aggregation import accuracy_by_run, mean_and_std
from real_cloned.reporting.html_tables import Column, format_level, html_table, label_column, mean_std_column
from real_cloned.reporting.labels import sort_by_order, variants_in_order
from real_cloned.reporting.sections.base import (
    N_RUNS,
    N_SINGERS,
    N_TRACKS,
    VARIANT,
    ReportData,
    Section,
    draw_unless_empty,
)
from real_cloned.reporting.theme import (
    VariantStyle,
    draw_means,
    percent_axis,
    report_figure,
    variant_label,
    variant_styles,
    write_no_data,
)

CONDITION_KEYS = ("accompaniment", "level_db")
ACCOMPANIMENTS = {"own": "own", "foreign": "another\nsinger's"}
"""What sounds behind the voices of test tracks, and what that is called under the figure."""
VOICE_ALONE_KEY = -1000.0
"""By what the page sorts the voice alone: it has no level."""
COLUMNS = [
    VARIANT,
    N_SINGERS,
    label_column("Accompaniment", "accompaniment"),
    Column("Level (dB)", lambda row: format_level(row["level_db"]), key="order"),
    N_RUNS,
    N_TRACKS,
    mean_std_column("Top-1 (%)", "top1_mean", "top1_std"),
    mean_std_column("Top-5 (%)", "top5_mean", "top5_std"),
]


def context_numbers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy over runs by variant and accompaniment.

    Args:
        predictions: `schemas.results.RemixPredictions` of any variants.

    Returns:
        Columns: variant, n_singers, accompaniment (own, foreign), level_db (against the song; NaN is the voice alone,
        which comes first), then in percent top1_mean, top1_std, top5_mean, top5_std, n_runs, n_tracks (mean of a run).
    """
    levels = predictions["level_db"].fillna(-np.inf)  # a voice alone; grouping would leave out a missing key
    by_run = accuracy_by_run(predictions.assign(corpus="closed", level_db=levels), CONDITION_KEYS)
    table = mean_and_std(by_run, CONDITION_KEYS).drop(columns="corpus").sort_values("level_db", kind="stable")
    table["level_db"] = table["level_db"].replace(-np.inf, np.nan)
    variants = variants_in_order(predictions["variant"])
    return sort_by_order(table, {"variant": variants, "accompaniment": tuple(ACCOMPANIMENTS)})


@report_figure
def draw_context(numbers: pd.DataFrame) -> Figure:
    """Return the figure: left, accuracy by level of the own accompaniment; right, own against foreign at one level.

    Args:
        numbers: What `context_numbers` returns; a panel without rows says so.
    """
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[2, 1])
    styles = variant_styles(numbers["variant"])
    percent_axis(left)
    left.set_ylabel("Top-1 accuracy (%)")
    left.set_title("Own accompaniment")
    left.set_xlabel("Level against the song (dB)")
    right.set_title("Own or another's")
    own = numbers[numbers["accompaniment"] == "own"]
    _draw_levels(left, own, styles)
    foreign = numbers[numbers["accompaniment"] == "foreign"]
    _draw_exchange(right, own[own["level_db"].isin(foreign["level_db"])], foreign, styles)
    if styles:
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=5, columnspacing=1.2)
    return figure


def _draw_levels(axes: Axes, own: pd.DataFrame, styles: dict[str, VariantStyle]) -> None:
    if own.empty:
        write_no_data(axes)
        return
    levels = sorted(own["level_db"].unique(), key=lambda level: -np.inf if np.isnan(level) else level)
    for variant, style in styles.items():
        rows = own[own["variant"] == variant].set_index("level_db").reindex(levels)
        _draw_line(axes, rows, variant, style)
    axes.set_xticks(range(len(levels)), [format_level(level).replace(" ", "\n") for level in levels])
    axes.grid(False, axis="x")


def _draw_exchange(axes: Axes, own: pd.DataFrame, foreign: pd.DataFrame, styles: dict[str, VariantStyle]) -> None:
    """Join each variant's accuracy over its own accompaniment with that over another singer's."""
    if own.empty or foreign.empty:
        write_no_data(axes)
        return
    tables = [rows.drop_duplicates("variant").set_index("variant") for rows in (own, foreign)]
    for variant, style in styles.items():
        if all(variant in table.index for table in tables):
            rows = pd.DataFrame([table.loc[variant] for table in tables])
            _draw_line(axes, rows, variant, style)
    axes.set_xticks(range(2), [ACCOMPANIMENTS[name] for name in ("own", "foreign")])
    axes.set_xlim(-0.3, 1.3)
    axes.grid(False, axis="x")


def _draw_line(axes: Axes, rows: pd.DataFrame, variant: str, style: VariantStyle) -> None:
    """Draw the rows from left to right, with a whisker of one standard deviation each."""
    line = {"label": variant_label(variant), "linewidth": 1.0, "markeredgecolor": "white", "markeredgewidth": 0.6}
    draw_means(axes, range(len(rows)), rows["top1_mean"], rows["top1_std"], style, **line)


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `context_numbers`.
    """
    numbers = data.table("context_numbers")
    text = (
        "Test tracks mixed anew: the voice with its own accompaniment or with another singer's, from the voice alone "
        "to loud accompaniment. A model that listens to the voice does not mind whose band plays. Bars are one "
        "standard deviation over runs."
    )
    sortable = numbers if numbers.empty else numbers.assign(order=numbers["level_db"].fillna(VOICE_ALONE_KEY))
    table = html_table(sortable, COLUMNS, "Accuracy by the accompaniment and its level.")
    return Section("context", "The accompaniment's part", text, [table], draw_unless_empty(draw_context, numbers))
