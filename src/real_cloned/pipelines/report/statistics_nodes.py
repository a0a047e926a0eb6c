"""Doors to the statistics beside the paper's tables."""

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.pipelines.report.nodes import collected
from real_cloned.reporting.sections.album_split import album_split_table
from real_cloned.reporting.sections.baseline_classifiers import baseline_table
from real_cloned.reporting.sections.calibration import calibration_table, draw_reliability, reliability_numbers
from real_cloned.reporting.sections.comparisons import comparison_table
from real_cloned.reporting.sections.not_enrolled import draw_not_enrolled, not_enrolled_numbers


def comparisons(predictions: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return which variant is better than which, with p-values."""
    return comparison_table(predictions, parameters)


def baselines(*answers: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracies of the classifiers that are not the probe."""
    return baseline_table(collected(*answers))


def albums(parameters: ReportParameters, *predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the album effect, from the predictions by album of all variants and corpora, then those by track."""
    half = len(predictions) // 2
    return album_split_table(collected(*predictions[:half]), collected(*predictions[half:]), parameters)


def calibration(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return how far confidences are from accuracies."""
    return calibration_table(confidences)


def reliability(confidences: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return the reliability plot's numbers and drawing."""
    numbers = reliability_numbers(confidences)
    return numbers, draw_reliability(numbers)


def not_enrolled(confidences: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return how well the probe tells who is not enrolled, and the drawing."""
    numbers = not_enrolled_numbers(confidences)
    return numbers, draw_not_enrolled(numbers)
