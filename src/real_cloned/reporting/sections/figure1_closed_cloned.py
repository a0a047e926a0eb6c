"""Figure 1 of the paper: accuracy on real singers (closed corpus) and on cloned ones, by the number of singers."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from real_cloned.reporting.aggregation import EXPERIMENT_KEYS, accuracy_by_run
from real_cloned.reporting.html_tables import format_range, html_table
from real_cloned.reporting.labels import label, sort_experiments
from real_cloned.reporting.published import published, published_with_ours
from real_cloned.reporting.sections.base import (
    CORPUS,
    MEASURE,
    MODEL,
    N_SINGERS,
    NO_DATA,
    ReportData,
    Section,
    draw_unless_empty,
    format_n_runs,
    published_caption,
    published_columns,
)
from real_cloned.reporting.theme import (
    INK,
    PALE,
    VariantStyle,
    percent_axis,
    report_figure,
    variant_label,
    variant_styles,
    write_no_data,
)

PANELS = {"closed": "Real singers (closed)", "cloned": "Cloned singers"}
CROWDED = 8
"""More numbers of singers than this are drawn with smaller markers and slanted labels."""
MANY_VARIANTS = 5
"""As many variants or more get a taller figure."""
MEASURES = {"top1": 1, "top5": 5}
"""Columns of accuracy, and how many guesses each allows."""


def figure1_numbers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 1's numbers, one row per variant, corpus (closed, cloned), number of singers and run.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora.

    Returns:
        Columns: variant, corpus, n_singers, run, top1, top5 (percent), n_tracks (tests), top1_mean, top5_mean (percent,
        over the runs of the experiment, so the same in each of its rows).
    """
    runs = accuracy_by_run(predictions[predictions["corpus"].isin(PANELS)])
    means = runs.groupby(EXPERIMENT_KEYS)[list(MEASURES)].transform("mean").add_suffix("_mean")
    return sort_experiments(runs.join(means), predictions)


