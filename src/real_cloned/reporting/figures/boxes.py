"""The box of Figures 2 and 3 (paper, caption of Figure 2)."""

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from real_cloned.reporting.figures.style import BOX_LINE, INK


def draw_boxes(
    axes: Axes,
    groups: list[NDArray[np.float64]],
    places: list[float],
    orientation: Literal["horizontal", "vertical"] = "vertical",
    width: float = 0.5,
) -> None:
    """Draw a box per group of runs: median and interquartile range (IQR), whiskers to 1.5 IQR, circles round outliers.

    groups : one array of percentages per box
    places : where each box stands on the other axis
    width : of a box, in the unit of that axis
    """
    axes.boxplot(
        groups,
        positions=places,
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
