"""Table 2 of the paper: accuracy on the open datasets FMA and MTG-Jamendo, with all their singers."""

from collections.abc import Sequence
from itertools import product

import pandas as pd

from real_cloned.reporting.aggregation import accuracy_by_run, mean_and_std
from real_cloned.reporting.html_tables import html_table, mean_std_column, number_column
from real_cloned.reporting.labels import CORPUS_ORDER, sort_by_order, variants_in_order
from real_cloned.reporting.published import published, published_wide
from real_cloned.reporting.sections.base import CORPUS, MODEL, N_RUNS, TOP1_TOP5, ReportData, Section

CORPORA = ("fma", "mtg")
"""The paper's open datasets."""

FIGURE1_CORPORA = ("closed", "cloned")
"""What Figure 1 shows, and this table does not."""

KEYS = ["corpus", "model"]
MEASURES = ("top1", "top5")
COLUMNS = [
    CORPUS,
    MODEL,
    number_column("Ours", "n_singers", ",d", "Singers"),
    number_column("Paper", "published_n_singers", ",d", "Singers"),
    N_RUNS,
] + [
    column
    for name, key in TOP1_TOP5
    for column in (
        mean_std_column("Ours", f"{key}_mean", f"{key}_std", name),
        mean_std_column("Paper", f"published_{key}_mean", f"published_{key}_std", name),
        number_column("Difference", f"difference_{key}", "+.1f", name),
    )
]


def open_dataset_table(predictions: pd.DataFrame, variants: Sequence[str] = ()) -> pd.DataFrame:
    """Return Table 2, one row per corpus and model: FMA, MTG-Jamendo, and corpora that the paper does not have.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora; of each, the largest number of singers
            is taken.
        variants: Have rows even where nothing was predicted; so have the paper's models.

    Returns:
        Columns: corpus, model, n_singers, published_n_singers, n_runs, then for top1 and top5 in percent `*_mean`,
        `*_std`, `published_*_mean`, `published_*_std`, `difference_*` (ours minus published, where both are of as many
        singers). Published for `clmr` are CLMR's own embeddings. Missing values: the corpus or variant was not run, or
        is not the paper's.
    """
    others = [name for name in predictions["corpus"].unique() if name not in CORPORA + FIGURE1_CORPORA]
    corpora = [*CORPORA, *others]
    table = _published_means_and_stds().merge(_ours(predictions, corpora), on=KEYS, how="outer")
    table = table.merge(pd.DataFrame(product(corpora, variants), columns=KEYS, dtype="str"), on=KEYS, how="outer")
    n_singers = published("table2")[[*KEYS, "n_singers"]].drop_duplicates()
    table = table.merge(n_singers.rename(columns={"n_singers": "published_n_singers"}), on=KEYS, how="left")
    counts = ["n_singers", "published_n_singers", "n_runs"]
    columns = [*KEYS, *counts]
    is_comparable = table["n_singers"] == table["published_n_singers"]
    for name in MEASURES:
        difference = table[f"{name}_mean"] - table[f"published_{name}_mean"]
        table[f"difference_{name}"] = difference.where(is_comparable)
        columns += [f"{name}_mean", f"{name}_std", f"published_{name}_mean", f"published_{name}_std"]
        columns += [f"difference_{name}"]
    models = variants_in_order([*variants, *predictions["variant"], *table["model"]])
    return sort_by_order(table.astype(dict.fromkeys(counts, "Int64")), {"corpus": CORPUS_ORDER, "model": models})[
        columns
    ]


def _published_means_and_stds() -> pd.DataFrame:
    means, stds = (
        published_wide("table2", KEYS, statistic).rename(
            columns={f"published_{name}": f"published_{name}_{statistic}" for name in MEASURES}
        )
        for statistic in ("mean", "std")
    )
    return means.merge(stds, on=KEYS)


def _ours(predictions: pd.DataFrame, corpora: list[str]) -> pd.DataFrame:
    summary = mean_and_std(accuracy_by_run(predictions[predictions["corpus"].isin(corpora)]))
    most = summary.groupby(["corpus", "variant"])["n_singers"].transform("max")
    return summary[summary["n_singers"] == most].rename(columns={"variant": "model"}).drop(columns="n_tracks")


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `table2_open_datasets`.
    """
    text = (
        "Mean ± standard deviation over runs; a difference where both are of as many singers. CLMR-like: trained here "
        "on pairs from one track, as CLMR is; the paper's values beside it are those of CLMR's own embeddings, trained "
        "on some four million tracks."
    )
    caption = "Accuracy on FMA and MTG-Jamendo, all singers."
    table = html_table(data.table("table2_open_datasets"), COLUMNS, caption)
    return Section("table2", "Table 2: open datasets", text, [table])
