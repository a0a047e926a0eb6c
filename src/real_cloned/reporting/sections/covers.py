"""Which song is it? How well each method finds the other performances of a work, and a picture of works."""

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.reporting.html_tables import html_table, number_column, text_column
from real_cloned.reporting.sections.base import ReportData, Section
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


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `cover_results`.
    """
    text = (
        "Version identification, which kedro run --pipelines=covers makes: each performance of a work is a query for "
        "the others, in whatever key, tempo and voice. MAP is the mean average precision, MR1 the mean rank of the "
        "first performance that is right. The works and singers of the benchmark were met in no training."
    )
    return Section(
        "covers",
        "Which song is it?",
        text,
        [html_table(cover_rows(data.table("cover_results")), COLUMNS, "Version identification by method.")],
    )
