"""Singer by singer: how often each singer of the closed corpus was identified."""

import pandas as pd

from real_cloned.reporting.html_tables import html_table, number_column, text_column
from real_cloned.reporting.labels import label, variants_in_order
from real_cloned.reporting.sections.base import ReportData, Section

KEYS = ["singer_id", "n_train_tracks"]
MAX_ROWS = 60
"""More singers than this are not shown on the page."""


def singer_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return how often each singer of the closed corpus was identified, at the largest number of singers.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora.

    Returns:
        Columns: singer_id, n_train_tracks, then one per variant, named after it: the percentage of runs in which the
        test track was identified.
    """
    closed = predictions[predictions["corpus"] == "closed"]
    most = closed[closed["n_singers"] == closed["n_singers"].max()]
    most = most.assign(singer_id=most["true_ids"].str[0], top1=most["is_top1"].astype(float) * 100)
    pivoted = most.pivot_table(index=KEYS, columns="variant", values="top1")
    table = pivoted.round(1).reset_index().rename_axis(columns=None)
    ordered: pd.DataFrame = table.reindex(columns=[*KEYS, *variants_in_order(most["variant"])])
    return ordered


def section(data: ReportData) -> Section:
    """Return the section of the page: those singers who were hardest to identify come first.

    Args:
        data: Read for `singers`.
    """
    table = data.table("singers")
    variants = [str(name) for name in table.columns if name not in KEYS]
    columns = [text_column("Singer", "singer_id"), number_column("Training tracks", "n_train_tracks", ",d")]
    columns += [number_column(label(variant), variant, group="Named right (% of runs)") for variant in variants]
    hardest = _hardest(table, variants)
    text = "How often the test track of each singer of the closed corpus was named right, at most singers run."
    if len(hardest) < len(table):
        text += f" The {len(hardest)} hardest of {len(table):,} singers are shown."
    return Section("singers", "Singer by singer", text, [html_table(hardest, columns, "Singers, the hardest first.")])


def _hardest(table: pd.DataFrame, variants: list[str]) -> pd.DataFrame:
    if table.empty or not variants:
        return table
    order = table[variants].mean(axis=1).sort_values(kind="stable").index
    return table.loc[order[:MAX_ROWS]]
