"""Calibration: are four of five answers with a confidence of 80 % right, before and after temperature scaling?

Tests whose singer is not enrolled are left out: no answer could be right (`not_enrolled` is about them). Shares are in
percent. Bins and errors are those of `metrics.calibration`.
"""

from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from real_cloned.metrics.calibration import (
    brier_score,
    errors_if_calibrated,
    expected_calibration_error,
    reliability_bins,
)
from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.aggregation import EXPERIMENT_KEYS
from real_cloned.reporting.html_tables import (
    Column,
    format_number,
    html_table,
    interval_column,
    label_column,
    number_column,
)
from real_cloned.reporting.labels import corpora_in_order, sort_by_order, sort_experiments, variants_in_order
from real_cloned.reporting.sections.base import CORPUS, N_SINGERS, VARIANT, ReportData, Section, draw_unless_empty
from real_cloned.reporting.theme import (
    PALE,
    VariantStyle,
    percent_axis,
    report_figure,
    variant_label,
    variant_styles,
    write_no_data,
)

CONFIDENCE_COLUMNS = {"before": "confidence", "after": "calibrated"}
"""Column of `schemas.results.Confidences` before and after temperature scaling."""
PANELS = {"closed": "Real singers (closed)", "cloned": "Cloned singers"}
TITLES = {"before": "as it comes", "after": "after scaling"}

N_TESTS = number_column("Answers", "n_tests", ",d")
ERRORS = ("ece", "ece_expected", "ece_low", "ece_high", "brier")
"""Measures of `calibration_errors`."""
CALIBRATION_COLUMNS = [
    CORPUS,
    N_SINGERS,
    VARIANT,
    N_TESTS,
    number_column("Top-1 (%)", "accuracy"),
    Column("Temperature", lambda row: format_temperature(row["temperature"], row["is_at_bound"]), key="temperature"),
    *(
        column
        for scaling, title in TITLES.items()
        for column in (
            number_column("Confidence (%)", f"confidence_{scaling}", group=title.capitalize()),
            number_column("Error (points)", f"ece_{scaling}", group=title.capitalize()),
            number_column("By chance", f"ece_expected_{scaling}", group=title.capitalize()),
            interval_column("95 % of chance", f"ece_low_{scaling}", f"ece_high_{scaling}", title.capitalize()),
            number_column("Brier", f"brier_{scaling}", ".3f", title.capitalize()),
        )
    ),
]
RELIABILITY_COLUMNS = [
    CORPUS,
    VARIANT,
    label_column("Temperature", "scaling"),
    N_TESTS,
    number_column("Mean confidence (%)", "confidence"),
    number_column("Named right (%)", "accuracy"),
]


def calibration_table(confidences: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return how far confidences are from accuracies, one row per experiment, all runs taken together.

    Args:
        confidences: `schemas.results.Confidences` of any variants and corpora.
        parameters: Of the report: number and seed of the draws of perfectly calibrated answers.

    Returns:
        Columns: variant, corpus, n_singers, n_runs, n_tests (tracks times runs), temperature, is_at_bound (whether the
        temperature is one of its bounds), accuracy (percent), and with the suffixes _before and _after: confidence
        (mean, percent) and those of `calibration_errors`.
    """
    enrolled = confidences[confidences["is_enrolled"].astype(bool)]
    rows = [
        dict(zip(EXPERIMENT_KEYS, key, strict=True)) | _calibration_row(group, parameters)
        for key, group in enrolled.groupby(EXPERIMENT_KEYS)
    ]
    columns = [*EXPERIMENT_KEYS, "n_runs", "n_tests", "temperature", "is_at_bound", "accuracy"]
    columns += [f"{measure}_{scaling}" for measure in ("confidence", *ERRORS) for scaling in CONFIDENCE_COLUMNS]
    return sort_experiments(pd.DataFrame(rows, columns=columns), confidences)


def calibration_errors(answers: pd.DataFrame, column: str, parameters: ReportParameters) -> dict[str, float]:
    """Return how well one column of confidences is calibrated.

    Args:
        answers: `schemas.results.Confidences`, one row at least, of enrolled singers.
        column: Name of the column.
        parameters: Of the report: number and seed of the draws.

    Returns:
        By name: ece (expected calibration error, percentage points); ece_expected, ece_low, ece_high (what a perfectly
        calibrated model with the same confidences would show: mean, 2.5th and 97.5th percentile); brier (Brier score,
        from 0 to 1).
    """
    chance = errors_if_calibrated(answers[column], answers["track_id"], parameters.n_bootstrap, parameters.seed)
    values = (
        expected_calibration_error(reliability_bins(answers[column], answers["is_right"])),
        float(chance.mean()),
        *np.percentile(chance, [2.5, 97.5]).tolist(),
        brier_score(answers[column], answers["is_right"]),
    )
    return dict(zip(ERRORS, values, strict=True))


def format_temperature(temperature: float, is_at_bound: bool) -> str:
    """Return the temperature as text that says where it is one of its bounds.

    Args:
        temperature: The temperature.
        is_at_bound: Whether it is a bound.
    """
    return format_number(temperature, ".2f") + (" (bound)" if is_at_bound else "")


def _calibration_row(group: pd.DataFrame, parameters: ReportParameters) -> dict[str, object]:
    row: dict[str, object] = {
        "n_runs": group["run"].nunique(),
        "n_tests": len(group),
        "temperature": float(group["temperature"].iloc[0]),
        "is_at_bound": bool(group["is_at_bound"].iloc[0]),
        "accuracy": 100.0 * float(group["is_right"].mean()),
    }
    for scaling, column in CONFIDENCE_COLUMNS.items():
        row[f"confidence_{scaling}"] = 100.0 * float(group[column].mean())
        errors = calibration_errors(group, column, parameters)
        row |= {f"{measure}_{scaling}": value for measure, value in errors.items()}
    return row


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


@report_figure
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
        "after the logits were divided by a temperature. All runs with as many singers share one temperature, which is "
        "fitted to their validation tracks, among which are no clones; it is drawn towards 1 and bounded. Larger "
        "markers stand for more answers. The expected calibration error is the mean distance from the line, weighted "
        "by answers. It is above 0 by chance alone: beside it stands what a perfectly calibrated model with the same "
        "confidences would show on as many tracks, on average and in 95 of 100 cases; only an error above that range "
        "speaks against the confidences. The Brier score is the mean squared distance of confidence from 1 for right "
        "and from 0 for wrong answers. Tracks of singers who are not enrolled are left out."
    )
    errors = html_table(data.table("calibration"), CALIBRATION_COLUMNS, "Expected calibration error.")
    bins = html_table(numbers, RELIABILITY_COLUMNS, "The numbers drawn.")
    figure = draw_unless_empty(draw_reliability, numbers)
    return Section("calibration", "Calibration", text, [errors, bins], figure)
