"""Calibration: are four of five answers with a confidence of 80 % right, before and after temperature scaling?

Fifteen bins of equal width, as in Guo et al., "On calibration of modern neural networks", ICML 2017. Tests whose singer
is not enrolled are left out: no answer could be right (`not_enrolled` is about them). Shares are in percent.
"""

from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from real_cloned.reporting.aggregation import EXPERIMENT_KEYS
from real_cloned.reporting.html_tables import html_table, label_column, number_column
from real_cloned.reporting.labels import corpora_in_order, sort_by_order, sort_experiments, variants_in_order
from real_cloned.reporting.sections.base import CORPUS, N_SINGERS, VARIANT, ReportData, Section, draw_unless_empty
from real_cloned.reporting.theme import (
    PALE,
    VariantStyle,
    percent_axis,
    report_style,
    variant_label,
    variant_styles,
    write_no_data,
)

N_BINS = 15
CONFIDENCE_COLUMNS = {"before": "confidence", "after": "calibrated"}
"""Column of `schemas.results.Confidences` before and after temperature scaling."""
PANELS = {"closed": "Real singers (closed)", "cloned": "Cloned singers"}
TITLES = {"before": "as it comes", "after": "after scaling"}

N_TESTS = number_column("Answers", "n_tests", ",d")
CALIBRATION_COLUMNS = [
    CORPUS,
    N_SINGERS,
    VARIANT,
    N_TESTS,
    number_column("Top-1 (%)", "accuracy"),
    number_column("Before", "confidence_before", group="Mean confidence (%)"),
    number_column("After", "confidence_after", group="Mean confidence (%)"),
    number_column("Before", "ece_before", group="Calibration error (points)"),
    number_column("After", "ece_after", group="Calibration error (points)"),
    number_column("Temperature", "temperature", ".3g"),
]
RELIABILITY_COLUMNS = [
    CORPUS,
    VARIANT,
    label_column("Temperature", "scaling"),
    N_TESTS,
    number_column("Mean confidence (%)", "confidence"),
    number_column("Named right (%)", "accuracy"),
]


