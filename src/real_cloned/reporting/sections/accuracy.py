"""Accuracy of every experiment: mean and standard deviation over runs, interval over singers, and further measures.

Accuracies are in percent. A track's singer is the first of its singers.
"""

import pandas as pd

from real_cloned.metrics.significance import bootstrap_interval
from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.aggregation import EXPERIMENT_KEYS, accuracy_by_run, mean_and_std, std_over_runs
from real_cloned.reporting.html_tables import html_table, interval_column, mean_std_column
from real_cloned.reporting.labels import sort_experiments
from real_cloned.reporting.sections.base import (
    CORPUS,
    N_RUNS,
    N_SINGERS,
    N_TRACKS,
    TOP1_TOP5,
    VARIANT,
    ReportData,
    Section,
)

INTERVALS = ["top1_low", "top1_high", "top5_low", "top5_high"]
COLUMNS = [CORPUS, N_SINGERS, VARIANT, N_RUNS, N_TRACKS] + [
    column
    for name, key in TOP1_TOP5
    for column in (
        mean_std_column("Mean ± std", f"{key}_mean", f"{key}_std", name),
        interval_column("95 % interval", f"{key}_low", f"{key}_high", name),
    )
]
COLUMNS += [
    mean_std_column(
        "Mean ± std", "top5_log_probability_mean", "top5_log_probability_std", "Top-5 by log-probability (%)"
    ),
    mean_std_column("Mean ± std", "macro_top1_mean", "macro_top1_std", "Top-1, singers weigh alike (%)"),
]


def accuracy_table(predictions: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return the accuracy of every experiment, a row each.

    Every experiment draws from the same seed, so that variants tested on the same singers are resampled alike.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora.
        parameters: Its `n_bootstrap` and `seed` are those of the intervals.

    Returns:
        The columns of `aggregation.mean_and_std`, those of `further_accuracies`, then top1_low, top1_high, top5_low,
        top5_high (percent): the 95 % bootstrap intervals over singers.

    Example:
        >>> import pandas as pd
        >>> from real_cloned.parameters.report import ReportParameters
        >>> run = {"variant": "vocal", "corpus": "closed", "n_singers": 2, "run": 0}
        >>> hits = {"a": True, "b": False}
        >>> rows = [run | {"true_ids": [singer], "is_top1": hit, "is_top5": True} for singer, hit in hits.items()]
        >>> predictions = pd.DataFrame(rows).assign(is_top5_by_log_probability=True)
        >>> parameters = ReportParameters(
        ...     title="", synthetic=True, page="study", figure2_min_tracks=1, figure3_buckets=[1], n_bootstrap=9, seed=0
        ... )
        >>> accuracy_table(predictions, parameters).loc[0, ["top1_mean", "top1_low", "top1_high"]].tolist()
        [50.0, 0.0, 100.0]
    """
    summary = mean_and_std(accuracy_by_run(predictions)).merge(further_accuracies(predictions), on=EXPERIMENT_KEYS)
    intervals = [
        dict(zip(EXPERIMENT_KEYS, key, strict=True)) | bootstrap_interval(rows, parameters.n_bootstrap, parameters.seed)
        for key, rows in predictions.groupby(EXPERIMENT_KEYS, observed=True)
    ]
    if not intervals:
        return summary.reindex(columns=[*summary.columns, *INTERVALS])
    return sort_experiments(summary.merge(pd.DataFrame(intervals), on=EXPERIMENT_KEYS), predictions)


def further_accuracies(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return other measures of accuracy for every experiment.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora.

    Returns:
        Columns: variant, corpus, n_singers, then mean and standard deviation over runs in percent of two measures.
        top5_log_probability_mean, top5_log_probability_std: a track counts where a true singer is among the five of
        greatest mean log-probability; `top5` counts votes, and leaves most of the five to ties where segments agree.
        macro_top1_mean, macro_top1_std: the mean over singers of each one's top-1 accuracy. On clones, of which singers
        have more or fewer, every singer then weighs the same; on real tracks, one per singer, it is top-1.
    """
    run_keys = [*EXPERIMENT_KEYS, "run"]
    percent = predictions.assign(
        singer=predictions["true_ids"].str[0].astype("str"),
        top1=100.0 * predictions["is_top1"].astype(float),
        top5=100.0 * predictions["is_top5_by_log_probability"].astype(float),
    )
    per_singer = percent.groupby([*run_keys, "singer"])["top1"].mean().rename("macro_top1").reset_index()
    macro = per_singer.groupby(run_keys)["macro_top1"].mean()
    by_run = percent.groupby(run_keys)["top5"].mean().rename("top5_log_probability").to_frame().join(macro)
    grouped = by_run.reset_index().groupby(EXPERIMENT_KEYS)
    return grouped.agg(
        top5_log_probability_mean=("top5_log_probability", "mean"),
        top5_log_probability_std=("top5_log_probability", std_over_runs),
        macro_top1_mean=("macro_top1", "mean"),
        macro_top1_std=("macro_top1", std_over_runs),
    ).reset_index()


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `accuracies`.
    """
    text = (
        "Mean ± standard deviation over runs, which differ in the probe's seed and, where there are more singers than "
        "the class count, in the singers drawn. The 95 % interval is a bootstrap over singers: how far the mean could "
        "move with other singers. A track's answer is its segments' majority vote; its top-5 are the five singers with "
        "most votes, ties broken by mean log-probability. Where singers weigh alike, a cloned singer with many clones "
        "counts no more than one with few."
    )
    table = html_table(data.table("accuracies"), COLUMNS, "Accuracy by corpus, number of singers and model.")
    return Section("accuracies", "Every experiment", text, [table])
