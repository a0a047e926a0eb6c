"""Which song is it? How well each method finds the other performances of a work, a picture of works, and the voice."""

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.reporting.html_tables import HtmlTable, html_table, number_column, percent_column, text_column
from real_cloned.reporting.sections.base import CORPUS, ReportData, Section
from real_cloned.reporting.theme import GRID, report_figure, write_no_data

LABELS = {
    "chroma_mean": "Mean chroma, best transposition",
    "cross_correlation": "Cross-correlation of profiles",
    "qmax": "Qmax",
    "siamese": "Siamese network",
    "encoder": "Retrieval encoder",
    "encoder_hubs": "Retrieval encoder, hubs corrected",
}
COLUMNS = [
    text_column("Method", "label"),
    number_column("Queries", "n_queries", ",.0f"),
    number_column("Candidates", "n_candidates", ",.0f"),
    number_column("MAP", "mean_average_precision", ".3f"),
    number_column("MR1", "mean_rank_1", ".1f"),
    number_column("Top-1 (%)", "top1", ".1f"),
    number_column("Top-10 (%)", "top10", ".1f"),
]

MARK_COLUMNS = [
    text_column("Nearest by", "label"),
    number_column("Limit", "threshold", ".3f"),
    number_column("All", "n_clones", ",d", "Clones"),
    number_column("Of a reference", "n_of_reference", ",d", "Clones"),
    number_column("Found", "n_right", ",d", "Clones"),
    number_column("Marked", "n_marked_clones", ",d", "Clones"),
    number_column("All", "n_real", ",d", "Real tracks"),
    number_column("Marked", "n_marked_real", ",d", "Real tracks"),
    percent_column("Of the mark", "precision", "Precision (%)"),
    percent_column("If all were marked", "share_of_clones", "Precision (%)"),
    percent_column("All clones", "recall", "Recall (%)"),
    percent_column("Of a reference", "recall_of_reference", "Recall (%)"),
]
MARK_CAPTION = (
    "Work and voice together. A track is marked where its nearest reference, a training track of an enrolled singer, "
    "is more similar than the limit and not by the singer who was named. Precision: marked tracks that are clones; "
    "recall: clones that are marked, of all and of those that were made of a reference. The method comes from works "
    "that are not in the study, the limit from the references alone. A clone here has the accompaniment of the track "
    "that it was made of, in its key and tempo, and no real track here is a cover: with music it is harder."
)
VOICE_COLUMNS = [
    CORPUS,
    text_column("Track", "track_id"),
    text_column("Nearest", "nearest_id"),
    number_column("Similarity", "similarity", ".3f"),
    text_column("Its singer", "known_singers"),
    text_column("Named", "named"),
    text_column("", "reading"),
]
MAX_ROWS = 150
"""More tracks than this are not shown on the page; those that are marked come first."""


def cover_rows(results: pd.DataFrame) -> pd.DataFrame:
    """Return the table as the page shows it: methods by their labels, shares in percent.

    Args:
        results: `schemas.covers.CoverResults`; may be empty.
    """
    if results.empty:
        return pd.DataFrame()
    shares = {name: 100 * results[name] for name in ("top1", "top10")}
    return results.assign(label=[LABELS.get(name, name) for name in results["method"]], **shares)


@report_figure
def draw_cover_map(numbers: pd.DataFrame) -> Figure:
    """Return the map of works: a colour for each, a point for each performance.

    Args:
        numbers: `schemas.covers.CoverMap`; without rows the figure says so.
    """
    figure = Figure(figsize=(6.0, 5.0), layout="constrained")
    axes = figure.subplots()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(visible=True, color=GRID)
    if numbers.empty:
        write_no_data(axes)
        return figure
    for number, (work, rows) in enumerate(numbers.groupby("work_id")):
        axes.scatter(rows["x"], rows["y"], s=36, color=f"C{number % 10}", label=str(work))
    axes.set_xlabel("first principal component")
    axes.set_ylabel("second principal component")
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def mark_rows(voices: pd.DataFrame) -> pd.DataFrame:
    """Return how often the mark is right, in one row; no row where there is no track.

    Args:
        voices: `schemas.covers.CoverVoices`; may be empty.

    Returns:
        Columns: those of `MARK_COLUMNS`; shares from 0 to 1, NaN where there is nothing to divide by.
    """
    if voices.empty:
        return pd.DataFrame()
    is_clone, is_marked = voices["is_clone"].astype(bool), voices["mark"].notna()
    of_reference = is_clone & voices["has_reference"].astype(bool)
    method = voices["method"].iloc[0]
    return pd.DataFrame(
        [
            {
                "label": LABELS.get(method, method),
                "threshold": voices["threshold"].iloc[0],
                "n_clones": is_clone.sum(),
                "n_of_reference": of_reference.sum(),
                "n_right": (is_clone & voices["is_right"].astype(bool)).sum(),
                "n_marked_clones": (is_clone & is_marked).sum(),
                "n_real": (~is_clone).sum(),
                "n_marked_real": (~is_clone & is_marked).sum(),
                "precision": is_clone[is_marked].mean(),
                "share_of_clones": is_clone.mean(),
                "recall": is_marked[is_clone].mean(),
                "recall_of_reference": is_marked[of_reference].mean(),
            }
        ]
    )


def voice_table(voices: pd.DataFrame) -> HtmlTable:
    """Return the tracks with their nearest reference and the voice that was named, those that are marked first.

    Args:
        voices: `schemas.covers.CoverVoices`; may be empty.
    """
    caption = "The nearest reference of each track, and the voice that was named."
    if voices.empty:
        return html_table(pd.DataFrame(), VOICE_COLUMNS, caption)
    unknown = voices["mark"].where(voices["is_known"].astype(bool), "work not known")
    shown = voices.assign(reading=unknown).sort_values("mark", kind="stable", na_position="last")[:MAX_ROWS]
    if len(shown) < len(voices):
        caption += f" {len(shown)} of {len(voices):,} are shown."
    return html_table(shown, VOICE_COLUMNS, caption)


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `cover_results` and `cover_voices`.
    """
    text = (
        "Version identification, which kedro run --pipelines=covers makes: each performance of a work is a query for "
        "the others, in whatever key, tempo and voice. MAP is the mean average precision, MR1 the mean rank of the "
        "first performance that is right. The works and singers of the benchmark were met in no training."
    )
    tables = [html_table(cover_rows(data.table("cover_results")), COLUMNS, "Version identification by method.")]
    voices = data.table("cover_voices")
    if not voices.empty:
        tables += [html_table(mark_rows(voices), MARK_COLUMNS, MARK_CAPTION), voice_table(voices)]
    return Section("covers", "Which song is it?", text, tables)
