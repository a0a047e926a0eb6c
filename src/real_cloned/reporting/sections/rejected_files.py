"""Rejected files: how many files and tracks each stage left out, and why."""

from collections.abc import Mapping

import pandas as pd

from real_cloned.reporting.html_tables import html_table, number_column, text_column
from real_cloned.reporting.labels import corpora_in_order, sort_by_order
from real_cloned.reporting.sections.base import CORPUS, ReportData, Section
from real_cloned.reporting.stage_tables import reason_kind

TABLE_COLUMNS = ["corpus", "stage", "reason", "n"]
COLUMNS = [CORPUS, text_column("Stage", "stage"), text_column("Reason", "reason"), number_column("Files", "n", ",d")]
MAX_ROWS = 40
"""More reasons than this are not shown on the page."""


def rejected_files_table(rejected: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how many files each stage left out, and why; the most frequent reason comes first in each corpus.

    Args:
        rejected: `schemas.corpora.Rejected` by corpus; any may be empty.

    Returns:
        Columns: corpus, stage, reason (its kind, without what is particular to one file), n (files).
    """
    counts = [
        table.groupby(["stage", reason_kind(table["reason"])]).size().reset_index(name="n").assign(corpus=corpus)
        for corpus, table in rejected.items()
        if not table.empty
    ]
    if not counts:
        return pd.DataFrame(columns=TABLE_COLUMNS)
    table = pd.concat(counts).sort_values(["n", "stage", "reason"], ascending=[False, True, True])
    return sort_by_order(table[TABLE_COLUMNS].reset_index(drop=True), {"corpus": corpora_in_order(rejected)})


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `rejected_files`, `rejected_by_separation` and `embeddings`.
    """
    counts = [
        data.table("rejected_files"),
        _count_tracks(data.table("rejected_by_separation")),
        _count_unembedded(data.table("embeddings")),
    ]
    counts = [count for count in counts if len(count)] or [pd.DataFrame(columns=TABLE_COLUMNS)]
    table = pd.concat(counts, ignore_index=True)
    table = sort_by_order(table, {"corpus": corpora_in_order(dict.fromkeys(table["corpus"]))})
    total = 0 if table.empty else int(table["n"].sum())
    text = (
        f"{total:,} files or tracks were left out, of the study or of a variant; the tables of their stages name them."
    )
    if len(table) > MAX_ROWS:
        text += f" The {MAX_ROWS} most frequent reasons of {len(table)} are shown."
        table = table.loc[table["n"].nlargest(MAX_ROWS).index.sort_values()]
    caption = "Files left out, by corpus, stage and reason."
    return Section("rejected", "Files left out", text, [html_table(table, COLUMNS, caption)])


def _count_tracks(tracks: pd.DataFrame) -> pd.DataFrame:
    """Return how many tracks separation rejected, as `rejected_files_table` does, of a table with a row per track."""
    by_corpus = tracks.groupby("corpus") if len(tracks) else ()
    return rejected_files_table({str(corpus): rows for corpus, rows in by_corpus})


def _count_unembedded(embeddings: pd.DataFrame) -> pd.DataFrame:
    """Return how many tracks each variant failed to embed, as `rejected_files_table` does, of the stage's summary."""
    rows = []
    if "failed_tracks" in embeddings:  # a table of an earlier version has no such column
        for name, n_failed in zip(embeddings["dataset"], embeddings["failed_tracks"], strict=True):
            variant, corpus, kind = name.split(".")
            rows.append((corpus, "embed", f"failed: {variant} ({kind.replace('_', ' ')})", n_failed))
    table = pd.DataFrame(rows, columns=TABLE_COLUMNS)
    return table[table["n"] > 0]
