"""A map of singers: embeddings laid out in the plane such that neighbours stay neighbours (t-SNE)."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from real_cloned.reporting.figures.style import INK, house_style, plain, say_no_data

FEWEST = 3
"""Fewer points than this have no map."""
MOST_NAMES = 40
"""With more singers than this their names would cover the map."""
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


@house_style()
def draw_singer_map(numbers: pd.DataFrame) -> Figure:
    """Return the map: a colour and, where singers are few, a name per singer.

    numbers : what `singer_map_numbers` returns; without rows the figure says so
    """
    figure = Figure(figsize=(6.0, 6.0), layout="constrained")
    axes = figure.subplots()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    if numbers.empty:
        say_no_data(axes)
        return figure
    singers = list(dict.fromkeys(numbers["singer_id"]))
    for place, singer in enumerate(singers):
        _draw_singer(axes, numbers[numbers["singer_id"] == singer], place / len(singers), len(singers) <= MOST_NAMES)
    axes.set_aspect("equal", adjustable="datalim")
    return figure


def _draw_singer(axes: Axes, rows: pd.DataFrame, hue: float, named: bool) -> None:
    singer = plain(rows["singer_id"].iloc[0])
    axes.plot(
        rows["x"], rows["y"], "o", color=colormaps["turbo"](hue), markersize=5, markeredgecolor="white", label=singer
    )
    if named:
        place = (float(rows["x"].mean()), float(rows["y"].mean()))
        axes.annotate(singer, place, xytext=(4, 4), textcoords="offset points", fontsize=7, color=INK)
