"""What happened on the way to the numbers: how each encoder was pretrained, and which files were left out."""

from collections.abc import Mapping

import pandas as pd

from real_cloned.reporting.names import CORPORA, MODELS, in_order, sort_by_order
from real_cloned.reporting.stages import kind_of

REJECTED_COLUMNS = ["corpus", "stage", "reason", "n"]


def history_table(histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per variant: variant, epochs, best_epoch, best_validation_loss, seconds.

    histories : schemas.History by variant, `seconds` being those of the epoch; a variant that was not pretrained may be
        there with an empty table, and then has NaN

    epochs : how many were run; best_epoch : the one with the lowest validation loss; seconds : of all epochs together
    """
    rows = [{"variant": variant} | _course(histories[variant]) for variant in in_order(histories, MODELS)]
    columns = ["variant", "epochs", "best_epoch", "best_validation_loss", "seconds"]
    return pd.DataFrame(rows, columns=columns).astype({"epochs": "Int64", "best_epoch": "Int64"})


def rejected_table(rejected: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how many files each stage left out, and why: corpus, stage, reason, n; most frequent first in each corpus.

    reason : its kind, without what is particular to one file

    rejected : schemas.Rejected by corpus; any may be empty
    """
    counted = [
        table.groupby(["stage", kind_of(table["reason"])]).size().reset_index(name="n").assign(corpus=corpus)
        for corpus, table in rejected.items()
        if not table.empty
    ]
    if not counted:
        return pd.DataFrame(columns=REJECTED_COLUMNS)
    table = pd.concat(counted).sort_values(["n", "stage", "reason"], ascending=[False, True, True])
    return sort_by_order(table[REJECTED_COLUMNS].reset_index(drop=True), {"corpus": CORPORA})


def _course(history: pd.DataFrame) -> dict[str, float]:
    if history.empty or history["validation_loss"].isna().all():
        return {}
    best = history.sort_values("validation_loss", kind="stable").iloc[0]
    return {
        "epochs": len(history),
        "best_epoch": int(best["epoch"]),
        "best_validation_loss": float(best["validation_loss"]),
        "seconds": float(history["seconds"].sum()),
    }
