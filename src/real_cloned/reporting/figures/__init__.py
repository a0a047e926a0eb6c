"""The paper's four figures and those of ours: for each, a function that makes its numbers, and one that draws them."""

from real_cloned.reporting.cross_synthesis import cross_synthesis_numbers
from real_cloned.reporting.figures.closed_cloned import draw_figure1, figure1_numbers
from real_cloned.reporting.figures.context import context_numbers, draw_context
from real_cloned.reporting.figures.cross_synthesis import draw_cross_synthesis
from real_cloned.reporting.figures.genres import draw_figure2, figure2_numbers
from real_cloned.reporting.figures.not_enrolled import draw_not_enrolled, not_enrolled_numbers
from real_cloned.reporting.figures.reliability import draw_reliability, reliability_numbers
from real_cloned.reporting.figures.similarity import draw_figure4, figure4_numbers
from real_cloned.reporting.figures.training_tracks import draw_figure3, figure3_numbers

__all__ = [
    "context_numbers",
    "cross_synthesis_numbers",
    "draw_context",
    "draw_cross_synthesis",
    "draw_figure1",
    "draw_figure2",
    "draw_figure3",
    "draw_figure4",
    "draw_not_enrolled",
    "draw_reliability",
    "figure1_numbers",
    "figure2_numbers",
    "figure3_numbers",
    "figure4_numbers",
    "not_enrolled_numbers",
    "reliability_numbers",
]
