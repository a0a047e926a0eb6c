"""Accuracy by language, which section 4.2 of the paper describes without a figure."""

import pandas as pd

from real_cloned.reporting.aggregation import accuracy_by_run, at_most_singers, mean_and_std
from real_cloned.reporting.html_tables import html_table, interval_column, number_column, text_column
from real_cloned.reporting.published import published
from real_cloned.reporting.sections.base import N_RUNS, N_SINGERS, N_TRACKS, ReportData, Section

PUBLISHED_N_SINGERS = 1500
"""Singers among whom the paper told languages apart (section 4.2)."""
COLUMNS = [
    text_column("Language", "language"),
    N_SINGERS,
    N_RUNS,
    N_TRACKS,
    number_column("Top-1 mean (%)", "top1_mean"),
    number_column("Top-5 mean (%)", "top5_mean"),
    number_column("Ours", "top5_median", group="Top-5 median (%)"),
    interval_column("Paper, all languages", "published_low", "published_high", "Top-5 median (%)"),
    number_column("Difference", "beyond", "+.1f", "Top-5 median (%)"),
]


def language_table(predictions: pd.DataFrame, variant: str = "vocal") -> pd.DataFrame:
    """Return the accuracy by language at the largest number of singers on the closed corpus.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora; tracks of no known language are left
            out.
        variant: The variant to take.

    Returns:
        Columns: language, n_singers, n_runs, n_tracks (mean of a run), then over runs in percent top1_mean, top5_mean,
        top5_median (the paper's measure). Languages with most test tracks come first.
    """
    runs = accuracy_by_run(at_most_singers(predictions, "closed", variant), ("language",))
    medians = runs.groupby("language").agg(top5_median=("top5", "median")).reset_index()
    table = mean_and_std(runs, ("language",)).merge(medians, on="language")
    table = table.sort_values(["n_tracks", "language"], ascending=[False, True]).reset_index(drop=True)
    return table[["language", "n_singers", "n_runs", "n_tracks", "top1_mean", "top5_mean", "top5_median"]]


def languages_with_published(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table beside the range of medians that the paper gives for all its languages together.

    Args:
        table: What `language_table` returns.

    Returns:
        The columns of `table`, then published_low, published_high (percent), and beyond: by how many percentage points
        our median lies outside of them, 0 inside, NaN at another number of singers than the paper's.
    """
    low, high = published("languages")["mean"]
    if table.empty:
        return table
    beyond = (table["top5_median"] - high).clip(lower=0.0) + (table["top5_median"] - low).clip(upper=0.0)
    comparable = table["n_singers"] == PUBLISHED_N_SINGERS
    return table.assign(published_low=low, published_high=high, beyond=beyond.where(comparable))


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `languages`.
    """
    low, high = published("languages")["mean"]
    text = (
        "The paper found no bias towards a language: among its 10 common languages the median top-5 accuracy lay "
        f"between {low:.0f} and {high:.0f} % with {PUBLISHED_N_SINGERS:,} singers (section 4.2). The "
        "difference is how far ours lies outside that range, at that number of singers. Vocal model, most singers "
        "run:"
    )
    table = languages_with_published(data.table("languages"))
    return Section("languages", "Languages", text, [html_table(table, COLUMNS, "Accuracy by language.")])
