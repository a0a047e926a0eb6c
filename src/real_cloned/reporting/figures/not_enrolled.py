"""Can the probe tell that a track is by none of the singers it knows? By how many it knows."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.metrics.verification import area_under_roc, false_accept_rate_at_recall
from real_cloned.reporting.accuracy import spread
from real_cloned.reporting.figures.style import PALE, Look, draw_means, house_style, looks, percent_axis, say_no_data
from real_cloned.reporting.names import MODELS, sort_by_order

DETECTION = 0.95
PANELS = {"auroc": "Area under the ROC curve (%)", "false_accepts": "False accepts at 95 % detection (%)"}
CHANCE = {"auroc": 50.0, "false_accepts": 100.0 * DETECTION}


def not_enrolled_numbers(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return how well confidence tells enrolled from not enrolled singers, one row per variant and class count.

    confidences : Confidences of any variants and corpora; the closed corpus is taken. A run with all singers
        enrolled says nothing of this, and is left out.

    Columns: variant, n_singers (enrolled), n_runs, n_enrolled, n_not_enrolled (tests of a run, on average); over runs,
    in percent, auroc_mean, auroc_std (by the calibrated confidence), false_accepts_mean, false_accepts_std (tracks of
    not enrolled singers that pass where 95 % of the others do), auroc_uncalibrated_mean. Each run has a threshold of
    its own, as each would have in use.
    """
    closed = confidences[confidences["corpus"] == "closed"]
    runs = [
        dict(zip(("variant", "n_singers", "run"), key, strict=True)) | _run(group)
        for key, group in closed.groupby(["variant", "n_singers", "run"])
        if group["is_enrolled"].nunique() == 2
    ]
    columns = ["variant", "n_singers", "run", "n_enrolled", "n_not_enrolled", *PANELS, "auroc_uncalibrated"]
    grouped = pd.DataFrame(runs, columns=columns).groupby(["variant", "n_singers"])
    table = grouped.agg(
        n_runs=("run", "nunique"),
        n_enrolled=("n_enrolled", "mean"),
        n_not_enrolled=("n_not_enrolled", "mean"),
        auroc_mean=("auroc", "mean"),
        auroc_std=("auroc", spread),
        false_accepts_mean=("false_accepts", "mean"),
        false_accepts_std=("false_accepts", spread),
        auroc_uncalibrated_mean=("auroc_uncalibrated", "mean"),
    )
    return sort_by_order(table.reset_index(), {"n_singers": (), "variant": MODELS})


@house_style()
def draw_not_enrolled(numbers: pd.DataFrame) -> Figure:
    """Return two panels over the number of enrolled singers: means over runs, with bars of one standard deviation.

    numbers : what `not_enrolled_numbers` returns; without rows the figure says so. The dotted line is chance.
    """
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    styles = looks(numbers["variant"])
    for axes, (measure, title) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
        percent_axis(axes)
        axes.set_title(title)
        axes.set_xlabel("Enrolled singers")
        if numbers.empty:
            say_no_data(axes)
            continue
        _panel(axes, numbers, measure, styles)
    if styles:
        handles, labels = figure.get_axes()[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, columnspacing=1.4)
    return figure


def _panel(axes: Axes, numbers: pd.DataFrame, measure: str, styles: dict[str, Look]) -> None:
    counts = sorted(numbers["n_singers"].unique())
    axes.axhline(CHANCE[measure], color=PALE, linestyle=":", linewidth=1.0, label="chance")
    shifts = np.linspace(-0.15, 0.15, len(styles)) if len(styles) > 1 else [0.0]
    for shift, (variant, look) in zip(shifts, styles.items(), strict=True):
        rows = numbers[numbers["variant"] == variant].sort_values("n_singers")
        places = [counts.index(count) + shift for count in rows["n_singers"]]
        means, spreads = rows[f"{measure}_mean"], rows[f"{measure}_std"]
        draw_means(axes, places, (means, spreads), (variant, look), markersize=5, linewidth=0.9, elinewidth=1.5)
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    axes.set_xlim(-0.5, len(counts) - 0.5)
    axes.grid(False, axis="x")


def _run(group: pd.DataFrame) -> dict[str, float]:
    enrolled, calibrated = group["is_enrolled"].to_numpy(bool), group["calibrated"]
    return {
        "n_enrolled": int(enrolled.sum()),
        "n_not_enrolled": int((~enrolled).sum()),
        "auroc": 100.0 * area_under_roc(calibrated, enrolled),
        "false_accepts": 100.0 * false_accept_rate_at_recall(calibrated, enrolled, DETECTION),
        "auroc_uncalibrated": 100.0 * area_under_roc(group["confidence"], enrolled),
    }
