"""What the study asks, in small tables: real against cloned singers, accuracy by language, and singer by singer."""

import pandas as pd

from real_cloned.reporting.accuracy import largest, run_accuracy, summarise
from real_cloned.reporting.names import MODELS, sort_by_order


def glance_table(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return each variant's mean accuracy on real and on cloned singers, at its largest class count run on both.

    accuracies : what `accuracy.accuracy_table` returns

    Columns: variant, n_singers, then in percent closed_top1, cloned_top1, difference_top1 (cloned minus real),
    closed_top5, cloned_top5, difference_top5. Variants that were not run on both corpora are left out.
    """
    columns = {"top1_mean": "top1", "top5_mean": "top5"}
    sides = [
        accuracies[accuracies["corpus"] == corpus]
        .rename(columns={old: f"{corpus}_{new}" for old, new in columns.items()})
        .filter(["variant", "n_singers", f"{corpus}_top1", f"{corpus}_top5"])
        for corpus in ("closed", "cloned")
    ]
    both = sides[0].merge(sides[1], on=["variant", "n_singers"])
    both = both[both["n_singers"] == both.groupby("variant")["n_singers"].transform("max")]
    order = ["variant", "n_singers"]
    for measure in columns.values():
        both = both.assign(**{f"difference_{measure}": both[f"cloned_{measure}"] - both[f"closed_{measure}"]})
        order += [f"closed_{measure}", f"cloned_{measure}", f"difference_{measure}"]
    return sort_by_order(both, {"variant": MODELS})[order]


def language_table(predictions: pd.DataFrame, variant: str = "vocal") -> pd.DataFrame:
    """Return the accuracy by language at the largest class count on the closed corpus (paper, section 4.2).

    predictions : Predictions of any variants and corpora; tracks of no known language are left out

    Columns: language, n_singers, n_runs, n_tracks (mean of a run), then over runs in percent top1_mean, top5_mean,
    top5_median (the paper's measure). Languages with most test tracks come first.
    """
    runs = run_accuracy(largest(predictions, "closed", variant), ("language",))
    medians = runs.groupby("language").agg(top5_median=("top5", "median")).reset_index()
    table = summarise(runs, ("language",)).merge(medians, on="language")
    table = table.sort_values(["n_tracks", "language"], ascending=[False, True]).reset_index(drop=True)
    return table[["language", "n_singers", "n_runs", "n_tracks", "top1_mean", "top5_mean", "top5_median"]]


def top1_table(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return mean top-1 accuracy in percent by variant (rows) on closed and cloned (columns), at most singers on each.

    accuracies : what `accuracy_table` returns
    """
    shown = accuracies[accuracies["corpus"].isin(["closed", "cloned"])]
    most = shown[shown["n_singers"] == shown.groupby("corpus")["n_singers"].transform("max")]
    columns = most["corpus"] + " (" + most["n_singers"].astype(str) + " singers)"
    table = most.assign(column=columns).pivot_table(index="variant", columns="column", values="top1_mean", sort=False)
    return table.round(1).rename_axis(index=None, columns=None)


def singer_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return how often each singer of the closed corpus was named, with as many singers enrolled as were tried.

    predictions : Predictions of any variants and corpora

    Columns: singer_id, n_train_tracks, then per variant the percentage of runs in which the test track was named right.
    """
    closed = predictions[predictions["corpus"] == "closed"]
    most = closed[closed["n_singers"] == closed["n_singers"].max()]
    most = most.assign(singer_id=most["true_ids"].str[0], top1=most["is_top1"].astype(float) * 100)
    keys = ["singer_id", "n_train_tracks"]
    table = (
        most.pivot_table(index=keys, columns="variant", values="top1").round(1).reset_index().rename_axis(columns=None)
    )
    ordered: pd.DataFrame = table.reindex(columns=[*keys, *(variant for variant in MODELS if variant in table)])
    return ordered
