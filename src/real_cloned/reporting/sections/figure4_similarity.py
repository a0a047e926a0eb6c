"""Figure 4 of the paper: how near a test track's embeddings are to those of other tracks and of its own stems."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.reporting.html_tables import format_range, html_table, label_column, number_column
from real_cloned.reporting.labels import sort_by_order, variants_in_order
from real_cloned.reporting.published import published_with_ours
from real_cloned.reporting.sections.base import (
    MODEL,
    N_SINGERS,
    NO_DATA,
    VARIANT,
    ReportData,
    Section,
    draw_unless_empty,
    published_caption,
    published_columns,
)
from real_cloned.reporting.theme import INK, report_figure, variant_label, write_no_data


class Reference(NamedTuple):
    """What test tracks are compared with.

    Attributes:
        label: What it is called.
        colour: Of its bars: the paper's purple, red, green, orange, blue, in shades that colour-blind readers can tell
            apart.
        hatch: Of its bars.
    """

    label: str
    colour: str
    hatch: str


REFERENCES = {
    "other": Reference("another singer's track", "#aa4499", ""),
    "validation": Reference("own validation track", "#cc3311", "///"),
    "vocals": Reference("own vocal stem", "#009988", "..."),
    "accompaniment": Reference("own instrumental stem", "#ee8833", "\\\\\\"),
    "test": Reference("same track", "#0077bb", ""),
}
"""In the order of the paper's caption."""
LEGEND_WIDTH = 9.0
"""Inches of a figure in which these labels stand side by side."""
REFERENCE_LABELS = {name: reference.label for name, reference in REFERENCES.items()}
COLUMNS = [
    VARIANT,
    label_column("Compared with", "reference", REFERENCE_LABELS),
    number_column("Test tracks", "n_tracks", ",d"),
    number_column("Similarity (%)", "similarity_percent"),
]


def figure4_numbers(similarities: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 4's numbers, one row per variant and reference.

    Args:
        similarities: `schemas.results.Similarities` of any variants.

    Returns:
        Columns: variant, reference, similarity_percent (100 times the mean cosine similarity over the test tracks),
        n_tracks (how many those are).
    """
    grouped = similarities.groupby(["variant", "reference"])
    table = grouped.agg(similarity_percent=("similarity", "mean"), n_tracks=("track_id", "nunique")).reset_index()
    table["similarity_percent"] *= 100.0
    variants = variants_in_order(similarities["variant"])
    return sort_by_order(table, {"variant": variants, "reference": tuple(REFERENCES)})


def figure4_with_published(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the published similarities beside ours, as `published.published_with_ours` does.

    The paper's are those of one test track of each of its singers; ours are compared if they are of as many.

    Args:
        numbers: What `figure4_numbers` returns.
    """
    keys = ["model", "group", "n_singers"]
    if numbers.empty:
        return published_with_ours("figure4", None, keys)
    names = {"variant": "model", "reference": "group", "n_tracks": "n_singers", "similarity_percent": "ours"}
    ours = numbers.rename(columns=names)
    return published_with_ours("figure4", ours[[*keys, "ours"]], keys)


@report_figure
def draw_figure4(numbers: pd.DataFrame) -> Figure:
    """Return Figure 4: a group of bars per variant, a bar per reference, its value written on it.

    Args:
        numbers: What `figure4_numbers` returns; without rows the figure says so.
    """
    variants = list(dict.fromkeys(numbers["variant"]))
    figure = Figure(figsize=(max(7.2, 1.15 * len(variants)), 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_ylabel("Mean cosine similarity (%)")
    axes.set_ylim(min(0.0, 1.15 * numbers["similarity_percent"].min()) if len(numbers) else 0.0, 106.0)
    if numbers.empty:
        write_no_data(axes)
        return figure
    offsets = 0.16 * (np.arange(len(REFERENCES)) - 0.5 * (len(REFERENCES) - 1))
    for offset, (name, reference) in zip(offsets, REFERENCES.items(), strict=True):
        rows = numbers[numbers["reference"] == name]
        positions = [variants.index(variant) + offset for variant in rows["variant"]]
        _draw_reference(axes, positions, rows["similarity_percent"], reference)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xticks(range(len(variants)), [variant_label(variant) for variant in variants])
    axes.grid(False, axis="x")
    n_columns = len(REFERENCES) if figure.get_figwidth() >= LEGEND_WIDTH else 3
    figure.legend(loc="outside lower center", ncols=n_columns, columnspacing=1.4, handlelength=1.6)
    return figure


def _draw_reference(axes: Axes, positions: list[float], heights: pd.Series, reference: Reference) -> None:
    if heights.empty:
        return
    bars = axes.bar(
        positions,
        heights,
        width=0.15,
        color=reference.colour,
        edgecolor="white",
        hatch=reference.hatch,
        label=reference.label,
    )
    axes.bar_label(bars, fmt="{:.0f}", padding=2, fontsize=7, color=INK)


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `figure4_numbers`.
    """
    numbers = data.table("figure4_numbers")
    columns = published_columns(MODEL, label_column("Compared with", "group", REFERENCE_LABELS), N_SINGERS)
    tables = [
        html_table(figure4_with_published(numbers), columns, published_caption(4)),
        html_table(numbers, COLUMNS, "The numbers drawn."),
    ]
    figure = draw_unless_empty(draw_figure4, numbers)
    return Section("figure4", "Figure 4: similarity", _caption(numbers), tables, figure)


def _caption(numbers: pd.DataFrame) -> str:
    if numbers.empty:
        return NO_DATA
    return (
        f"Mean cosine similarity of the embeddings of {format_range(numbers['n_tracks'])} test tracks of the closed "
        "corpus to those of another singer's track, the same singer's validation track, the test track's own vocal and "
        "instrumental stems, and other segments of the same track. One encoder of each model. Where an encoder follows "
        "the voice rather than the band, the vocal stem stands above the instrumental one. No segment is compared with "
        "itself: of an encoder that takes vocals, the vocal stem is the same track, and both have the same bar."
    )
