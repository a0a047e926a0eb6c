"""A map of singers: embeddings laid out in the plane such that neighbours stay neighbours (t-SNE)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from real_cloned.reporting.figures.style import GRID, INK, house_style, plain, say_no_data
from real_cloned.reporting.names import MODELS, in_order, label

FEWEST = 3
"""Fewer points than this have no map."""
MOST_NAMES = 25
"""With more singers than this their names would cover the map."""
MOST_COLUMNS = 3
DOT: dict[str, Any] = {"markersize": 5, "markeredgecolor": INK, "markeredgewidth": 0.4}
HUES = (0.08, 0.92)
"""What is taken of the scale of colours: its ends are too dark to tell apart."""
PERPLEXITY = 30.0


def singer_map_numbers(averages: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return a row per row of `averages`: singer_id, x, y.

    averages : table of singer_id and embedding (lists of numbers, of one length), with one row per singer or several

    Distances on the map mean little beyond who is next to whom, and the axes have no unit. Fewer than three rows give
    an empty table. Source: van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 2008.
    """
    if len(averages) < FEWEST:
        return pd.DataFrame(
            {"singer_id": pd.Series(dtype="str"), "x": pd.Series(dtype=float), "y": pd.Series(dtype=float)}
        )
    points = np.array(averages["embedding"].tolist(), np.float64)
    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    places = TSNE(perplexity=perplexity, init="random", metric="cosine", random_state=seed).fit_transform(points)
    return pd.DataFrame({"singer_id": averages["singer_id"].to_numpy(), "x": places[:, 0], "y": places[:, 1]})


def singer_map_table(averages: Mapping[str, pd.DataFrame], seed: int = 0) -> pd.DataFrame:
    """Return the maps of all variants in one table: variant, singer_id, x, y.

    averages : by variant, as `singer_map_numbers` takes them; a variant without a map has no rows
    """
    maps = [
        singer_map_numbers(averages[variant], seed).assign(variant=variant) for variant in in_order(averages, MODELS)
    ]
    return pd.concat(maps, ignore_index=True)[["variant", "singer_id", "x", "y"]]


@house_style()
def draw_singer_map(numbers: pd.DataFrame) -> Figure:
    """Return the map: a colour and, where singers are few, a name per singer.

    numbers : what `singer_map_numbers` returns; without rows the figure says so
    """
    figure = Figure(figsize=(6.0, 6.0), layout="constrained")
    _draw_map(figure.subplots(), numbers)
    return figure


@house_style()
def draw_singer_maps(numbers: pd.DataFrame) -> Figure:
    """Return a panel per variant, in rows of three; each singer has the same colour in all of them.

    numbers : what `singer_map_table` returns; without rows the figure says so
    """
    variants = list(dict.fromkeys(numbers["variant"])) or [""]
    n_columns = min(len(variants), MOST_COLUMNS)
    n_rows = -(-len(variants) // n_columns)
    figure = Figure(figsize=(3.6 * n_columns, 3.8 * n_rows), layout="constrained")
    places = [figure.add_subplot(n_rows, n_columns, place + 1) for place in range(len(variants))]
    for axes, variant in zip(places, variants, strict=True):
        axes.set_title(plain(label(variant)))
        _draw_map(axes, numbers[numbers["variant"] == variant])
    return figure


def _draw_map(axes: Axes, numbers: pd.DataFrame) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(visible=True, color=GRID)
    if numbers.empty:
        say_no_data(axes)
        return
    singers = sorted(set(numbers["singer_id"]))
    for place, singer in enumerate(singers):
        _draw_singer(
            axes, numbers[numbers["singer_id"] == singer], place / max(len(singers) - 1, 1), len(singers) <= MOST_NAMES
        )
    axes.set_aspect("equal", adjustable="datalim")


def _draw_singer(axes: Axes, rows: pd.DataFrame, hue: float, named: bool) -> None:
    singer = plain(rows["singer_id"].iloc[0])
    colour = colormaps["turbo"](HUES[0] + hue * (HUES[1] - HUES[0]))
    axes.plot(rows["x"], rows["y"], "o", color=colour, label=singer, **DOT)
    if named:
        place = (float(rows["x"].mean()), float(rows["y"].mean()))
        axes.annotate(singer, place, xytext=(4, 4), textcoords="offset points", fontsize=7, color=INK)
