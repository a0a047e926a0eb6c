"""Which singer is heard in a clone: accuracy and nearness to the target by clone method, and similarity to voices."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.reporting.cross_synthesis import ALL
from real_cloned.reporting.figures.style import (
    INK,
    PALE,
    Look,
    draw_means,
    house_style,
    looks,
    percent_axis,
    plain,
    say_no_data,
)
from real_cloned.reporting.names import VOICES, label

BARS = {
    "target": ("#0077bb", ""),
    "source": ("#ee8833", "///"),
    "original": ("#cc3311", "..."),
}
"""Each voice's colour and hatch."""
PANELS = {"top1_mean": "Top-1 accuracy (%)", "nearer_target": "Nearer to target than source (%)"}


@house_style()
def draw_cross_synthesis(numbers: pd.DataFrame) -> Figure:
    """Return the figure: above, accuracy and nearness by clone method; below, how similar all clones are.

    numbers : what `cross_synthesis.cross_synthesis_numbers` returns; a panel without rows says so
    """
    figure = Figure(figsize=(7.2, 6.0), layout="constrained")
    panels = figure.subplot_mosaic([list(PANELS), ["voices", "voices"]])
    styles = looks(numbers["variant"])
    methods = [name for name in dict.fromkeys(numbers["clone_method"]) if name != ALL]
    for measure, title in PANELS.items():
        panels[measure].set_ylabel(title)
        percent_axis(panels[measure])
        _by_method(panels[measure], numbers[numbers[measure].notna()], measure, methods, styles)
    panels["nearer_target"].axhline(50.0, color=PALE, linestyle=":", linewidth=1.0)
    _voices(panels["voices"], numbers[numbers["clone_method"] == ALL])
    if styles:
        handles, names = panels["top1_mean"].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=5, columnspacing=1.2)
    return figure


def _by_method(axes: Axes, numbers: pd.DataFrame, measure: str, methods: list[str], styles: dict[str, Look]) -> None:
    if numbers.empty:
        say_no_data(axes)
        return
    shifts = np.linspace(-0.3, 0.3, len(styles)) if len(styles) > 1 else [0.0]
    for shift, (variant, look) in zip(shifts, styles.items(), strict=True):
        rows = numbers[numbers["variant"] == variant].set_index("clone_method").reindex(methods)
        spread = rows["top1_std"] if measure == "top1_mean" else None
        draw_means(axes, np.arange(len(methods)) + shift, (rows[measure], spread), (variant, look), linestyle="")
    axes.set_xticks(range(len(methods)), [plain(method) for method in methods])
    axes.set_xlim(-0.5, len(methods) - 0.5)
    axes.grid(False, axis="x")


def _voices(axes: Axes, numbers: pd.DataFrame) -> None:
    axes.set_ylabel("Similarity above that of\nother singers' tracks (%)")
    rows = numbers[numbers[[f"above_{name}" for name in BARS]].notna().any(axis=1)]
    if rows.empty:
        say_no_data(axes)
        return
    for place, (name, (colour, hatch)) in enumerate(BARS.items()):
        heights = rows[f"above_{name}"].astype(float)
        places = np.arange(len(rows)) + 0.25 * (place - 1)
        axes.bar(places, heights, 0.22, color=colour, edgecolor="white", hatch=hatch, label=VOICES[name])
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xticks(range(len(rows)), [plain(label(variant)) for variant in rows["variant"]])
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(False, axis="x")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
