"""Figure 3 of the paper: top-1 accuracy by how many tracks the singer's classifier was trained on."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.aggregation import accuracy_by_run
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
from real_cloned.reporting.theme import PALE, draw_boxes, percent_axis, report_figure, write_no_data

FILL_COLOUR = "#7fb8d8"
PAPER_COUNTS = (500, 1000, 1500)
"""The paper's numbers of singers."""
COLUMNS = [
    N_SINGERS,
    text_column("Training tracks", "bucket"),
    N_RUNS,
    N_TRACKS,
    number_column("Top-1 mean (%)", "mean"),
    number_column("Top-1 median (%)", "median"),
]


def figure3_numbers(predictions: pd.DataFrame, parameters: ReportParameters, variant: str = "vocal") -> pd.DataFrame:
    """Return Figure 3's numbers, one row per number of singers, bucket of training tracks, and run.

    The numbers of singers are the paper's (500, 1000, 1500) where all were run, else the smallest, a middle and the
    largest.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora; the closed corpus is taken.
        parameters: `figure3_buckets` holds the edges, as in `bucket_names`; singers with fewer training tracks than the
            first are left out.
        variant: The variant to take.

    Returns:
        Columns: n_singers, bucket, run, top1 (percent), n_tracks.
    """
    chosen = predictions[(predictions["corpus"] == "closed") & (predictions["variant"] == variant)]
    chosen = chosen[chosen["n_singers"].isin(_choose_three(sorted(chosen["n_singers"].unique())))]
    edges = parameters.figure3_buckets
    bucket = pd.cut(chosen["n_train_tracks"], [*edges, np.inf], right=False, labels=bucket_names(edges))
    runs = accuracy_by_run(chosen.assign(bucket=bucket), ("bucket",))
    runs = runs.sort_values(["n_singers", "bucket", "run"]).astype({"bucket": "str"}).reset_index(drop=True)
    return runs[["n_singers", "bucket", "run", "top1", "n_tracks"]]


def bucket_names(edges: list[int]) -> list[str]:
    """Return what the buckets are called: edges 5, 10, 20 give `5 to 9`, `10 to 19`, `20 or more`.

    Args:
        edges: The smallest number of training tracks in each bucket, ascending; none gives no bucket.
    """
    closed = [f"{low} to {high - 1}" if high - low > 1 else str(low) for low, high in pairwise(edges)]
    return closed + [f"{last} or more" for last in edges[-1:]]


def _choose_three(counts: list[int]) -> list[int]:
    if set(PAPER_COUNTS) <= set(counts):
        return list(PAPER_COUNTS)
    return sorted({counts[0], counts[(len(counts) - 1) // 2], counts[-1]}) if counts else []


def figure3_with_published(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the published buckets beside ours with the same edges, as `published.published_with_ours` does.

    Args:
        numbers: What `figure3_numbers` returns.
    """
    keys = ["n_singers", "group"]
    if numbers.empty:
        return published_with_ours("figure3", None, keys)
    ours = numbers.groupby(["n_singers", "bucket"])["top1"].mean().reset_index(name="ours")
    return published_with_ours("figure3", ours.rename(columns={"bucket": "group"}), keys)


@report_figure
def draw_figure3(numbers: pd.DataFrame) -> Figure:
    """Return Figure 3: a panel per number of singers, a violin per bucket over the runs, with a box inside.

    Where all runs agree there is only a box.

    Args:
        numbers: What `figure3_numbers` returns; without rows the figure says so.
    """
    counts = sorted(numbers["n_singers"].unique())
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    panels = figure.subplots(1, max(len(counts), 1), sharey=True, squeeze=False)[0]
    buckets = sorted(numbers["bucket"].unique(), key=lambda name: int(name.split()[0]))
    percent_axis(panels[0])
    panels[0].set_ylabel("Top-1 accuracy (%)")
    if not counts:
        write_no_data(panels[0])
    for axes, count in zip(panels, counts, strict=False):
        _draw_panel(axes, numbers[numbers["n_singers"] == count], buckets)
        axes.set_title(f"{count:,} singers")
    figure.supxlabel("Training tracks per singer (test tracks in a run)", fontsize=9)
    return figure


def _draw_panel(axes: Axes, numbers: pd.DataFrame, buckets: list[str]) -> None:
    labels = []
    for position, bucket in enumerate(buckets):
        rows = numbers[numbers["bucket"] == bucket]
        labels.append(f"{bucket}\n({rows['n_tracks'].mean():.0f})" if len(rows) else f"{bucket}\n(0)")
        if len(rows):
            _draw_violin(axes, rows["top1"].to_numpy(), position)
        else:
            axes.text(position, 50.0, "no data", ha="center", va="center", color=PALE, rotation=90)
    axes.set_xticks(range(len(buckets)), labels)
    axes.set_xlim(-0.6, len(buckets) - 0.4)
    axes.grid(False, axis="x")


def _draw_violin(axes: Axes, values: np.ndarray, position: int) -> None:
    if len(np.unique(values)) > 1:
        parts: dict[str, Any] = axes.violinplot([values], positions=[position], widths=0.85, showextrema=False)
        parts["bodies"][0].set(facecolor=FILL_COLOUR, edgecolor="#0072b2", linewidth=0.8, alpha=0.6)
    draw_boxes(axes, [values], [position], width=0.16)


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `figure3_numbers`.
    """
    numbers = data.table("figure3_numbers")
    columns = published_columns(N_SINGERS, text_column("Training tracks", "group"))
    tables = [
        html_table(figure3_with_published(numbers), columns, published_caption(3)),
        html_table(over_runs(numbers, ["n_singers", "bucket"], "top1"), COLUMNS, "The numbers drawn."),
    ]
    figure = draw_unless_empty(draw_figure3, numbers)
    return Section("figure3", "Figure 3: training tracks", _caption(numbers), tables, figure)


def _caption(numbers: pd.DataFrame) -> str:
    if numbers.empty:
        return NO_DATA
    return (
        "Vocal model, real singers: top-1 accuracy by the number of tracks that a singer has for training. "
        f"A violin shows the spread over runs ({format_n_runs(numbers, ['n_singers', 'bucket'])}), with a box like "
        "those of Figure 2 inside. Brackets: mean number of test tracks in a run "
        f"({format_range(numbers['n_tracks'])})."
    )
