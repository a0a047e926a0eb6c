"""Doors to the statistics beside the paper's tables."""

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.pipelines.report.nodes import collected
from real_cloned.reporting import figures
from real_cloned.reporting.album_effect import album_table
from real_cloned.reporting.baselines import baseline_table
from real_cloned.reporting.calibration import calibration_table
from real_cloned.reporting.comparisons import comparison_table


def comparisons(predictions: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return which variant is better than which, with p-values."""
    return comparison_table(predictions, parameters)


def baselines(*answers: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracies of the classifiers that are not the probe."""
    return baseline_table(collected(*answers))


def albums(parameters: ReportParameters, *predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the album effect, from the predictions by album of all variants and corpora, then those by track."""
    half = len(predictions) // 2
    return album_table(collected(*predictions[:half]), collected(*predictions[half:]), parameters)


def calibration(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return how far confidences are from accuracies."""
    return calibration_table(confidences)


def reliability(confidences: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return the reliability plot's numbers and drawing."""
    numbers = figures.reliability_numbers(confidences)
    return numbers, figures.draw_reliability(numbers)


def not_enrolled(confidences: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return how well the probe tells who is not enrolled, and the drawing."""
    numbers = figures.not_enrolled_numbers(confidences)
    return numbers, figures.draw_not_enrolled(numbers)
