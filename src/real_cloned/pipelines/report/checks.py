"""The report's checks: does accompaniment give singers away, and whose voice is heard in a clone?

{variant}.closed.remix_predictions ──► context
predictions, {variant}.cloned.voice_similarities ──► cross_synthesis
"""

import pandas as pd
from kedro.pipeline import Node, Pipeline
from matplotlib.figure import Figure

from real_cloned.pipelines.names import each
from real_cloned.pipelines.report.nodes import collected
from real_cloned.reporting.sections.context import context_numbers, draw_context
from real_cloned.reporting.sections.cross_synthesis import cross_synthesis_numbers, draw_cross_synthesis


def create_checks() -> Pipeline:
    """Return a table and a figure per check."""
    remixed = each("{variant}.{corpus}.remix_predictions", ("closed",))
    voices = ["predictions", *each("{variant}.{corpus}.voice_similarities", ("cloned",))]
    return Pipeline(
        [
            Node(context, remixed, ["context_numbers", "context"], name="context"),
            Node(cross_synthesis, voices, ["cross_synthesis_numbers", "cross_synthesis"], name="cross_synthesis"),
        ],
        tags="report",
    )


def context(*remixed: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return accuracy over changed accompaniment, and its drawing."""
    numbers = context_numbers(collected(*remixed))
    return numbers, draw_context(numbers)


def cross_synthesis(predictions: pd.DataFrame, *similarities: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return accuracy by clone method beside whose voice is heard, and its drawing."""
    numbers = cross_synthesis_numbers(predictions, collected(*similarities))
    return numbers, draw_cross_synthesis(numbers)
