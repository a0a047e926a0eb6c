"""A map of singers: their embeddings laid out in the plane by t-SNE, so that neighbours stay neighbours.

Distances on the map mean little beyond who is next to whom, and the axes have no unit. Source: van der Maaten and
Hinton, "Visualizing data using t-SNE", JMLR 2008.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from real_cloned.reporting.html_tables import html_table, number_column, text_column
from real_cloned.reporting.labels import variants_in_order
from real_cloned.reporting.sections.base import VARIANT, ReportData, Section, draw_unless_empty
from real_cloned.reporting.theme import GRID, INK, escape_mathtext, report_figure, variant_label, write_no_data

MIN_POINTS = 3
"""Fewer points than this have no map."""
PERPLEXITY = 30.0
MAX_NAMES = 25
"""With more singers than this their names would cover the map."""
MAX_PANELS_PER_ROW = 3
MARKER: dict[str, Any] = {"markersize": 5, "markeredgecolor": INK, "markeredgewidth": 0.4}
HUE_RANGE = (0.08, 0.92)
"""The part of the scale of colours that is used: its ends are too dark to tell apart."""
MAX_ROWS = 400
"""More points than this are not listed on the page."""
COLUMNS = [VARIANT, text_column("Singer", "singer_id"), number_column("x", "x", ".2f"), number_column("y", "y", ".2f")]


def singer_map_table(averages: Mapping[str, pd.DataFrame], seed: int = 0) -> pd.DataFrame:
    """Return the maps of all variants in one table.

    Args:
        averages: Embeddings by variant, as `singer_map_numbers` takes them; a variant with fewer than three has no
            rows.
        seed: As in `singer_map_numbers`.

    Returns:
        Columns: variant, singer_id, x, y.
    """
    maps = [
        singer_map_numbers(averages[variant], seed).assign(variant=variant) for variant in variants_in_order(averages)
    ]
    return pd.concat(maps, ignore_index=True)[["variant", "singer_id", "x", "y"]]


def singer_map_numbers(averages: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return where each embedding lies on the map, in the order of the rows.

    Args:
        averages: Columns: singer_id and embedding (lists of numbers, of one length), as
            `schemas.results.SingerAverages`; a singer may have several rows.
        seed: Of t-SNE's initial positions.

    Returns:
        Columns: singer_id, x, y. Fewer than three embeddings give a table without rows.
    """
    if len(averages) < MIN_POINTS:
        return pd.DataFrame(
            {"singer_id": pd.Series(dtype="str"), "x": pd.Series(dtype=float), "y": pd.Series(dtype=float)}
        )
    embeddings = np.array(averages["embedding"].tolist(), np.float64)  # (n_points, embedding_size)
    perplexity = min(PERPLEXITY, (len(embeddings) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, init="random", metric="cosine", random_state=seed)
    positions = tsne.fit_transform(embeddings)  # (n_points, 2)
    return pd.DataFrame({"singer_id": averages["singer_id"].to_numpy(), "x": positions[:, 0], "y": positions[:, 1]})


@report_figure
def draw_singer_maps(numbers: pd.DataFrame) -> Figure:
    """Return a panel per variant, in rows of three; each singer has the same colour in all of them.

    Args:
        numbers: What `singer_map_table` returns; without rows the figure says so.
    """
    variants = list(dict.fromkeys(numbers["variant"])) or [""]
    n_columns = min(len(variants), MAX_PANELS_PER_ROW)
    n_rows = -(-len(variants) // n_columns)
    figure = Figure(figsize=(3.6 * n_columns, 3.8 * n_rows), layout="constrained")
    panels = [figure.add_subplot(n_rows, n_columns, index + 1) for index in range(len(variants))]
    for axes, variant in zip(panels, variants, strict=True):
        axes.set_title(variant_label(variant))
        _draw_map(axes, numbers[numbers["variant"] == variant])
    return figure


@report_figure
def draw_singer_map(numbers: pd.DataFrame) -> Figure:
    """Return a single map: a colour and, where singers are few, a name per singer.

    Args:
        numbers: What `singer_map_numbers` returns; without rows the figure says so.
    """
    figure = Figure(figsize=(6.0, 6.0), layout="constrained")
    _draw_map(figure.subplots(), numbers)
    return figure


def _draw_map(axes: Axes, numbers: pd.DataFrame) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(visible=True, color=GRID)
    if numbers.empty:
        write_no_data(axes)
        return
    singers = sorted(set(numbers["singer_id"]))
    for index, singer in enumerate(singers):
        rows = numbers[numbers["singer_id"] == singer]
        _draw_singer(axes, rows, hue=index / max(len(singers) - 1, 1), with_name=len(singers) <= MAX_NAMES)
    axes.set_aspect("equal", adjustable="datalim")


def _draw_singer(axes: Axes, rows: pd.DataFrame, hue: float, with_name: bool) -> None:
    """Draw the points of one singer; hue: from 0 to 1."""
    singer = escape_mathtext(rows["singer_id"].iloc[0])
    colour = colormaps["turbo"](HUE_RANGE[0] + hue * (HUE_RANGE[1] - HUE_RANGE[0]))
    axes.plot(rows["x"], rows["y"], "o", color=colour, label=singer, **MARKER)
    if with_name:
        centre = (float(rows["x"].mean()), float(rows["y"].mean()))
        axes.annotate(singer, centre, xytext=(4, 4), textcoords="offset points", fontsize=7, color=INK)


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `singer_map_numbers`.
    """
    numbers = data.table("singer_map_numbers")
    text = (
        "The average embedding of each singer of the closed corpus, laid out by t-SNE so that neighbours stay "
        "neighbours; longer distances and the axes mean nothing. A singer has the same colour in every panel."
    )
    if len(numbers) > MAX_ROWS:
        text += f" The table holds the first {MAX_ROWS} of {len(numbers):,} places; all stand in singer_map.csv."
    table = html_table(numbers[:MAX_ROWS], COLUMNS, "The places drawn.")
    return Section("singer_map", "A map of singers", text, [table], draw_unless_empty(draw_singer_maps, numbers))
