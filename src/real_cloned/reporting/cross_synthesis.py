"""Cross-synthesis: how well clones are named by the method that made them, and whose voice is heard in them."""

import pandas as pd

from real_cloned.reporting.accuracy import run_accuracy, summarise
from real_cloned.reporting.names import MODELS, VOICES, sort_by_order

ALL = "all"
"""The method under which all clones of a variant stand together."""
UNKNOWN = "not known"
ABOVE = ("target", "source", "original")
"""Voices whose similarity is compared with that of all others."""
KEYS = ["variant", "clone_method"]
ACCURACY = ["n_singers", "top1_mean", "top1_std", "top5_mean", "top5_std", "n_runs"]


def cross_synthesis_numbers(predictions: pd.DataFrame, similarities: pd.DataFrame) -> pd.DataFrame:
    """Return one row per variant and clone method, after one of all methods together.

    predictions : Predictions of any variants and corpora; of cloned, the largest class count is taken
    similarities : VoiceSimilarities of any variants

    Columns: variant, clone_method, n_singers, in percent top1_mean, top1_std, top5_mean, top5_std over n_runs runs,
    n_clones (that were embedded), similarity_target, similarity_source, similarity_original, similarity_other (percent:
    100 times the mean cosine), above_target, above_source, above_original (how far these stand above similarity_other,
    as percent of the way from there to 1, so that models can be compared whose similarities lie close together),
    nearer_target (percent of the n_compared clones of which both are known that are nearer to the target's tracks than
    to the source's).
    """
    table = _accuracies(predictions).merge(_voices(similarities), on=KEYS, how="outer")
    for name in ABOVE:
        table[f"above_{name}"] = 100.0 * (table[f"similarity_{name}"] - table["similarity_other"])
        table[f"above_{name}"] /= 100.0 - table["similarity_other"]
    voices = [*(f"similarity_{name}" for name in VOICES), *(f"above_{name}" for name in ABOVE)]
    columns = [*KEYS, *ACCURACY, "n_clones", *voices, "nearer_target", "n_compared"]
    table = table.astype(dict.fromkeys(["n_singers", "n_runs", "n_clones", "n_compared"], "Int64"))
    return sort_by_order(table, {"variant": MODELS, "clone_method": (ALL,)})[columns]


def _accuracies(predictions: pd.DataFrame) -> pd.DataFrame:
    clones = predictions[predictions["corpus"] == "cloned"]
    most = clones[clones["n_singers"] == clones.groupby("variant")["n_singers"].transform("max")]
    by = ("clone_method",)
    return summarise(run_accuracy(_by_method(most), by), by)[[*KEYS, *ACCURACY]]


def _voices(similarities: pd.DataFrame) -> pd.DataFrame:
    wide = _by_method(similarities).pivot_table(index=[*KEYS, "track_id"], columns="reference", values="similarity")
    wide = wide.reindex(columns=list(VOICES))
    both = wide["target"].notna() & wide["source"].notna()
    wide["nearer"] = (wide["target"] > wide["source"]).astype(float).where(both)
    grouped = wide.groupby(KEYS)
    table = 100.0 * grouped[list(VOICES)].mean().add_prefix("similarity_")
    table["nearer_target"] = 100.0 * grouped["nearer"].mean()
    table["n_compared"] = grouped["nearer"].count()
    return table.assign(n_clones=grouped.size()).reset_index()


def _by_method(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, once under their method and once under ALL."""
    named = rows.assign(clone_method=rows["clone_method"].fillna(UNKNOWN).astype(object))
    return pd.concat([named.assign(clone_method=ALL), named], ignore_index=True)
