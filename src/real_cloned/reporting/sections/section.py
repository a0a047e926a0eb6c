"""What a section of the page is made of, and what it is made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.display import ShownTable


@dataclass(frozen=True)
class Contents:
    """What sections are made from: the report's parameters, and tables by the names that the catalog gives them."""

    parameters: ReportParameters
    tables: Mapping[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """Return the table of this name; one without rows and columns where there is none."""
        return self.tables.get(name, pd.DataFrame())


@dataclass(frozen=True)
class Section:
    """One part of the page. words : what to know before reading, or the figure's caption; drawing : the figure."""

    anchor: str
    heading: str
    words: str
    tables: list[ShownTable] = field(default_factory=list)
    drawing: Figure | None = None


Maker = Callable[[Contents], Section]


@dataclass(frozen=True)
class Group:
    """Sections that belong together, under one heading of the table of contents."""

    heading: str
    words: str
    sections: list[Section]


def drawn(draw: Callable[[pd.DataFrame], Figure], numbers: pd.DataFrame) -> Figure | None:
    """Return the drawing of `numbers`, or None where there are none: the caption then says so."""
    return None if numbers.empty else draw(numbers)
