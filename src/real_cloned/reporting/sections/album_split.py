"""Album split: accuracy by the paper's split beside that of a split by album, on the same singers.

In music information retrieval the difference is known as the album effect: tracks of one album share a production.
"""

import pandas as pd

from real_cloned.metrics.significance import difference_interval, permutation_p_value, singer_differences
from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.aggregation import EXPERIMENT_KEYS, accuracy_by_run, mean_and_std
from real_cloned.reporting.html_tables import html_table, interval_column, mean_std_column, number_column
from real_cloned.reporting.labels import sort_experiments
from real_cloned.reporting.sections.base import CORPUS, N_RUNS, N_SINGERS, VARIANT, ReportData, Section

TABLE_COLUMNS = [
    *EXPERIMENT_KEYS,
    *("n_runs", "n_tested_singers"),
    *("top1_by_track_mean", "top1_by_track_std", "top1_by_album_mean", "top1_by_album_std"),
    *("difference", "low", "high", "p_value"),
    *("n_train_tracks_by_track", "n_train_tracks_by_album"),
]
COLUMNS = [
    CORPUS,
    N_SINGERS,
    VARIANT,
    N_RUNS,
    mean_std_column("The paper's split", "top1_by_track_mean", "top1_by_track_std", "Top-1 (%)"),
    mean_std_column("Albums apart", "top1_by_album_mean", "top1_by_album_std", "Top-1 (%)"),
    number_column("Difference", "difference", "+.1f", "Top-1 (%)"),
    interval_column("95 % interval", "low", "high", "Top-1 (%)"),
    number_column("p", "p_value", ".3f"),
    number_column("The paper's split", "n_train_tracks_by_track", ".1f", "Training tracks of a singer"),
    number_column("Albums apart", "n_train_tracks_by_album", ".1f", "Training tracks of a singer"),
]


def album_split_table(by_album: pd.DataFrame, by_track: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return top-1 accuracy by the paper's split and by album, and their difference, one row per experiment.

    By album there are fewer training tracks, as tracks from the albums of test and validation do not train: part of a
    difference may come from that.

    Args:
        by_album: `schemas.results.Predictions` of any variants and corpora, split by album.
        by_track: `schemas.results.Predictions` of the same singers and runs, split as in the paper.
        parameters: Its `n_bootstrap` and `seed` are those of the tests.

    Returns:
        Columns: variant, corpus, n_singers (enrolled in a run), n_runs, n_tested_singers (in all runs together);
        top1_by_track_mean, top1_by_track_std, top1_by_album_mean, top1_by_album_std (percent), difference (by album
        minus by track, percentage points) with its 95 % bootstrap interval over singers, low and high, and p_value, as
        in `sections.comparisons`; n_train_tracks_by_track, n_train_tracks_by_album (mean training tracks of a singer).
    """
    track_experiments = dict(list(by_track.groupby(EXPERIMENT_KEYS)))
    rows = [
        dict(zip(EXPERIMENT_KEYS, key, strict=True)) | _compare_splits(album, track_experiments[key], parameters)
        for key, album in by_album.groupby(EXPERIMENT_KEYS)
        if key in track_experiments
    ]
    return sort_experiments(pd.DataFrame(rows, columns=TABLE_COLUMNS), by_album)


def _compare_splits(by_album: pd.DataFrame, by_track: pd.DataFrame, parameters: ReportParameters) -> dict[str, object]:
    differences = singer_differences(by_album, by_track)
    low, high = difference_interval(by_album, by_track, parameters.n_bootstrap, parameters.seed)
    row = {
        "n_runs": by_album["run"].nunique(),
        "n_tested_singers": len(differences),
        "difference": differences.sum(),
        "low": low,
        "high": high,
        "p_value": permutation_p_value(differences, parameters.seed),
    }
    return row | _summarise(by_track, "track") | _summarise(by_album, "album")


def _summarise(predictions: pd.DataFrame, split: str) -> dict[str, float]:
    summary = mean_and_std(accuracy_by_run(predictions)).iloc[0]
    return {
        f"top1_by_{split}_mean": float(summary["top1_mean"]),
        f"top1_by_{split}_std": float(summary["top1_std"]),
        f"n_train_tracks_by_{split}": float(predictions["n_train_tracks"].mean()),
    }


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `album_split`.
    """
    text = (
        "In the paper's split a test track may share its album, and so its studio, mix and day, with training "
        "tracks. Here no album lies on both sides, with the same singers and runs. The difference is albums apart "
        "minus the paper's split. With albums apart fewer tracks train, to which part of the difference may be due."
    )
    table = html_table(data.table("album_split"), COLUMNS, "Accuracy on the paper's split and with albums apart.")
    return Section("album_split", "Albums kept apart", text, [table])
