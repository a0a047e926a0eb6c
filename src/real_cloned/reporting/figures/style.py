"""How the figures look: colours that colour-blind readers can tell apart, and shapes for those who print in grey.

The figures are `matplotlib.figure.Figure` objects made without pyplot, so that nothing is kept between them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from real_cloned.reporting.names import MODELS, in_order, label

INK = "#333333"
PALE = "#767676"
GRID = "#e6e6e6"
BOX_LINE = {"color": INK, "linewidth": 1.0}

_SETTINGS: dict[Any, Any] = {
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


Line = Literal["-", "--", "-."]


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of one variant: each of them alone tells it from its neighbours."""

    colour: str
    marker: str
    line: Line = "-"


_KNOWN = {
    "mfcc": Look("#9a9a9a", ">"),
    "mixture": Look("#e08a00", "o"),
    "hybrid": Look("#009e73", "s"),
    "vocal": Look("#0072b2", "^"),
    "mashup": Look("#b5477f", "D"),
    "clmr": Look("#444444", "X", "--"),
    "lstm": Look("#6a3d9a", "p", "-."),
    "speaker": Look("#8a8000", "h", "--"),
}
_OTHERS = (Look("#2a93d1", "v", "-."), Look("#7a4f00", "P", "--"), Look("#8f7ee6", "<", "-."))


@contextmanager
def house_style() -> Iterator[None]:
    """Hold matplotlib's settings at ours while a figure is drawn or saved; serves as a decorator too."""
    with rc_context(_SETTINGS):
        yield


def looks(variants: Iterable[str]) -> dict[str, Look]:
    """Return the look of each variant, in the order in which they are listed; unknown ones get the spare looks."""
    spare = cycle(_OTHERS)
    return {variant: _KNOWN.get(variant) or next(spare) for variant in in_order(variants, MODELS)}


def shifts(n_variants: int, reach: float = 0.36) -> NDArray[np.float64]:
    """Return how far each of `n_variants` stands beside its place, in places; the more there are, the further out."""
    outermost = min(reach, 0.09 * (n_variants - 1))
    return np.linspace(-outermost, outermost, n_variants) if n_variants > 1 else np.zeros(n_variants)


def plain(text: object) -> str:
    """Return the text such that matplotlib shows it as it is: a dollar sign would otherwise start a formula."""
    return str(text).replace("$", r"\$")


def say_no_data(axes: Axes) -> None:
    """Write `no data` into an empty panel, and take its ticks and grid away."""
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center", color=PALE)
    axes.set_xticks([])
    axes.grid(False)


def draw_means(
    axes: Axes, places: ArrayLike, rows: tuple[pd.Series, pd.Series | None], named: tuple[str, Look], **shape: Any
) -> None:
    """Draw the means of one variant at their `places`, with whiskers of one standard deviation each.

    rows : means and standard deviations; no whisker where the latter is NaN, or where there are none
    named : the variant and its look; shape : what else matplotlib's `errorbar` takes
    """
    (means, spreads), (variant, look) = rows, named
    axes.errorbar(
        places,
        means.astype(float),
        yerr=None if spreads is None else np.nan_to_num(spreads.astype(float)),
        color=look.colour,
        marker=look.marker,
        label=plain(label(variant)),
        **{"markersize": 6, "elinewidth": 0.8} | shape,
    )


def percent_axis(axes: Axes, direction: str = "y") -> None:
    """Let the axis in `direction` (x or y) run from 0 to 100, with a tick every 20 and some air at both ends."""
    setter = axes.set_ylim if direction == "y" else axes.set_xlim
    setter(-3.0, 103.0)
    axis = axes.yaxis if direction == "y" else axes.xaxis
    axis.set_ticks(range(0, 101, 20))
