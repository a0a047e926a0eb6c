"""Table 1 of the paper: the corpora, and how much of each was kept after filtering."""

from collections.abc import Mapping

import pandas as pd

from real_cloned.reporting.html_tables import html_table, number_column
from real_cloned.reporting.labels import corpora_in_order
from real_cloned.reporting.published import published_wide
from real_cloned.reporting.sections.base import CORPUS, ReportData, Section

OPEN_CORPORA = ("fma", "mtg")
"""Those of the paper's corpora that anyone can have."""
COUNTS = {"singers": "Singers", "songs": "Songs", "songs_per_singer_min": "Fewest songs of a singer"}
"""Columns that the paper has as well, and their headings."""
COLUMNS = [CORPUS, number_column("Hours", "hours", ",.1f")] + [
    column
    for key, heading in COUNTS.items()
    for column in (
        number_column("Ours", key, ",d", heading),
        number_column("Paper", f"published_{key}", ",d", heading),
        number_column("Difference", f"difference_{key}", "+,d", heading),
    )
]


def dataset_table(tracks: Mapping[str, pd.DataFrame], splits: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return Table 1, one row per corpus, counting the tracks that were kept, which are those in its splits.

    Args:
        tracks: `schemas.corpora.Tracks` by corpus; may lack a corpus, or be empty.
        splits: `schemas.corpora.Splits` by corpus; may lack a corpus, or be empty.

    Returns:
        Columns: corpus, singers, songs, hours, songs_per_singer_min, published_singers, published_songs,
        published_songs_per_singer_min. A clone counts for each singer that it imitates and that another corpus tests,
        since no other singer can be named. Missing values: the corpus is not configured, or is not the paper's.
    """
    known = published_wide("table1", ["corpus"])
    corpora = corpora_in_order([*known["corpus"], *tracks, *splits])
    kept = {corpus: tracks[corpus].merge(splits[corpus], on="track_id") for corpus in tracks if corpus in splits}
    tested = {singer for table in kept.values() for singer in table.loc[table["role"] == "test", "singer_id"]}
    ours = pd.DataFrame([{"corpus": corpus} | _count_kept(kept.get(corpus), tested) for corpus in corpora])
    table = ours.merge(known, on="corpus", how="left")
    counts = [column for column in table.columns if column not in ("corpus", "hours")]
    columns = ["corpus", "singers", "songs", "hours", "songs_per_singer_min"]
    columns += [f"published_{name}" for name in COUNTS]
    return table.astype(dict.fromkeys(counts, "Int64") | {"hours": "float64"})[columns]


def _count_kept(kept: pd.DataFrame | None, tested: set[str]) -> dict[str, float]:
    if kept is None or kept.empty:
        return dict.fromkeys(["singers", "songs", "hours", "songs_per_singer_min"], float("nan"))
    is_cloned = bool((kept["role"] == "clone").all())
    targets = kept["singer_ids"].explode()
    songs = (targets[targets.isin(tested)] if is_cloned else kept["singer_id"]).value_counts()
    hours = float(kept["duration_s"].sum()) / 3600.0
    return {"singers": len(songs), "songs": len(kept), "hours": hours, "songs_per_singer_min": songs.min()}


def with_differences(table: pd.DataFrame, synthetic: bool) -> pd.DataFrame:
    """Return Table 1 with how many singers and songs of the paper's open datasets were kept here more than there.

    The paper's other corpora are not public, and nobody else's are the same ones.

    Args:
        table: What `dataset_table` returns.
        synthetic: Whether the singers are synthetic; then no corpus is the paper's.

    Returns:
        The columns of `table`, then difference_singers, difference_songs, difference_songs_per_singer_min (ours minus
        published), missing where the recordings are not the paper's.
    """
    is_same = table["corpus"].isin(() if synthetic else OPEN_CORPORA)
    differences = {f"difference_{key}": (table[key] - table[f"published_{key}"]).where(is_same) for key in COUNTS}
    return table.assign(**differences)


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `table1_datasets`, and for whether singers are synthetic.
    """
    table = data.table("table1_datasets")
    if len(table):
        table = with_differences(table, data.parameters.synthetic)
    text = (
        "What was kept after filtering, beside what the paper kept. A difference is given where both count the same "
        "recordings, those of FMA or of MTG-Jamendo."
    )
    return Section("table1", "Table 1: corpora", text, [html_table(table, COLUMNS, "Tracks kept in each corpus.")])
