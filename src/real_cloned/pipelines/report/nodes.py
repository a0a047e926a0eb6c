"""Doors to the tables and the figures."""

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.parameters.report import ReportParameters
from real_cloned.pipelines.names import CORPORA, VARIANTS
from real_cloned.reporting.sections.accuracy import accuracy_table
from real_cloned.reporting.sections.figure1_closed_cloned import draw_figure1, figure1_numbers
from real_cloned.reporting.sections.figure2_genres import draw_figure2, figure2_numbers
from real_cloned.reporting.sections.figure3_training_tracks import draw_figure3, figure3_numbers
from real_cloned.reporting.sections.figure4_similarity import draw_figure4, figure4_numbers
from real_cloned.reporting.sections.languages import language_table
from real_cloned.reporting.sections.rejected_files import rejected_files_table
from real_cloned.reporting.sections.singer_map import draw_singer_maps, singer_map_table
from real_cloned.reporting.sections.singers import singer_table
from real_cloned.reporting.sections.table1_datasets import dataset_table
from real_cloned.reporting.sections.table2_open_datasets import open_dataset_table
from real_cloned.reporting.sections.table3_prior_work import prior_work_table
from real_cloned.reporting.sections.training import training_history_table


def collected(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of tables of one kind, of several variants or corpora, in one table."""
    return pd.concat(tables, ignore_index=True)


def table1(*corpora: pd.DataFrame) -> pd.DataFrame:
    """Return Table 1 from the tracks of all corpora, then their splits."""
    tracks, splits = corpora[: len(CORPORA)], corpora[len(CORPORA) :]
    return dataset_table(dict(zip(CORPORA, tracks, strict=True)), dict(zip(CORPORA, splits, strict=True)))


def table2(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return Table 2."""
    return open_dataset_table(predictions, VARIANTS)


def table3(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return Table 3."""
    return prior_work_table(predictions)


def accuracies(predictions: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return every experiment's accuracy with its interval."""
    return accuracy_table(predictions, parameters)


def languages(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy by language."""
    return language_table(predictions)


def singers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return how often each singer was named."""
    return singer_table(predictions)


def figure1(predictions: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 1's numbers and drawing."""
    numbers = figure1_numbers(predictions)
    return numbers, draw_figure1(numbers)


def figure2(predictions: pd.DataFrame, parameters: ReportParameters) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 2's numbers and drawing."""
    numbers = figure2_numbers(predictions, parameters)
    return numbers, draw_figure2(numbers)


def figure3(predictions: pd.DataFrame, parameters: ReportParameters) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 3's numbers and drawing."""
    numbers = figure3_numbers(predictions, parameters)
    return numbers, draw_figure3(numbers)


def figure4(*similarities: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 4's numbers and drawing."""
    numbers = figure4_numbers(collected(*similarities))
    return numbers, draw_figure4(numbers)


def singer_maps(*averages: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return where each singer lies on each variant's map, and the maps."""
    numbers = singer_map_table(dict(zip(VARIANTS, averages, strict=True)))
    return numbers, draw_singer_maps(numbers)


def histories(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return the course of every pretraining."""
    return training_history_table(dict(zip(VARIANTS, tables, strict=True)))


def rejections(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return how many files were left out, where and why."""
    return rejected_files_table(dict(zip(CORPORA, tables, strict=True)))
