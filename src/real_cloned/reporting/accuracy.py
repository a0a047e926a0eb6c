"""Accuracy of runs, and its mean and standard deviation over them. Accuracies are in percent."""

import pandas as pd

from real_cloned.metrics.significance import bootstrap_interval
from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.names import CORPORA, MODELS, sort_by_order

EXPERIMENT = ["variant", "corpus", "n_singers"]


def run_accuracy(predictions: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the accuracy of each run: variant, corpus, n_singers, run, the columns of `by`, top1, top5, n_tracks.

    predictions : Predictions, of any variants and corpora
    by : further columns to part the test tracks by, such as genre; tracks where one is missing are left out

    top1, top5 : percent of the run's test tracks; n_tracks : how many those are
    """
    percent = predictions.assign(
        top1=100.0 * predictions["is_top1"].astype(float),
        top5=100.0 * predictions["is_top5"].astype(float),
    )
    grouped = percent.groupby([*EXPERIMENT, "run", *by], observed=True)
    return grouped.agg(top1=("top1", "mean"), top5=("top5", "mean"), n_tracks=("top1", "size")).reset_index()


def summarise(accuracies: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return mean and spread over runs: variant, corpus, n_singers, the columns of `by`, then the columns below.

    accuracies : what `run_accuracy` returns, for the same `by`

    top1_mean, top1_std, top5_mean, top5_std : percent. The standard deviation divides by the number of runs, as the
    authors' code does (numpy's default), and is NaN for a single run. n_runs : how many runs;
    n_tracks : test tracks of a run, on average
    """
    grouped = accuracies.groupby([*EXPERIMENT, *by], observed=True)
    summary = grouped.agg(
        top1_mean=("top1", "mean"),
        top1_std=("top1", spread),
        top5_mean=("top5", "mean"),
        top5_std=("top5", spread),
        n_runs=("run", "nunique"),
        n_tracks=("n_tracks", "mean"),
    )
    return summary.reset_index()


def other_accuracies(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return accuracies counted otherwise, in percent: variant, corpus, n_singers, then for both below mean and std.

    top5_log_probability_mean, _std : a track counts where a true singer is among the five of greatest mean
        log-probability; `top5` counts votes, and leaves most of the five to ties where segments agree
    macro_top1_mean, _std : the mean over singers of each one's top-1 accuracy. On clones, of which singers have more or
        fewer, every singer then weighs the same; on real tracks, one per singer, it is top-1. A track belongs to the
        first of its singers.

    Mean and standard deviation are over runs, as in `summarise`.
    """
    runs = [*EXPERIMENT, "run"]
    percent = predictions.assign(
        singer=predictions["true_ids"].str[0].astype("str"),
        top1=100.0 * predictions["is_top1"].astype(float),
        top5=100.0 * predictions["is_top5_by_log_probability"].astype(float),
    )
    per_singer = percent.groupby([*runs, "singer"])["top1"].mean().rename("macro_top1").reset_index()
    macro = per_singer.groupby(runs)["macro_top1"].mean()
    by_run = percent.groupby(runs)["top5"].mean().rename("top5_log_probability").to_frame().join(macro)
    grouped = by_run.reset_index().groupby(EXPERIMENT)
    named = {
        f"{name}_{statistic}": (name, function)
        for name in ("top5_log_probability", "macro_top1")
        for statistic, function in (("mean", "mean"), ("std", spread))
    }
    return grouped.agg(**named).reset_index()


def accuracy_table(predictions: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return every experiment's accuracy: the columns of `summarise`, `other_accuracies` and the intervals.

    top1_low, top1_high, top5_low, top5_high : the 95 % bootstrap interval over singers (percent). Every experiment
    draws from the same seed, so that variants tested on the same singers are resampled alike.
    """
    summary = summarise(run_accuracy(predictions)).merge(other_accuracies(predictions), on=EXPERIMENT)
    intervals = [
        dict(zip(EXPERIMENT, key, strict=True)) | bootstrap_interval(rows, parameters.n_bootstrap, parameters.seed)
        for key, rows in predictions.groupby(EXPERIMENT, observed=True)
    ]
    bounds = ["top1_low", "top1_high", "top5_low", "top5_high"]
    joined = (
        summary.merge(pd.DataFrame(intervals), on=EXPERIMENT)
        if intervals
        else summary.reindex(columns=[*summary.columns, *bounds])
    )
    return sort_by_order(joined, {"corpus": CORPORA, "n_singers": (), "variant": MODELS})


def largest(predictions: pd.DataFrame, corpus: str, variant: str) -> pd.DataFrame:
    """Return the predictions of one variant on one corpus at the largest class count that was run; maybe no rows."""
    chosen: pd.DataFrame = predictions[(predictions["corpus"] == corpus) & (predictions["variant"] == variant)]
    return chosen[chosen["n_singers"].eq(chosen["n_singers"].max())]


def spread(values: pd.Series) -> float:
    """Return the standard deviation of runs, which divides by their number; NaN for a single run."""
    return float(values.std(ddof=0)) if len(values) > 1 else float("nan")
