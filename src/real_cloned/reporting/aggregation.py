"""Accuracy of each run, and its mean and standard deviation over runs: what most sections of the page start from.

Accuracies are in percent. A standard deviation over runs divides by their number, as the authors' code does (numpy's
default), and is NaN for a single run. An experiment is one variant on one corpus at one number of singers.
"""

import pandas as pd

EXPERIMENT_KEYS = ["variant", "corpus", "n_singers"]


def accuracy_by_run(predictions: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the accuracy of each run of each experiment.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora, or another table of which the schema
            derives from `OfRuns` with is_top1 and is_top5.
        by: Further columns by which to divide the test tracks, such as genre; tracks where one is missing are left out.

    Returns:
        Columns: variant, corpus, n_singers, run, those of `by`, top1, top5 (percent of the run's test tracks), n_tracks
        (how many those are); sorted by them.

    Example:
        >>> import pandas as pd
        >>> run = {"variant": "vocal", "corpus": "closed", "n_singers": 2, "run": 0}
        >>> predictions = pd.DataFrame([run | {"is_top1": hit, "is_top5": True} for hit in (True, True, True, False)])
        >>> accuracy_by_run(predictions)[["run", "top1", "top5", "n_tracks"]].to_dict("records")
        [{'run': 0, 'top1': 75.0, 'top5': 100.0, 'n_tracks': 4}]
    """
    percent = predictions.assign(
        top1=100.0 * predictions["is_top1"].astype(float),
        top5=100.0 * predictions["is_top5"].astype(float),
    )
    grouped = percent.groupby([*EXPERIMENT_KEYS, "run", *by], observed=True)
    return grouped.agg(top1=("top1", "mean"), top5=("top5", "mean"), n_tracks=("top1", "size")).reset_index()


def mean_and_std(accuracies: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the mean and standard deviation over the runs of each experiment.

    Args:
        accuracies: What `accuracy_by_run` returns, for the same `by`.
        by: Further columns, as in `accuracy_by_run`.

    Returns:
        Columns: variant, corpus, n_singers, those of `by`, top1_mean, top1_std, top5_mean, top5_std (percent), n_runs,
        n_tracks (test tracks of a run, on average).
    """
    grouped = accuracies.groupby([*EXPERIMENT_KEYS, *by], observed=True)
    summary = grouped.agg(
        top1_mean=("top1", "mean"),
        top1_std=("top1", std_over_runs),
        top5_mean=("top5", "mean"),
        top5_std=("top5", std_over_runs),
        n_runs=("run", "nunique"),
        n_tracks=("n_tracks", "mean"),
    )
    return summary.reset_index()


def std_over_runs(values: pd.Series) -> float:
    """Return the standard deviation over runs, which divides by their number; NaN for a single run.

    Args:
        values: A number per run.
    """
    return float(values.std(ddof=0)) if len(values) > 1 else float("nan")


def at_most_singers(predictions: pd.DataFrame, corpus: str, variant: str) -> pd.DataFrame:
    """Return the predictions of one variant on one corpus at the largest number of singers that was run.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora.
        corpus: The corpus to take.
        variant: The variant to take.

    Returns:
        Rows of `predictions`; none where the variant was not run on the corpus.
    """
    chosen: pd.DataFrame = predictions[(predictions["corpus"] == corpus) & (predictions["variant"] == variant)]
    return chosen[chosen["n_singers"].eq(chosen["n_singers"].max())]
