"""Singers who are not enrolled: can the probe tell that a track is by none of the singers it knows?

In the literature: open-set identification, or out-of-distribution detection by the largest softmax probability
(Hendrycks and Gimpel, "A baseline for detecting misclassified and out-of-distribution examples", ICLR 2017).
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.metrics.verification import area_under_roc, false_accept_rate_at_recall
from real_cloned.reporting.aggregation import std_over_runs
from real_cloned.reporting.html_tables import html_table, mean_std_column, number_column
from real_cloned.reporting.labels import sort_by_order, variants_in_order
from real_cloned.reporting.sections.base import N_RUNS, N_SINGERS, VARIANT, ReportData, Section, draw_unless_empty
from real_cloned.reporting.theme import (
    PALE,
    VariantStyle,
    draw_means,
    percent_axis,
    report_figure,
    variant_label,
    variant_styles,
    write_no_data,
)

DETECTION_RATE = 0.95
"""Share of the enrolled singers' tracks that must pass."""
PANELS = {"auroc": "Area under the ROC curve (%)", "false_accepts": "False accepts at 95 % detection (%)"}
CHANCE = {"auroc": 50.0, "false_accepts": 100.0 * DETECTION_RATE}
RUN_KEYS = ["variant", "n_singers", "run"]
COLUMNS = [
    VARIANT,
    N_SINGERS,
    N_RUNS,
    number_column("Enrolled", "n_enrolled", ",.0f", "Tracks of a run"),
    number_column("Not enrolled", "n_not_enrolled", ",.0f", "Tracks of a run"),
    mean_std_column("AUROC (%)", "auroc_mean", "auroc_std"),
    mean_std_column("False accepts at 95 % detection (%)", "false_accepts_mean", "false_accepts_std"),
]


def not_enrolled_numbers(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return how well confidence tells enrolled from not enrolled singers, one row per variant and number of singers.

    Each run has a threshold of its own, set on the tested tracks themselves: the measure says how well confidence
    orders tracks, not which threshold to use. In use it has to be chosen on other tracks, which costs something.

    Args:
        confidences: `schemas.results.Confidences` of any variants and corpora; the closed corpus is taken. A run with
            all singers enrolled is left out.

    Returns:
        Columns: variant, n_singers (enrolled), n_runs, n_enrolled, n_not_enrolled (tests of a run, on average); over
        runs, in percent, auroc_mean, auroc_std (by the calibrated confidence), false_accepts_mean, false_accepts_std
        (tracks of not enrolled singers that pass where 95 % of the others do), auroc_uncalibrated_mean.
    """
    closed = confidences[confidences["corpus"] == "closed"]
    runs = [
        dict(zip(RUN_KEYS, key, strict=True)) | _measure_run(group)
        for key, group in closed.groupby(RUN_KEYS)
        if group["is_enrolled"].nunique() == 2
    ]
    columns = [*RUN_KEYS, "n_enrolled", "n_not_enrolled", *PANELS, "auroc_uncalibrated"]
    grouped = pd.DataFrame(runs, columns=columns).groupby(["variant", "n_singers"])
    table = grouped.agg(
        n_runs=("run", "nunique"),
        n_enrolled=("n_enrolled", "mean"),
        n_not_enrolled=("n_not_enrolled", "mean"),
        auroc_mean=("auroc", "mean"),
        auroc_std=("auroc", std_over_runs),
        false_accepts_mean=("false_accepts", "mean"),
        false_accepts_std=("false_accepts", std_over_runs),
        auroc_uncalibrated_mean=("auroc_uncalibrated", "mean"),
    )
    variants = variants_in_order(confidences["variant"])
    return sort_by_order(table.reset_index(), {"n_singers": None, "variant": variants})


def _measure_run(group: pd.DataFrame) -> dict[str, float]:
    enrolled, calibrated = group["is_enrolled"].to_numpy(bool), group["calibrated"]
    return {
        "n_enrolled": int(enrolled.sum()),
        "n_not_enrolled": int((~enrolled).sum()),
        "auroc": 100.0 * area_under_roc(calibrated, enrolled),
        "false_accepts": 100.0 * false_accept_rate_at_recall(calibrated, enrolled, DETECTION_RATE),
        "auroc_uncalibrated": 100.0 * area_under_roc(group["confidence"], enrolled),
    }


@report_figure
def draw_not_enrolled(numbers: pd.DataFrame) -> Figure:
    """Return two panels over the number of enrolled singers: means over runs, with bars of one standard deviation.

    The dotted line is chance.

    Args:
        numbers: What `not_enrolled_numbers` returns; without rows the figure says so.
    """
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    styles = variant_styles(numbers["variant"])
    for axes, (measure, title) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
        percent_axis(axes)
        axes.set_title(title)
        axes.set_xlabel("Enrolled singers")
        if numbers.empty:
            write_no_data(axes)
            continue
        _draw_panel(axes, numbers, measure, styles)
    if styles:
        handles, labels = figure.get_axes()[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, columnspacing=1.4)
    return figure


def _draw_panel(axes: Axes, numbers: pd.DataFrame, measure: str, styles: dict[str, VariantStyle]) -> None:
    counts = sorted(numbers["n_singers"].unique())
    axes.axhline(CHANCE[measure], color=PALE, linestyle=":", linewidth=1.0, label="chance")
    offsets = np.linspace(-0.15, 0.15, len(styles)) if len(styles) > 1 else [0.0]
    for offset, (variant, style) in zip(offsets, styles.items(), strict=True):
        rows = numbers[numbers["variant"] == variant].sort_values("n_singers")
        x = [counts.index(count) + offset for count in rows["n_singers"]]
        line = {"label": variant_label(variant), "markersize": 5, "linewidth": 0.9, "elinewidth": 1.5}
        draw_means(axes, x, rows[f"{measure}_mean"], rows[f"{measure}_std"], style, **line)
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    axes.set_xlim(-0.5, len(counts) - 0.5)
    axes.grid(False, axis="x")


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `not_enrolled_numbers`.
    """
    numbers = data.table("not_enrolled_numbers")
    text = (
        "Test tracks of singers who were not enrolled in a run should be told by their low confidence. AUROC is the "
        "chance that a track of an enrolled singer has more confidence than one of an outsider (50 % is guessing); "
        "false accepts are the outsiders let in where 95 % of enrolled tracks are. That threshold is set on the tested "
        "tracks themselves, run by run (of 20 enrolled tracks, it is the second lowest confidence): it compares "
        "models, and is not one to use."
    )
    table = html_table(numbers, COLUMNS, "Detection of singers who are not enrolled.")
    figure = draw_unless_empty(draw_not_enrolled, numbers)
    return Section("not_enrolled", "Singers who are not enrolled", text, [table], figure)
