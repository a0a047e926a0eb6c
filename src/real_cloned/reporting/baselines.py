"""The plain classifiers on the same embeddings: their accuracy over runs, beside the probe's. All in percent."""

import pandas as pd

from real_cloned.reporting.accuracy import EXPERIMENT, run_accuracy, summarise
from real_cloned.reporting.names import CORPORA, MODELS, sort_by_order

METHODS = ("centroid", "neighbours", "logistic")
METHOD_NAMES = {
    "centroid": "cosine nearest centroid",
    "neighbours": "k nearest neighbours",
    "logistic": "logistic regression",
}


def baseline_table(baselines: pd.DataFrame) -> pd.DataFrame:
    """Return each baseline's accuracy: variant, corpus, n_singers, method, then the columns of `accuracy.summarise`.

    baselines : Baselines of any variants and corpora; may have no rows
    """
    summary = summarise(run_accuracy(baselines, ("method",)), ("method",))
    return sort_by_order(summary, {"corpus": CORPORA, "n_singers": (), "variant": MODELS, "method": METHODS})


def beside_probe(baselines: pd.DataFrame, accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `baselines` at each corpus's largest class count, with probe_top1 and difference_top1 (ours
    of the probe, and baseline minus probe; NaN where the probe was not run).

    baselines : what `baseline_table` returns; accuracies : what `accuracy.accuracy_table` returns
    """
    if baselines.empty:
        return baselines
    most = baselines[baselines["n_singers"] == baselines.groupby(["variant", "corpus"])["n_singers"].transform("max")]
    probe = accuracies.reindex(columns=[*EXPERIMENT, "top1_mean"]).rename(columns={"top1_mean": "probe_top1"})
    if probe.empty:
        return most.assign(probe_top1=float("nan"), difference_top1=float("nan"))
    joined = most.merge(probe, on=EXPERIMENT, how="left")
    return joined.assign(difference_top1=joined["top1_mean"] - joined["probe_top1"])
