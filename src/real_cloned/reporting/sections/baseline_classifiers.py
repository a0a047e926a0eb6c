"""Plain classifiers on the same embeddings as the probe: their accuracy over runs, beside the probe's, in percent."""

import pandas as pd

from real_cloned.reporting.aggregation import EXPERIMENT_KEYS, accuracy_by_run, mean_and_std
from real_cloned.reporting.html_tables import html_table, label_column, mean_std_column, number_column
from real_cloned.reporting.labels import corpora_in_order, sort_by_order, variants_in_order
from real_cloned.reporting.sections.base import CORPUS, N_RUNS, N_SINGERS, VARIANT, ReportData, Section

METHODS = {
    "centroid": "cosine nearest centroid",
    "neighbours": "k nearest neighbours",
    "logistic": "logistic regression",
}
"""What the classifiers are called, in the order of the rows."""
COLUMNS = [
    CORPUS,
    N_SINGERS,
    VARIANT,
    label_column("Classifier", "method", METHODS),
    N_RUNS,
    mean_std_column("Mean ± std", "top1_mean", "top1_std", "Top-1 (%)"),
    number_column("Probe", "probe_top1", group="Top-1 (%)"),
    number_column("Difference", "difference_top1", "+.1f", "Top-1 (%)"),
    mean_std_column("Top-5 (%)", "top5_mean", "top5_std"),
]


def baseline_table(baselines: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy of each classifier in each experiment.

    Args:
        baselines: `schemas.results.Baselines` of any variants and corpora; may have no rows.

    Returns:
        Columns: variant, corpus, n_singers, method, then those of `aggregation.mean_and_std`.
    """
    summary = mean_and_std(accuracy_by_run(baselines, ("method",)), ("method",))
    corpora, variants = corpora_in_order(baselines["corpus"]), variants_in_order(baselines["variant"])
    return sort_by_order(summary, {"corpus": corpora, "n_singers": None, "variant": variants, "method": tuple(METHODS)})


def baselines_with_probe(baselines: pd.DataFrame, accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return the classifiers' accuracies at each corpus's largest number of singers beside the probe's.

    Args:
        baselines: What `baseline_table` returns.
        accuracies: What `sections.accuracy.accuracy_table` returns.

    Returns:
        Rows of `baselines`, with probe_top1 (percent) and difference_top1 (baseline minus probe, percentage points);
        both are NaN where the probe was not run.
    """
    if baselines.empty:
        return baselines
    most = baselines[baselines["n_singers"] == baselines.groupby(["variant", "corpus"])["n_singers"].transform("max")]
    probe = accuracies.reindex(columns=[*EXPERIMENT_KEYS, "top1_mean"]).rename(columns={"top1_mean": "probe_top1"})
    if probe.empty:
        return most.assign(probe_top1=float("nan"), difference_top1=float("nan"))
    joined = most.merge(probe, on=EXPERIMENT_KEYS, how="left")
    return joined.assign(difference_top1=joined["top1_mean"] - joined["probe_top1"])


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `baselines` and `accuracies`.
    """
    text = (
        "Plain classifiers on the same embeddings, runs and singers as the probe, at the largest number of singers of "
        "each corpus. The difference is baseline minus probe."
    )
    table = baselines_with_probe(data.table("baselines"), data.table("accuracies"))
    caption = "Accuracy of classifiers that are not the paper's."
    return Section("baselines", "Plain classifiers", text, [html_table(table, COLUMNS, caption)])
