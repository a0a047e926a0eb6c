"""What tests of figures and tables look up: lines and texts of axes, rows of tables."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text


def lines(axes: Axes, label: str) -> list[Line2D]:
    """Return the lines of `axes` with this label."""
    return [line for line in axes.get_lines() if line.get_label() == label]


def texts(artist: Artist) -> list[str]:
    """Return every text that `artist` shows."""
    return [text.get_text() for text in artist.findobj(Text) if isinstance(text, Text)]


def laid_out(figure: Figure) -> Figure:
    """Return the figure after everything in it was laid out."""
    figure.draw_without_rendering()
    return figure


def means_by_label(axes):
    """Return what each series of an axes shows, by its label."""
    series = [shown for shown in axes.containers if isinstance(shown, ErrorbarContainer)]
    return {shown.get_label(): np.asarray(shown.lines[0].get_ydata(), float) for shown in series}


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    """Return the only row of `table` that has these values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]
