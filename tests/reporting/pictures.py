"""Small pictures of the figures, without any writing, to compare with those kept in `baseline/`.

`python -m tests.reporting.pictures` draws them anew, after a change of the drawings that was looked at.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from real_cloned.reporting.sections.calibration import draw_reliability
from real_cloned.reporting.sections.context import draw_context
from real_cloned.reporting.sections.cross_synthesis import draw_cross_synthesis
from real_cloned.reporting.sections.figure1_closed_cloned import draw_figure1, figure1_numbers
from real_cloned.reporting.sections.figure2_genres import draw_figure2, figure2_numbers
from real_cloned.reporting.sections.figure3_training_tracks import draw_figure3, figure3_numbers
from real_cloned.reporting.sections.figure4_similarity import draw_figure4, figure4_numbers
from real_cloned.reporting.sections.not_enrolled import draw_not_enrolled
from real_cloned.reporting.sections.singer_map import draw_singer_maps
from real_cloned.reporting.theme import report_style

from .fabricated import parameters, predictions, similarities
from .page_tables import context, cross_synthesis, not_enrolled, reliability, singer_map

BASELINE = Path(__file__).parent / "baseline"
DPI = 50
VARIANTS = ("mixture", "vocal")
DRAWINGS: dict[str, Callable[[], Figure]] = {
    "figure1": lambda: draw_figure1(figure1_numbers(predictions())),
    "figure2": lambda: draw_figure2(figure2_numbers(predictions(n_runs=5), parameters())),
    "figure3": lambda: draw_figure3(figure3_numbers(predictions(n_runs=5), parameters())),
    "figure4": lambda: draw_figure4(figure4_numbers(similarities())),
    "singer_map": lambda: draw_singer_maps(singer_map(VARIANTS, np.random.default_rng(0))),
    "reliability": lambda: draw_reliability(reliability(VARIANTS, np.random.default_rng(0))),
    "not_enrolled": lambda: draw_not_enrolled(not_enrolled(VARIANTS, np.random.default_rng(0))),
    "context": lambda: draw_context(context(VARIANTS, np.random.default_rng(0))),
    "cross_synthesis": lambda: draw_cross_synthesis(cross_synthesis(VARIANTS)),
}


def picture(figure: Figure, path: Path) -> str:
    """Save `figure` as a small picture without its writing and legends, and return where.

    Without them neither glyphs nor the layout hang on the machine's fonts; what is written is checked by the tests of
    the figures' data.
    """
    for legend in list(figure.legends):
        legend.remove()
    for text in figure.findobj(Text):
        text.set_visible(False)
    with report_style():
        figure.savefig(path, dpi=DPI)
    return str(path)


if __name__ == "__main__":
    BASELINE.mkdir(exist_ok=True)
    for name, draw in DRAWINGS.items():
        print(picture(draw(), BASELINE / f"{name}.png"))
