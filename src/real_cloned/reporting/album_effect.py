"""Accuracy by the paper's split beside that of a split by album, on the same singers."""

import pandas as pd

from real_cloned.metrics.significance import difference_interval, permutation_p_value, singer_differences
from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.accuracy import EXPERIMENT, run_accuracy, summarise
from real_cloned.reporting.names import CORPORA, MODELS, sort_by_order

COLUMNS = [
    *EXPERIMENT,
    *("n_runs", "n_tested_singers", "top1_by_track_mean", "top1_by_track_std", "top1_by_album_mean"),
    *(
        "top1_by_album_std",
        "difference",
        "low",
        "high",
        "p_value",
        "n_train_tracks_by_track",
        "n_train_tracks_by_album",
    ),
]


def album_table(by_album: pd.DataFrame, by_track: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return one row per variant and corpus: top-1 by the paper's split and by album, and their difference.

    by_album, by_track : Predictions of any variants and corpora, the same singers and runs in both

    Columns: variant, corpus, n_singers (enrolled in a run), n_runs, n_tested_singers (in all runs together);
    top1_by_track_mean and top1_by_album_mean with *_std (percent), difference (by album minus by track) with its 95 %
    bootstrap interval over singers, low and high, and p_value, both as in `comparisons`; n_train_tracks_by_track and
    n_train_tracks_by_album, the mean training tracks of a singer. By album these are fewer, as tracks from the albums
    of test and validation do not train: part of a difference may be theirs.
    """
    paper = dict(list(by_track.groupby(EXPERIMENT)))
    rows = [
        dict(zip(EXPERIMENT, key, strict=True)) | _row(album, paper[key], parameters)
        for key, album in by_album.groupby(EXPERIMENT)
        if key in paper
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return sort_by_order(table, {"corpus": CORPORA, "n_singers": (), "variant": MODELS})


def _row(album: pd.DataFrame, track: pd.DataFrame, parameters: ReportParameters) -> dict[str, object]:
    differences = singer_differences(album, track)
    low, high = difference_interval(album, track, parameters.n_bootstrap, parameters.seed)
    sides = _side(track, "track") | _side(album, "album")
    return (
        {"n_runs": album["run"].nunique(), "n_tested_singers": len(differences)}
        | sides
        | {"difference": differences.sum(), "low": low, "high": high}
        | {"p_value": permutation_p_value(differences, parameters.seed)}
    )


def _side(predictions: pd.DataFrame, name: str) -> dict[str, float]:
    summary = summarise(run_accuracy(predictions)).iloc[0]
    measures = {f"top1_by_{name}_{statistic}": float(summary[f"top1_{statistic}"]) for statistic in ("mean", "std")}
    return measures | {f"n_train_tracks_by_{name}": float(predictions["n_train_tracks"].mean())}
