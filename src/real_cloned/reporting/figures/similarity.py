"""Figure 4: how near a test track's embeddings are to those of other tracks and of its own stems."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.reporting.figures.style import INK, house_style, plain, say_no_data
from real_cloned.reporting.names import MODELS, REFERENCE_NAMES, REFERENCES, label, sort_by_order

BARS = {
    "other": ("#aa4499", ""),
    "validation": ("#cc3311", "///"),
    "vocals": ("#009988", "..."),
    "accompaniment": ("#ee8833", "\\\\\\"),
    "test": ("#0077bb", ""),
}
"""Each reference's colour (the paper's purple, red, green, orange, blue, in shades that colour-blind
readers can tell apart) and its hatch."""


def figure4_numbers(similarities: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 4's numbers: variant, reference, similarity_percent, n_tracks.

    similarities : Similarities of any variants

    similarity_percent : 100 times the mean cosine similarity over the test tracks; n_tracks : how many those are
    """
    grouped = similarities.groupby(["variant", "reference"])
    table = grouped.agg(similarity_percent=("similarity", "mean"), n_tracks=("track_id", "nunique")).reset_index()
    table["similarity_percent"] *= 100.0
    return sort_by_order(table, {"variant": MODELS, "reference": REFERENCES})


@house_style()
def draw_figure4(numbers: pd.DataFrame) -> Figure:
    """Return Figure 4: a group of bars per variant, a bar per reference, its value written on it.

    numbers : what `figure4_numbers` returns; without rows the figure says so
    """
    variants = list(dict.fromkeys(numbers["variant"]))
    figure = Figure(figsize=(max(7.2, 1.15 * len(variants)), 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_ylabel("Mean cosine similarity (%)")
    axes.set_ylim(min(0.0, 1.15 * numbers["similarity_percent"].min()) if len(numbers) else 0.0, 106.0)
    if numbers.empty:
        say_no_data(axes)
        return figure
    for shift, reference in zip(_shifts(), REFERENCES, strict=True):
        _draw_reference(axes, numbers[numbers["reference"] == reference], variants, shift)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xticks(range(len(variants)), [plain(label(variant)) for variant in variants])
    axes.grid(False, axis="x")
    figure.legend(loc="outside lower center", ncols=5, columnspacing=1.4, handlelength=1.6)
    return figure


def _draw_reference(axes: Axes, rows: pd.DataFrame, variants: list[str], shift: float) -> None:
    if rows.empty:
        return
    reference = rows["reference"].iloc[0]
    colour, hatch = BARS[reference]
    places = [variants.index(variant) + shift for variant in rows["variant"]]
    bars = axes.bar(
        places,
        rows["similarity_percent"],
        width=0.15,
        color=colour,
        edgecolor="white",
        hatch=hatch,
        label=REFERENCE_NAMES[reference],
    )
    axes.bar_label(bars, fmt="{:.0f}", padding=2, fontsize=7, color=INK)


def _shifts() -> np.ndarray:
    """Return where the bars of a group stand beside its place."""
    return 0.16 * (np.arange(len(REFERENCES)) - 0.5 * (len(REFERENCES) - 1))
