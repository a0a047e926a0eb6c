"""How the figures look: colours that colour-blind readers can tell apart, and shapes for those who print in grey.

The figures are `matplotlib.figure.Figure` objects made without pyplot, so that nothing is kept between them. On the
page every colour is a CSS variable, which `dark_css` changes where the reader prefers a dark page.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from itertools import count
from typing import Any, Literal, ParamSpec

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from real_cloned.reporting.fonts import choose_fonts
from real_cloned.reporting.labels import label, variants_in_order

P = ParamSpec("P")
INK = "#333333"
PALE = "#767676"
GRID = "#e6e6e6"
BOX_LINE = {"color": INK, "linewidth": 1.0}

RC_PARAMS: dict[Any, Any] = {
    "font.size": 9.0,
    "text.color": INK,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "figure.dpi": 200,
    "svg.hashsalt": "real_cloned",
    "svg.fonttype": "none",
}


@contextmanager
def report_style() -> Iterator[None]:
    """Hold matplotlib's settings at `RC_PARAMS` while a figure is drawn or saved; serves as a decorator too."""
    with rc_context(RC_PARAMS):
        yield


def report_figure(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Return a function that draws in the report's style, with fonts that have the characters of all texts.

    Args:
        draw: Returns a figure.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with report_style():
            figure = draw(*args, **kwargs)
            choose_fonts(figure)
        return figure

    return drawn


@dataclass(frozen=True)
class VariantStyle:
    """Colour, marker and line of one variant: each of them alone tells it from its neighbours.

    Attributes:
        colour: A colour as `#rrggbb`.
        marker: A marker of matplotlib.
        line: A line style of matplotlib.
    """

    colour: str
    marker: str
    line: Literal["-", "--", "-."] = "-"


STYLES = {
    "mfcc": VariantStyle("#9a9a9a", ">"),
    "mixture": VariantStyle("#e08a00", "o"),
    "hybrid": VariantStyle("#009e73", "s"),
    "vocal": VariantStyle("#0072b2", "^"),
    "mashup": VariantStyle("#b5477f", "D"),
    "clmr": VariantStyle("#444444", "X", "--"),
    "lstm": VariantStyle("#6a3d9a", "p", "-."),
    "ge2e": VariantStyle("#8a8000", "h", "--"),
    "speaker": VariantStyle("#c0392b", "*"),
}
SPARE_STYLES = (
    VariantStyle("#2a93d1", "v", "-."),
    VariantStyle("#7a4f00", "P", "--"),
    VariantStyle("#8f7ee6", "<", "-."),
)
"""For variants that are not in `STYLES`, in turn."""


def variant_styles(variants: Iterable[str]) -> dict[str, VariantStyle]:
    """Return the style of each variant, by variant, in the order in which variants are listed.

    Args:
        variants: Names of variants, with repetitions. Those without a style of their own get the spare ones in turn;
            after the last spare style the colours come again with other markers.
    """
    spare = (_spare_style(number) for number in count())
    return {variant: STYLES.get(variant) or next(spare) for variant in variants_in_order(variants)}


def _spare_style(number: int) -> VariantStyle:
    """Return the style of the variant with this number, from 0, among those without one: nine differ."""
    n_spare = len(SPARE_STYLES)
    style, other = SPARE_STYLES[number % n_spare], SPARE_STYLES[(number + number // n_spare) % n_spare]
    return VariantStyle(style.colour, other.marker, style.line)


def escape_mathtext(text: object) -> str:
    """Return the text such that matplotlib shows it as it is: a dollar sign would otherwise start a formula.

    Args:
        text: What to write into a figure.
    """
    return str(text).replace("$", r"\$")


def variant_label(variant: str) -> str:
    """Return what a variant is called in a figure.

    Args:
        variant: Its name in tables.
    """
    return escape_mathtext(label(variant))


def write_no_data(axes: Axes) -> None:
    """Write `no data` into an empty panel, and take its ticks and grid away.

    Args:
        axes: The panel.
    """
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center", color=PALE)
    axes.set_xticks([])
    axes.grid(False)


def percent_axis(axes: Axes, direction: str = "y") -> None:
    """Let an axis run from 0 to 100, with a tick every 20 and some space at both ends.

    Args:
        axes: The panel.
        direction: Which axis, x or y.
    """
    setter = axes.set_ylim if direction == "y" else axes.set_xlim
    setter(-3.0, 103.0)
    axis = axes.yaxis if direction == "y" else axes.xaxis
    axis.set_ticks(range(0, 101, 20))


def draw_means(
    axes: Axes, x: ArrayLike, means: pd.Series, stds: pd.Series | None, style: VariantStyle, **errorbar: Any
) -> None:
    """Draw the means of one variant, with whiskers of one standard deviation each.

    Args:
        axes: The panel.
        x: Positions. Shape: (n_means,).
        means: Heights. Shape: (n_means,).
        stds: Standard deviations, no whisker where one is NaN; None for no whiskers. Shape: (n_means,).
        style: The variant's colour and marker.
        **errorbar: What else matplotlib's `errorbar` takes, such as the label.
    """
    axes.errorbar(
        x,
        means.astype(float),
        yerr=None if stds is None else np.nan_to_num(stds.astype(float)),
        color=style.colour,
        marker=style.marker,
        **{"markersize": 6, "elinewidth": 0.8} | errorbar,
    )


def draw_boxes(
    axes: Axes,
    groups: list[NDArray[np.float64]],
    positions: list[float],
    orientation: Literal["horizontal", "vertical"] = "vertical",
    width: float = 0.5,
) -> None:
    """Draw a box per group of runs: median and interquartile range (IQR), whiskers to 1.5 IQR, circles round outliers.

    Source: the paper, caption of Figure 2.

    Args:
        axes: The panel.
        groups: Percentages, an array of shape (n_runs,) per box.
        positions: Where each box stands on the other axis. Shape: (n_groups,).
        orientation: Which way the boxes lie.
        width: Of a box, in the unit of the other axis.
    """
    axes.boxplot(
        groups,
        positions=positions,
        orientation=orientation,
        widths=width,
        whis=1.5,
        manage_ticks=False,
        boxprops=BOX_LINE,
        whiskerprops=BOX_LINE,
        capprops=BOX_LINE,
        medianprops={"color": INK, "linewidth": 2.0},
        flierprops={"marker": "o", "markersize": 8, "markeredgecolor": INK, "markerfacecolor": "none"},
    )


DARK_COLOURS = {
    "#ffffff": "#15181c",
    INK: "#d7dbe0",
    PALE: "#9aa1a9",
    GRID: "#30363d",
    "#9a9a9a": "#8b949e",
    "#444444": "#c4c9cf",
    "#e08a00": "#f0a63a",
    "#009e73": "#2fc79a",
    "#0072b2": "#4aa8e8",
    "#b5477f": "#e58ab8",
    "#6a3d9a": "#b48fe3",
    "#8a8000": "#cfc63a",
    "#c0392b": "#ff8a7a",
    "#2a93d1": "#7cc7f2",
    "#7a4f00": "#c99a4a",
    "#8f7ee6": "#b3a6f5",
    "#aa4499": "#d67fc6",
    "#cc3311": "#f0694a",
    "#009988": "#2ec4b2",
    "#ee8833": "#f0a060",
    "#0077bb": "#4aa8e8",
    "#7fb8d8": "#2f6a8c",
}
"""The colour on a dark page by the colour on a light one. White is the page, so that gaps between marks stay gaps."""


def css_variable(colour: str) -> str:
    """Return the name of the CSS variable that stands for a colour.

    Args:
        colour: The colour on a light page, as `#rrggbb`.
    """
    return f"--c-{colour[1:]}"


def dark_css() -> str:
    """Return the CSS that gives each variable its dark colour; without it figures keep the colours of a light page."""
    return " ".join(f"{css_variable(light)}: {dark};" for light, dark in DARK_COLOURS.items())
