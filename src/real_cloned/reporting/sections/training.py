"""Training: how each encoder's pretraining went."""

from collections.abc import Mapping

import pandas as pd

from real_cloned.reporting.html_tables import html_table, number_column
from real_cloned.reporting.labels import variants_in_order
from real_cloned.reporting.sections.base import VARIANT, ReportData, Section

COLUMNS = [
    VARIANT,
    number_column("Epochs", "epochs", ",d"),
    number_column("Best epoch", "best_epoch", ",d"),
    number_column("Best validation loss", "best_validation_loss", ".3f"),
    number_column("Seconds", "seconds", ",.0f"),
]


def training_history_table(
    histories: Mapping[str, pd.DataFrame], missing: Mapping[str, str | None] | None = None
) -> pd.DataFrame:
    """Return how the pretraining of each variant went, a row each.

    Args:
        histories: `schemas.corpora.History` by variant, a row per epoch; the table of a variant that is not pretrained
            has no rows.
        missing: By variant, what the study lacks because a package is not installed; None if it lacks nothing.

    Returns:
        Columns: variant, epochs (how many were run), best_epoch (the one with the lowest validation loss),
        best_validation_loss, seconds (of all epochs together), missing (package, as in `missing`). Missing values: the
        variant is not pretrained, and no package is missing.
    """
    rows = [
        {"variant": variant, **_summarise(histories[variant]), "missing": (missing or {}).get(variant)}
        for variant in variants_in_order(histories)
    ]
    columns = ["variant", "epochs", "best_epoch", "best_validation_loss", "seconds", "missing"]
    return pd.DataFrame(rows, columns=columns).astype({"epochs": "Int64", "best_epoch": "Int64", "missing": "str"})


def missing_packages(history: pd.DataFrame) -> list[str]:
    """Return a line for each variant that is left out because a package is not installed.

    Args:
        history: As `training_history_table` returns it; one without columns will do.
    """
    return [str(line) for line in history["missing"].dropna()] if "missing" in history else []


def _summarise(history: pd.DataFrame) -> dict[str, float]:
    if history.empty or history["validation_loss"].isna().all():
        return {}
    best = history.sort_values("validation_loss", kind="stable").iloc[0]
    return {
        "epochs": len(history),
        "best_epoch": int(best["epoch"]),
        "best_validation_loss": float(best["validation_loss"]),
        "seconds": float(history["seconds"].sum()),
    }


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `training_history`.
    """
    text = (
        "Validation loss is NT-Xent; it can be compared between models only at the same batch size and temperature. "
        "Of the LSTM it is GE2E, and of a student of CAM++ mostly the cosine distance to its teacher, which cannot be "
        "compared with it. CAM++, the published LSTM (GE2E) and MFCC "
        "statistics are not trained here."
    )
    history = data.table("training_history")
    text = " ".join([text, *(f"{line[:1].upper()}{line[1:]}." for line in missing_packages(history))])
    table = html_table(history, COLUMNS, "The course of each pretraining.")
    return Section("history", "Pretraining", text, [table])