def calibration_table(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return how far confidences are from accuracies, one row per experiment, all runs taken together.

    Args:
        confidences: `schemas.results.Confidences` of any variants and corpora.

    Returns:
        Columns: variant, corpus, n_singers, n_runs, n_tests (tracks times runs), temperature (mean over runs);
        accuracy, confidence_before, confidence_after (means, percent), ece_before, ece_after (expected calibration
        error, percentage points).
    """
    enrolled = confidences[confidences["is_enrolled"].astype(bool)]
    rows = [
        dict(zip(EXPERIMENT_KEYS, key, strict=True)) | _calibration_errors(group)
        for key, group in enrolled.groupby(EXPERIMENT_KEYS)
    ]
    columns = [*EXPERIMENT_KEYS, "n_runs", "n_tests", "temperature", "accuracy"]
    columns += [f"{measure}_{scaling}" for measure in ("confidence", "ece") for scaling in CONFIDENCE_COLUMNS]
    return sort_experiments(pd.DataFrame(rows, columns=columns), confidences)


def _calibration_errors(group: pd.DataFrame) -> dict[str, float]:
    row = {
        "n_runs": group["run"].nunique(),
        "n_tests": len(group),
        "temperature": float(group.groupby("run")["temperature"].first().mean()),
        "accuracy": 100.0 * float(group["is_right"].mean()),
    }
    for scaling, column in CONFIDENCE_COLUMNS.items():
        row[f"confidence_{scaling}"] = 100.0 * float(group[column].mean())
        row[f"ece_{scaling}"] = expected_calibration_error(reliability_bins(group[column], group["is_right"]))
    return row


def reliability_bins(confidence: "pd.Series[float]", is_right: "pd.Series[bool]") -> pd.DataFrame:
    """Return the bins that hold any answers; bin k holds confidences above k / 15 and up to (k + 1) / 15.

    Args:
        confidence: From 0 to 1. Shape: (n_answers,).
        is_right: Whether each answer is right. Shape: (n_answers,).

    Returns:
        Columns: bin (0 to 14), confidence and accuracy (means, percent), n_tests.
    """
    values = confidence.to_numpy(float)
    table = pd.DataFrame(
        {
            "bin": np.clip(np.ceil(values * N_BINS) - 1, 0, N_BINS - 1).astype(int),
            "confidence": 100.0 * values,
            "accuracy": 100.0 * is_right.to_numpy(float),
        }
    )
    grouped = table.groupby("bin")
    return grouped.agg(
        confidence=("confidence", "mean"), accuracy=("accuracy", "mean"), n_tests=("accuracy", "size")
    ).reset_index()


def expected_calibration_error(bins: pd.DataFrame) -> float:
    """Return the mean distance of accuracy from confidence, in percentage points; bins weigh by their answers.

    Source: Guo et al., equation 3.

    Args:
        bins: What `reliability_bins` returns, one row at least.
    """
    return float(np.average((bins["accuracy"] - bins["confidence"]).abs(), weights=bins["n_tests"]))


def reliability_numbers(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return the reliability diagram's numbers, one row per variant, corpus, scaling and bin that holds answers.

    Args:
        confidences: `schemas.results.Confidences` of any variants and corpora; of closed and cloned the largest number
            of singers is taken, all runs together, and only tests whose singer is enrolled.

    Returns:
        Columns: variant, corpus, n_singers, scaling (before, after), bin (0 to 14), confidence, accuracy (means of the
        bin, percent), n_tests (tracks times runs).
    """
    chosen = confidences[confidences["is_enrolled"].astype(bool) & confidences["corpus"].isin(PANELS)]
    largest = chosen.groupby(["variant", "corpus"])["n_singers"].transform("max")
    tables = [_bins_by_scaling(rows) for _, rows in chosen[chosen["n_singers"] == largest].groupby(EXPERIMENT_KEYS)]
    columns = [*EXPERIMENT_KEYS, "scaling", "bin", "confidence", "accuracy", "n_tests"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    corpora, variants = corpora_in_order(confidences["corpus"]), variants_in_order(confidences["variant"])
    orders = {"corpus": corpora, "variant": variants, "scaling": tuple(CONFIDENCE_COLUMNS)}
    return sort_by_order(table, orders)[columns]


def _bins_by_scaling(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the bins of one experiment before and after scaling."""
    bins = {scaling: reliability_bins(rows[column], rows["is_right"]) for scaling, column in CONFIDENCE_COLUMNS.items()}
    table = pd.concat(bins, names=["scaling"]).reset_index("scaling")
    return table.assign(**{name: rows[name].iloc[0] for name in EXPERIMENT_KEYS})


@report_style()
def draw_reliability(numbers: pd.DataFrame) -> Figure:
    """Return the reliability diagram: real and cloned tracks side by side, before scaling above, after it below.

    A marker is a bin, the larger the more answers it holds. On the dotted line confidence is accuracy; under it,
    answers are more confident than right.

    Args:
        numbers: What `reliability_numbers` returns; a panel without rows says so.
    """
    figure = Figure(figsize=(7.2, 6.4), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    styles = variant_styles(numbers["variant"])
    for (row, scaling), (column, corpus) in product(enumerate(CONFIDENCE_COLUMNS), enumerate(PANELS)):
        axes = panels[row][column]
        for direction in ("x", "y"):
            percent_axis(axes, direction)
        axes.set_title(f"{PANELS[corpus]}, {TITLES[scaling]}")
        _draw_panel(axes, numbers[(numbers["corpus"] == corpus) & (numbers["scaling"] == scaling)], styles)
    for index in range(2):
        panels[1][index].set_xlabel("Confidence (%)")
        panels[index][0].set_ylabel("Accuracy (%)")
    figure.legend(handles=_legend(styles), loc="outside lower center", ncols=4, columnspacing=1.4)
    return figure


def _draw_panel(axes: Axes, numbers: pd.DataFrame, styles: dict[str, VariantStyle]) -> None:
    if numbers.empty:
        write_no_data(axes)
        return
    axes.plot([0, 100], [0, 100], color=PALE, linestyle=":", linewidth=1.0, label="perfect")
    for variant, style in styles.items():
        rows = numbers[numbers["variant"] == variant]
        if rows.empty:
            continue
        axes.plot(rows["confidence"], rows["accuracy"], color=style.colour, alpha=0.35, label=f"{variant} bins")
        sizes = 4.0 + 160.0 * rows["n_tests"] / rows["n_tests"].sum()
        axes.scatter(rows["confidence"], rows["accuracy"], sizes, color=style.colour, marker=style.marker)


def _legend(styles: dict[str, VariantStyle]) -> list[Line2D]:
    entries = [
        Line2D([], [], color=style.colour, marker=style.marker, linewidth=0.9, label=variant_label(variant))
        for variant, style in styles.items()
    ]
    return entries and [*entries, Line2D([], [], color=PALE, linestyle=":", label="confidence is accuracy")]


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `calibration` and `reliability_numbers`.
    """
    numbers = data.table("reliability_numbers")
    text = (
        "Of answers with a confidence of 70 %, 70 % should be right: then they lie on the dotted line. Before, and "
        "after the logits were divided by a temperature that was found on validation segments, among which are no "
        "clones. Larger markers stand for more answers. The expected calibration error is the mean distance from the "
        "line, weighted by answers. Tracks of singers who are not enrolled are left out."
    )
    errors = html_table(data.table("calibration"), CALIBRATION_COLUMNS, "Expected calibration error.")
    bins = html_table(numbers, RELIABILITY_COLUMNS, "The numbers drawn.")
    figure = draw_unless_empty(draw_reliability, numbers)
    return Section("calibration", "Calibration", text, [errors, bins], figure)
