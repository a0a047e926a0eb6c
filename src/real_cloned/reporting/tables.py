"""Tables 1 to 3 of the paper: our numbers beside the published ones.

A value that is not there (a corpus that is not configured, a baseline that is not ours to run) is NaN.
"""

from collections.abc import Mapping
from itertools import product

import pandas as pd

from real_cloned.reporting.accuracy import run_accuracy, summarise
from real_cloned.reporting.names import CORPORA, MODELS, in_order, sort_by_order
from real_cloned.reporting.published import published, published_wide

MEASURES = ("top1", "top5")


def dataset_table(tracks: Mapping[str, pd.DataFrame], splits: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return Table 1: one row per corpus, counting the tracks that were kept, which are those in its splits.

    tracks, splits : schemas.Tracks and schemas.Splits by corpus; either may lack a corpus, or be empty

    Columns: corpus, singers, songs, hours, songs_per_singer_min, published_singers, published_songs,
    published_songs_per_singer_min. A clone counts for each singer that it imitates.
    """
    known = published_wide("table1", ["corpus"])
    corpora = in_order([*known["corpus"], *tracks, *splits], CORPORA)
    ours = pd.DataFrame([{"corpus": corpus} | _kept(tracks.get(corpus), splits.get(corpus)) for corpus in corpora])
    table = ours.merge(known, on="corpus", how="left")
    counts = [column for column in table.columns if column not in ("corpus", "hours")]
    order = ["corpus", "singers", "songs", "hours", "songs_per_singer_min"]
    order += [f"published_{name}" for name in ("singers", "songs", "songs_per_singer_min")]
    return table.astype(dict.fromkeys(counts, "Int64") | {"hours": "float64"})[order]


def open_dataset_table(predictions: pd.DataFrame, models: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return Table 2: accuracy on FMA and MTG-Jamendo with all their singers, one row per corpus and model.

    predictions : Predictions of any variants and corpora; of each, the largest class count is taken
    models : have rows even where nothing was predicted

    Columns: corpus, model, n_singers, published_n_singers, n_runs, then for top1 and top5 in percent `*_mean`, `*_std`,
    `published_*_mean`, `published_*_std`, `difference_*` (ours minus published). Published for `clmr` are CLMR's
    own embeddings.
    """
    keys = ["corpus", "model"]
    means = published_wide("table2", keys).rename(columns=_suffixed("mean"))
    spreads = published_wide("table2", keys, "std").rename(columns=_suffixed("std"))
    table = means.merge(spreads, on=keys).merge(_ours_at_largest(predictions, ["fma", "mtg"]), on=keys, how="outer")
    table = table.merge(pd.DataFrame(product(("fma", "mtg"), models), columns=keys, dtype="str"), on=keys, how="outer")
    classes = published("table2")[[*keys, "n_singers"]].drop_duplicates()
    table = table.merge(classes.rename(columns={"n_singers": "published_n_singers"}), on=keys, how="left")
    counts = ["n_singers", "published_n_singers", "n_runs"]
    columns = [*keys, *counts]
    for name in MEASURES:
        table[f"difference_{name}"] = table[f"{name}_mean"] - table[f"published_{name}_mean"]
        columns += [f"{name}_mean", f"{name}_std", f"published_{name}_mean", f"published_{name}_std"]
        columns += [f"difference_{name}"]
    return sort_by_order(table.astype(dict.fromkeys(counts, "Int64")), {"corpus": CORPORA, "model": MODELS})[columns]


def prior_work_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return Table 3: the Mixture variant beside earlier work, at the same number of singers.

    predictions : Predictions of any variants and corpora

    Columns: n_singers, method, dataset, then in percent top1, top5, published_top1, published_top5, difference_top1,
    difference_top5. Our largest class count on the closed corpus comes last, where the paper has no row for it.
    """
    ours = summarise(run_accuracy(predictions[predictions["variant"] == "mixture"]))
    ours = ours[ours["corpus"] == "closed"].rename(columns={"top1_mean": "top1", "top5_mean": "top5"})
    ours = ours.rename(columns={"variant": "model"})[["corpus", "model", "n_singers", *MEASURES]]
    known = published("table3")
    wanted = ours["n_singers"].isin([*known["n_singers"], ours["n_singers"].max()])
    keys = ["n_singers", "model", "corpus"]
    wide = published_wide("table3", keys).merge(ours[wanted], on=keys, how="outer")
    for name in MEASURES:
        wide[f"difference_{name}"] = wide[name] - wide[f"published_{name}"]
    wide["is_new"] = wide["published_top1"].isna()
    wide = wide.sort_values(["is_new", "n_singers", "published_top1"]).reset_index(drop=True)
    columns = [f"{prefix}{name}" for prefix in ("", "published_", "difference_") for name in MEASURES]
    return wide.rename(columns={"model": "method", "corpus": "dataset"})[["n_singers", "method", "dataset", *columns]]


def _kept(tracks: pd.DataFrame | None, splits: pd.DataFrame | None) -> dict[str, float]:
    if tracks is None or splits is None:
        return dict.fromkeys(["singers", "songs", "hours", "songs_per_singer_min"], float("nan"))
    kept = tracks.merge(splits, on="track_id")
    if kept.empty:
        return _kept(None, None)
    singers = kept["singer_ids"].explode() if (kept["role"] == "clone").all() else kept["singer_id"]
    songs = singers.value_counts()
    hours = float(kept["duration_s"].sum()) / 3600.0
    return {"singers": len(songs), "songs": len(kept), "hours": hours, "songs_per_singer_min": int(songs.min())}


def _ours_at_largest(predictions: pd.DataFrame, corpora: list[str]) -> pd.DataFrame:
    summary = summarise(run_accuracy(predictions[predictions["corpus"].isin(corpora)]))
    top = summary.groupby(["corpus", "variant"])["n_singers"].transform("max")
    return summary[summary["n_singers"] == top].rename(columns={"variant": "model"}).drop(columns="n_tracks")


def _suffixed(statistic: str) -> dict[str, str]:
    return {f"published_{name}": f"published_{name}_{statistic}" for name in MEASURES}
