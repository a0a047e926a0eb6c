"""Figure 3: top-1 accuracy by how many tracks the singer's classifier was trained on."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.accuracy import run_accuracy
from real_cloned.reporting.figures.boxes import draw_boxes
from real_cloned.reporting.figures.style import PALE, house_style, percent_axis, say_no_data

FILL = "#7fb8d8"
PAPER_COUNTS = (500, 1000, 1500)


def figure3_numbers(predictions: pd.DataFrame, parameters: ReportParameters, variant: str = "vocal") -> pd.DataFrame:
    """Return Figure 3's numbers, one row per class count, bucket and run: n_singers, bucket, run, top1 (%), n_tracks.

    predictions : Predictions of any variants and corpora; the closed corpus is taken

    The class counts are the paper's (500, 1000, 1500) where all were run, else the smallest, a middle and the largest.
    Buckets are named by `bucket_names`; singers with fewer training tracks than the first edge are left out.
    """
    chosen = predictions[(predictions["corpus"] == "closed") & (predictions["variant"] == variant)]
    chosen = chosen[chosen["n_singers"].isin(_three(sorted(chosen["n_singers"].unique())))]
    edges = parameters.figure3_buckets
    bucket = pd.cut(chosen["n_train_tracks"], [*edges, np.inf], right=False, labels=bucket_names(edges))
    runs = run_accuracy(chosen.assign(bucket=bucket), ("bucket",))
    runs = runs.sort_values(["n_singers", "bucket", "run"]).astype({"bucket": "str"}).reset_index(drop=True)
    return runs[["n_singers", "bucket", "run", "top1", "n_tracks"]]


def bucket_names(edges: list[int]) -> list[str]:
    """Return what the buckets are called: edges 5, 10, 20 give `5 to 9`, `10 to 19`, `20 or more`.

    edges : the smallest number of training tracks in each bucket, rising; none gives no bucket
    """
    closed = [f"{low} to {high - 1}" if high - low > 1 else str(low) for low, high in pairwise(edges)]
    return closed + [f"{last} or more" for last in edges[-1:]]


@house_style()
def draw_figure3(numbers: pd.DataFrame) -> Figure:
    """Return Figure 3: a panel per class count, a violin per bucket over the runs, with a box inside.

    numbers : what `figure3_numbers` returns; without rows the figure says so. Where all runs agree there is only a box
    """
    counts = sorted(numbers["n_singers"].unique())
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    panels = figure.subplots(1, max(len(counts), 1), sharey=True, squeeze=False)[0]
    names = sorted(numbers["bucket"].unique(), key=lambda name: int(name.split()[0]))
    percent_axis(panels[0])
    panels[0].set_ylabel("Top-1 accuracy (%)")
    if not counts:
        say_no_data(panels[0])
    for axes, count in zip(panels, counts, strict=False):
        _panel(axes, numbers[numbers["n_singers"] == count], names)
        axes.set_title(f"{count:,} singers")
    figure.supxlabel("Training tracks per singer (test tracks in a run)", fontsize=9)
    return figure


def _panel(axes: Axes, numbers: pd.DataFrame, names: list[str]) -> None:
    labels = []
    for place, name in enumerate(names):
        rows = numbers[numbers["bucket"] == name]
        labels.append(f"{name}\n({rows['n_tracks'].mean():.0f})" if len(rows) else f"{name}\n(0)")
        if len(rows):
            _violin(axes, rows["top1"].to_numpy(), place)
        else:
            axes.text(place, 50.0, "no data", ha="center", va="center", color=PALE, rotation=90)
    axes.set_xticks(range(len(names)), labels)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.grid(False, axis="x")


def _violin(axes: Axes, values: np.ndarray, place: int) -> None:
    if len(np.unique(values)) > 1:
        drawn: dict[str, Any] = axes.violinplot([values], positions=[place], widths=0.85, showextrema=False)
        drawn["bodies"][0].set(facecolor=FILL, edgecolor="#0072b2", linewidth=0.8, alpha=0.6)
    draw_boxes(axes, [values], [place], width=0.16)


def _three(counts: list[int]) -> list[int]:
    if set(PAPER_COUNTS) <= set(counts):
        return list(PAPER_COUNTS)
    return sorted({counts[0], counts[(len(counts) - 1) // 2], counts[-1]}) if counts else []
