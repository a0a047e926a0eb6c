"""Singer by singer: how often each singer of the closed corpus was identified, and what was said of each test track."""

import pandas as pd

from real_cloned.reporting.html_tables import html_table, number_column, text_column
from real_cloned.reporting.labels import label, variants_in_order
from real_cloned.reporting.sections.base import VARIANT, ReportData, Section

KEYS = ["singer_id", "n_train_tracks"]
TRACK_KEYS = ["track_id", "singer_id", "variant"]
MAX_ROWS = 60
"""More singers than this are not shown on the page; nor are test tracks, if there are more answers than this."""
TRACK_COLUMNS = [
    text_column("Singer", "singer_id"), VARIANT, text_column("Named", "named"),
    number_column("Right (% of runs)", "named_right"), number_column("Confidence (%)", "confidence"),
    text_column("Test track", "track_id"),
]  # fmt: skip
TRACK_CAPTION = (
    "What was said of each test track. The confidence is the probability that the model gives to the singer that it "
    "names, among those enrolled. It was fitted to one validation track of each singer: with few singers it says which "
    "answers are surer than others, not how often they are right."
)


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


def answer_table(predictions: pd.DataFrame, confidences: pd.DataFrame) -> pd.DataFrame:
    """Return what was said of each test track of the closed corpus, at the largest number of singers.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora.
        confidences: `schemas.results.Confidences` of the same.

    Returns:
        Columns: track_id, singer_id, variant, named (the singer that most runs name), named_right (percentage of runs
        that name the right one), confidence (mean calibrated probability of the answers, percent).
    """
    closed = predictions[predictions["corpus"] == "closed"]
    most = closed[closed["n_singers"] == closed["n_singers"].max()]
    most = most.assign(
        singer_id=most["true_ids"].str[0], answer=most["top5_ids"].str[0], named_right=most["is_top1"] * 100.0
    )
    runs = ["variant", "corpus", "n_singers", "run", "track_id"]
    most = most.merge(confidences[[*runs, "calibrated"]], on=runs)
    table = most.groupby(TRACK_KEYS, sort=True).agg(
        named=("answer", _most_frequent), named_right=("named_right", "mean"), confidence=("calibrated", "mean")
    )
    table["confidence"] *= 100.0
    rounded: pd.DataFrame = table.round(1).reset_index()
    return rounded


def section(data: ReportData) -> Section:
    """Return the section of the page: those singers who were hardest to identify come first.

    Args:
        data: Read for `singers` and `test_tracks`.
    """
    table = data.table("singers")
    variants = [str(name) for name in table.columns if name not in KEYS]
    columns = [text_column("Singer", "singer_id"), number_column("Training tracks", "n_train_tracks", ",d")]
    columns += [number_column(label(variant), variant, group="Named right (% of runs)") for variant in variants]
    hardest = _hardest(table, variants)
    text = "How often the test track of each singer of the closed corpus was named right, at most singers run."
    if len(hardest) < len(table):
        text += f" The {len(hardest)} hardest of {len(table):,} singers are shown."
    tables = [html_table(hardest, columns, "Singers, the hardest first.")]
    tracks = data.table("test_tracks")
    if 0 < len(tracks) <= MAX_ROWS:
        tables.append(html_table(tracks, TRACK_COLUMNS, TRACK_CAPTION))
    return Section("singers", "Singer by singer", text, tables)


def _most_frequent(names: pd.Series) -> str:
    return str(names.mode().iloc[0])


def _hardest(table: pd.DataFrame, variants: list[str]) -> pd.DataFrame:
    if table.empty or not variants:
        return table
    order = table[variants].mean(axis=1).sort_values(kind="stable").index
    return table.loc[order[:MAX_ROWS]]
