"""Calibration on clones: does a temperature that was fitted to some clones help with clones by another method?

Three confidences are compared: as the probe gives it, with the temperature of the validation tracks, all of which are
real, and, for each clone, with a temperature that was fitted to clones by other methods, of other target singers
(`probing.temperatures`). Shares are in percent.
"""

import pandas as pd

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.aggregation import EXPERIMENT_KEYS
from real_cloned.reporting.html_tables import (
    Column,
    Row,
    format_number,
    html_table,
    interval_column,
    label_column,
    number_column,
    text_column,
)
from real_cloned.reporting.labels import corpora_in_order, sort_by_order, variants_in_order
from real_cloned.reporting.sections.base import CORPUS, N_SINGERS, VARIANT, ReportData, Section
from real_cloned.reporting.sections.calibration import ERRORS, calibration_errors

ALL_METHODS = "all"
"""The method under which all clones stand together."""
SCALINGS = {
    "none": ("confidence", None),
    "validation": ("calibrated", ""),
    "other_clones": ("clone_calibrated", "clone_"),
}
"""By what the temperature was fitted to: the column of confidences, and the prefix of the temperature's columns in
`schemas.results.Confidences`."""
LABELS = {"none": "nothing", "validation": "validation tracks", "other_clones": "clones by other methods"}
KEYS = [*EXPERIMENT_KEYS, "clone_method"]
COLUMNS = [
    CORPUS,
    N_SINGERS,
    VARIANT,
    text_column("Clone method", "clone_method"),
    label_column("Fitted to", "fitted_to", LABELS),
    number_column("Clones", "n_clones", ",d"),
    number_column("Named right (%)", "accuracy"),
    number_column("Confidence (%)", "confidence"),
    Column("Temperature", lambda row: _format_temperatures(row), key="temperature_low"),
    number_column("Measured", "ece", group="Calibration error (points)"),
    number_column("By chance", "ece_expected", group="Calibration error (points)"),
    interval_column("95 % of chance", "ece_low", "ece_high", "Calibration error (points)"),
    number_column("Brier score", "brier", ".3f"),
]


def clone_calibration_table(confidences: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return how far confidences in clones are from accuracies, by clone method and by what the temperature fits.

    Args:
        confidences: `schemas.results.Confidences` of any variants and corpora. Clones to which a temperature of other
            clones could be fitted are taken, at the largest number of singers.
        parameters: Of the report: number and seed of the draws of perfectly calibrated answers.

    Returns:
        Three rows per variant, corpus and clone method, after those of all methods together. Columns: variant, corpus,
        n_singers, clone_method, fitted_to (none, validation, other_clones), n_runs, n_clones, n_tests (clones times
        runs), accuracy, confidence (mean), at_bound (answers whose temperature is one of its bounds), all in percent,
        temperature_low, temperature_high (least and greatest of the answers'), and those of
        `sections.calibration.calibration_errors`.
    """
    clones = confidences[confidences["is_enrolled"].astype(bool) & confidences["clone_calibrated"].notna()]
    largest = clones.groupby(["variant", "corpus"])["n_singers"].transform("max")
    clones = clones[clones["n_singers"] == largest]
    repeated = pd.concat([clones.assign(clone_method=ALL_METHODS), clones], ignore_index=True)
    rows = [
        {**dict(zip(KEYS, key, strict=True)), "fitted_to": fitted_to, **_measure(group, fitted_to, parameters)}
        for key, group in repeated.groupby(KEYS)
        for fitted_to in SCALINGS
    ]
    columns = [*KEYS, "fitted_to", "n_runs", "n_clones", "n_tests", "accuracy", "confidence"]
    table = pd.DataFrame(rows, columns=[*columns, "temperature_low", "temperature_high", "at_bound", *ERRORS])
    orders = {
        "corpus": corpora_in_order(confidences["corpus"]),
        "variant": variants_in_order(confidences["variant"]),
        "clone_method": [ALL_METHODS, *sorted(set(clones["clone_method"]))],
        "fitted_to": tuple(SCALINGS),
    }
    return sort_by_order(table, orders)


def _measure(answers: pd.DataFrame, fitted_to: str, parameters: ReportParameters) -> dict[str, float]:
    column, prefix = SCALINGS[fitted_to]
    temperatures = pd.Series([1.0]) if prefix is None else answers[f"{prefix}temperature"]
    at_bound = 0.0 if prefix is None else float(answers[f"{prefix}is_at_bound"].mean())
    return {
        "n_runs": answers["run"].nunique(),
        "n_clones": answers["track_id"].nunique(),
        "n_tests": len(answers),
        "accuracy": 100.0 * float(answers["is_right"].mean()),
        "confidence": 100.0 * float(answers[column].mean()),
        "temperature_low": float(temperatures.min()),
        "temperature_high": float(temperatures.max()),
        "at_bound": 100.0 * at_bound,
        **calibration_errors(answers, column, parameters),
    }


def _format_temperatures(row: Row) -> str:
    """Return the range of temperatures, and how many of the answers have a bound as theirs."""
    low, high = (format_number(row[f"temperature_{end}"], ".2f") for end in ("low", "high"))
    bound = f" ({format_number(row['at_bound'], '.0f')} % at a bound)" if row["at_bound"] else ""
    return (low if low == high else f"{low} to {high}") + bound


def section(data: ReportData) -> Section:
    """Return the section of the page: can confidence in clones be repaired with other clones?

    Args:
        data: Read for `clone_calibration`.
    """
    text = (
        "Probes are trained and calibrated on real tracks, and their confidence in clones is far too high. Would it "
        "help to calibrate on clones, if those to come are made by a method that is not known yet? For each clone, a "
        "temperature was fitted to the clones by other methods that imitate other singers, and is compared with no "
        "temperature and with that of the real validation tracks. The errors are those of the section Calibration. A "
        "temperature changes no answer: it only says with how much confidence it is given."
    )
    table = html_table(data.table("clone_calibration"), COLUMNS, "Confidence in clones, by clone method.")
    return Section("clone_calibration", "Calibration on clones", text, [table])
