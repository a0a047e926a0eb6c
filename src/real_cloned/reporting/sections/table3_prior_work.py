"""Table 3 of the paper: the Mixture variant beside earlier work, at the same number of singers."""

import pandas as pd

from real_cloned.reporting.aggregation import accuracy_by_run, mean_and_std
from real_cloned.reporting.html_tables import html_table, label_column, number_column
from real_cloned.reporting.published import published, published_wide
from real_cloned.reporting.sections.base import N_SINGERS, TOP1_TOP5, ReportData, Section

MEASURES = ("top1", "top5")
COLUMNS = [N_SINGERS, label_column("Method", "method"), label_column("Dataset", "dataset")] + [
    column
    for name, key in TOP1_TOP5
    for column in (
        number_column("Ours", key, group=name),
        number_column("Paper", f"published_{key}", group=name),
        number_column("Difference", f"difference_{key}", "+.1f", name),
    )
]


def prior_work_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return Table 3, one row per number of singers and method.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora; the variant mixture on the closed corpus
            is taken.

    Returns:
        Columns: n_singers, method, dataset, then in percent top1, top5, published_top1, published_top5,
        difference_top1, difference_top5. Our largest number of singers comes last, where the paper has no row for it.
        NaN: the paper has no such value, or we have none.
    """
    ours = mean_and_std(accuracy_by_run(predictions[predictions["variant"] == "mixture"]))
    ours = ours[ours["corpus"] == "closed"].rename(columns={"top1_mean": "top1", "top5_mean": "top5"})
    ours = ours.rename(columns={"variant": "model"})[["corpus", "model", "n_singers", *MEASURES]]
    shown = ours["n_singers"].isin([*published("table3")["n_singers"], ours["n_singers"].max()])
    keys = ["n_singers", "model", "corpus"]
    table = published_wide("table3", keys).merge(ours[shown], on=keys, how="outer")
    for name in MEASURES:
        table[f"difference_{name}"] = table[name] - table[f"published_{name}"]
    table["is_new"] = table["published_top1"].isna()
    table = table.sort_values(["is_new", "n_singers", "published_top1"]).reset_index(drop=True)
    columns = [f"{prefix}{name}" for prefix in ("", "published_", "difference_") for name in MEASURES]
    return table.rename(columns={"model": "method", "corpus": "dataset"})[["n_singers", "method", "dataset", *columns]]


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `table3_prior_work`.
    """
    text = (
        "References as the paper numbers them: [16] Yakura et al. 2022, [18] Lee and Nam 2019, [19] Kim et al. 2021. "
        "MSD is the Million Song Dataset. The closed corpus is not the same one in the paper and here."
    )
    caption = "The Mixture model beside earlier work at the same number of singers."
    table = html_table(data.table("table3_prior_work"), COLUMNS, caption)
    return Section("table3", "Table 3: earlier work", text, [table])
