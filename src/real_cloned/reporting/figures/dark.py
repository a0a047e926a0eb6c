"""The figures' colours on a dark page: each colour of the house style, and the one that takes its place there."""

from real_cloned.reporting.figures.style import GRID, INK, PALE

DARK = {
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
"""White is the page, so that the gaps between marks stay gaps."""


def variable(colour: str) -> str:
    """Return the name of the CSS variable that stands for `colour` (`#rrggbb`)."""
    return f"--c-{colour[1:]}"


def dark_rules() -> str:
    """Return the CSS that gives each variable its dark colour; without it the colours are those of the house style."""
    return " ".join(f"{variable(light)}: {dark};" for light, dark in DARK.items())
