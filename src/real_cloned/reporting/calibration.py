"""Does a confidence of 80 % mean that four of five answers are right? Before and after temperature scaling.

Fifteen bins of equal width, as in Guo et al., "On calibration of modern neural networks", ICML 2017. Tests whose singer
is not enrolled are left out: no answer could be right (`not_enrolled` is about them). Shares are in percent.
"""

import numpy as np
import pandas as pd

from real_cloned.reporting.accuracy import EXPERIMENT
from real_cloned.reporting.names import CORPORA, MODELS, sort_by_order

N_BINS = 15
SCALED = {"before": "confidence", "after": "calibrated"}
"""Temperature scaling, and the column of Confidences in which it stands."""


def calibration_table(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return how far confidences are from accuracies, one row per variant, corpus and class count.

    confidences : Confidences of any variants and corpora; all runs of an experiment are taken together

    Columns: variant, corpus, n_singers, n_runs, n_tests (tracks times runs), temperature (mean over runs); accuracy,
    confidence_before, confidence_after (means, percent), ece_before, ece_after (expected calibration error, percentage
    points).
    """
    asked = confidences[confidences["is_enrolled"].astype(bool)]
    rows = [dict(zip(EXPERIMENT, key, strict=True)) | _row(group) for key, group in asked.groupby(EXPERIMENT)]
    columns = [*EXPERIMENT, "n_runs", "n_tests", "temperature", "accuracy"]
    columns += [f"{measure}_{state}" for measure in ("confidence", "ece") for state in SCALED]
    table = pd.DataFrame(rows, columns=columns)
    return sort_by_order(table, {"corpus": CORPORA, "n_singers": (), "variant": MODELS})


def reliability_bins(confidence: "pd.Series[float]", is_right: "pd.Series[bool]") -> pd.DataFrame:
    """Return the bins that hold any answers: bin (0 to 14), confidence and accuracy (means, percent), n_tests.

    confidence : 0 to 1; is_right : of the same answers. Bin k holds confidences above k / 15 and up to (k + 1) / 15.
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

    bins : as `reliability_bins` returns, one row at least
    """
    return float(np.average((bins["accuracy"] - bins["confidence"]).abs(), weights=bins["n_tests"]))


def _row(group: pd.DataFrame) -> dict[str, float]:
    row = {
        "n_runs": group["run"].nunique(),
        "n_tests": len(group),
        "temperature": float(group.groupby("run")["temperature"].first().mean()),
        "accuracy": 100.0 * float(group["is_right"].mean()),
    }
    for state, column in SCALED.items():
        row[f"confidence_{state}"] = 100.0 * float(group[column].mean())
        row[f"ece_{state}"] = expected_calibration_error(reliability_bins(group[column], group["is_right"]))
    return row