def figure1_with_published(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the published means beside ours, as `published.published_with_ours` does.

    Args:
        numbers: What `figure1_numbers` returns.
    """
    keys = ["corpus", "model", "n_singers"]
    if numbers.empty:
        return published_with_ours("figure1", None, keys)
    means = numbers.rename(columns={"variant": "model"}).groupby(keys)[["top1", "top5"]].mean()
    ours = means.reset_index().melt(keys, var_name="measure", value_name="ours")
    return published_with_ours("figure1", ours, [*keys, "measure"])


@report_figure
def draw_figure1(numbers: pd.DataFrame) -> Figure:
    """Return Figure 1: pale markers are runs, prominent ones their mean; numbers of singers are spaced evenly.

    Published means are drawn as open stars where the number of singers is one of ours.

    Args:
        numbers: What `figure1_numbers` returns; a panel without rows says so.
    """
    styles = variant_styles(numbers["variant"])
    figure = Figure(figsize=(7.2, 5.2 if len(styles) < MANY_VARIANTS else 6.8), layout="constrained")
    panels = figure.subplots(2, 2, sharey=True, sharex="col")
    for (row, measure), (column, corpus) in product(enumerate(MEASURES), enumerate(PANELS)):
        percent_axis(panels[row][column])
        _draw_panel(panels[row][column], numbers[numbers["corpus"] == corpus], measure, styles)
    for column, title in enumerate(PANELS.values()):
        panels[0][column].set_title(title)
        panels[1][column].set_xlabel("Number of singers")
    for row, measure in enumerate(MEASURES):
        panels[row][0].set_ylabel(f"{label(measure).capitalize()} accuracy (%)")
    figure.legend(handles=_legend(styles, numbers), loc="outside lower center", ncols=5, columnspacing=1.6)
    return figure


def _draw_panel(axes: Axes, numbers: pd.DataFrame, measure: str, styles: dict[str, VariantStyle]) -> None:
    if numbers.empty:
        write_no_data(axes)
        return
    counts = sorted(numbers["n_singers"].unique())
    positions = {count: position for position, count in enumerate(counts)}
    chance = [100.0 * min(1.0, MEASURES[measure] / count) for count in counts]
    axes.plot(range(len(counts)), chance, color=PALE, linestyle=":", linewidth=1.0, label="chance")
    for offset, (variant, style) in zip(_offsets(len(styles)), styles.items(), strict=True):
        rows = numbers[numbers["variant"] == variant]
        _draw_variant(axes, rows.assign(x=rows["n_singers"].map(positions) + offset), measure, style)
        _draw_published(axes, _published_means(rows, measure), positions, offset)
    axes.set_xticks(range(len(counts)), [str(count) for count in counts], rotation=45 if len(counts) > CROWDED else 0)
    axes.set_xlim(-0.5, len(counts) - 0.5)
    axes.grid(False, axis="x")


def _offsets(n_variants: int, reach: float = 0.36) -> NDArray[np.float64]:
    """Return how far beside its position each variant is drawn; the more there are, the further out."""
    outermost = min(reach, 0.09 * (n_variants - 1))
    return np.linspace(-outermost, outermost, n_variants) if n_variants > 1 else np.zeros(n_variants)


def _draw_variant(axes: Axes, rows: pd.DataFrame, measure: str, style: VariantStyle) -> None:
    if rows.empty:
        return
    variant = rows["variant"].iloc[0]
    size = 5 if rows["n_singers"].nunique() > CROWDED else 7
    shared: dict[str, Any] = {"marker": style.marker, "color": style.colour}
    axes.plot(
        rows["x"],
        rows[measure],
        linestyle="",
        markersize=size - 2,
        alpha=0.28,
        markeredgewidth=0,
        label=f"{variant} runs",
        **shared,
    )
    means = rows.drop_duplicates("x").sort_values("x")
    axes.plot(
        means["x"],
        means[f"{measure}_mean"],
        linewidth=0.9,
        linestyle=style.line,
        markersize=size,
        label=f"{variant} mean",
        markeredgecolor="white",
        markeredgewidth=0.8,
        **shared,
    )


def _draw_published(axes: Axes, means: pd.DataFrame, positions: dict[int, int], offset: float) -> None:
    if means.empty:
        return
    x = means["n_singers"].map(positions) + offset
    axes.plot(x, means["mean"], "*", markersize=9, fillstyle="none", color=INK, zorder=5, label="published")


def _published_means(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the published means of this measure for the experiments that `rows` has."""
    table = published("figure1").rename(columns={"model": "variant"})
    return table[table["measure"] == measure].merge(rows[EXPERIMENT_KEYS].drop_duplicates(), on=EXPERIMENT_KEYS)


def _legend(styles: dict[str, VariantStyle], numbers: pd.DataFrame) -> list[Line2D]:
    entries = [
        Line2D(
            [],
            [],
            color=style.colour,
            marker=style.marker,
            linestyle=style.line,
            linewidth=0.9,
            label=variant_label(variant),
        )
        for variant, style in styles.items()
    ]
    if styles:
        entries.append(Line2D([], [], color=PALE, marker="o", linestyle="", alpha=0.4, markersize=4, label="one run"))
        entries.append(Line2D([], [], color=PALE, linestyle=":", label="chance"))
    if any(not _published_means(numbers, measure).empty for measure in MEASURES):
        entries.append(Line2D([], [], color=INK, marker="*", fillstyle="none", linestyle="", label="published"))
    return entries


def section(data: ReportData) -> Section:
    """Return the section of the page; the numbers drawn stand in the section of all experiments.

    Args:
        data: Read for `figure1_numbers`.
    """
    numbers = data.table("figure1_numbers")
    columns = published_columns(CORPUS, MODEL, N_SINGERS, MEASURE)
    table = html_table(figure1_with_published(numbers), columns, published_caption(1))
    figure = draw_unless_empty(draw_figure1, numbers)
    return Section("figure1", "Figure 1: real and cloned singers", _caption(numbers), [table], figure)


def _caption(numbers: pd.DataFrame) -> str:
    if numbers.empty:
        return NO_DATA
    tests = "; ".join(
        f"{label(str(corpus))}: {format_range(rows['n_tracks'])} test tracks in a run"
        for corpus, rows in numbers.groupby("corpus", sort=False)
    )
    return (
        "Accuracy on real singers (left) and on clones of some of them (right), by the number of singers to tell apart."
        f" Pale markers are single runs ({format_n_runs(numbers, EXPERIMENT_KEYS)} of each experiment), "
        f"prominent ones their mean; the dotted line is chance. {tests}."
    )
