"""Nodes of the report. Tables have the schemas of `schemas.corpora` and `schemas.results`."""

from typing import Any

import pandas as pd
import yaml
from matplotlib.figure import Figure

from real_cloned.parameters.base import Parameters
from real_cloned.parameters.groups import ENTRIES
from real_cloned.parameters.ingest import DemoParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.report import ReportParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.pipelines.study import by_owner
from real_cloned.reporting.page import render_page, run_facts
from real_cloned.reporting.sections import (
    accuracy,
    album_split,
    baseline_classifiers,
    calibration,
    clone_calibration,
    comparisons,
    context,
    cross_synthesis,
    figure1_closed_cloned,
    figure2_genres,
    figure3_training_tracks,
    figure4_similarity,
    languages,
    not_enrolled,
    singer_map,
    singers,
    table1_datasets,
    table2_open_datasets,
    table3_prior_work,
)

MODELS: dict[str, Any] = {"probe": ProbeParameters, "report": ReportParameters, "demo": DemoParameters, **ENTRIES}


def count_datasets(**corpora: pd.DataFrame) -> pd.DataFrame:
    """Return Table 1: how many tracks and singers of each corpus are used.

    Args:
        **corpora: `corpora@{corpus}.tracks` (`schemas.corpora.Tracks`) and `segments@{corpus}.splits`
            (`schemas.corpora.Splits`) of every corpus.
    """
    return table1_datasets.dataset_table(by_owner(corpora, "tracks"), by_owner(corpora, "splits"))


def tabulate_accuracies(
    predictions: pd.DataFrame, parameters: ReportParameters, **variants: VariantParameters
) -> tuple[pd.DataFrame, ...]:
    """Return Table 2, Table 3, every experiment's accuracy with its interval, accuracy by language, and by singer.

    Args:
        predictions: Predictions of all variants and corpora.
        parameters: Of the report.
        **variants: All variants by name; those that were not probed get a dash in Table 2.
    """
    return (
        table2_open_datasets.open_dataset_table(predictions, tuple(variants)),
        table3_prior_work.prior_work_table(predictions),
        accuracy.accuracy_table(predictions, parameters),
        languages.language_table(predictions),
        singers.singer_table(predictions),
    )


def tabulate_test_tracks(predictions: pd.DataFrame, confidences: pd.DataFrame) -> pd.DataFrame:
    """Return what was said of each test track, and how confidently.

    Args:
        predictions: Predictions of all variants and corpora.
        confidences: Confidences of all variants and corpora.
    """
    return singers.answer_table(predictions, confidences)


def compare_variants(
    predictions: pd.DataFrame, pretraining_seeds: pd.DataFrame, parameters: ReportParameters
) -> pd.DataFrame:
    """Return which variant is better than which, with p-values and the spread between pretraining seeds.

    Args:
        predictions: Predictions of all variants and corpora (`schemas.results.Predictions`).
        pretraining_seeds: Accuracies of several pretrainings (`schemas.results.PretrainingSeeds`); may be empty.
        parameters: Of the report.
    """
    return comparisons.comparison_table(predictions, pretraining_seeds, parameters)


def tabulate_baselines(baseline_predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracies of the classifiers that are not the probe.

    Args:
        baseline_predictions: What other classifiers predict (`schemas.results.Baselines`).
    """
    return baseline_classifiers.baseline_table(baseline_predictions)


def compare_splits(
    parameters: ReportParameters, album_predictions: pd.DataFrame, track_predictions: pd.DataFrame
) -> pd.DataFrame:
    """Return the album effect: accuracy on a split by album beside that on the paper's split.

    Args:
        parameters: Of the report.
        album_predictions: Predictions on the split by album (`schemas.results.Predictions`).
        track_predictions: Predictions of the same singers on the paper's split (`schemas.results.Predictions`).
    """
    return album_split.album_split_table(album_predictions, track_predictions, parameters)


def draw_figure1(predictions: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 1's numbers and drawing: accuracy on real and on cloned singers.

    Args:
        predictions: Predictions of all variants and corpora (`schemas.results.Predictions`).
    """
    numbers = figure1_closed_cloned.figure1_numbers(predictions)
    return numbers, figure1_closed_cloned.draw_figure1(numbers)


def draw_figure2(predictions: pd.DataFrame, parameters: ReportParameters) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 2's numbers and drawing: accuracy by genre.

    Args:
        predictions: Predictions of all variants and corpora (`schemas.results.Predictions`).
        parameters: Of the report.
    """
    numbers = figure2_genres.figure2_numbers(predictions, parameters)
    return numbers, figure2_genres.draw_figure2(numbers)


def draw_figure3(predictions: pd.DataFrame, parameters: ReportParameters) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 3's numbers and drawing: accuracy by number of training tracks.

    Args:
        predictions: Predictions of all variants and corpora (`schemas.results.Predictions`).
        parameters: Of the report.
    """
    numbers = figure3_training_tracks.figure3_numbers(predictions, parameters)
    return numbers, figure3_training_tracks.draw_figure3(numbers)


def draw_figure4(similarities: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return Figure 4's numbers and drawing: similarity of tracks to their stems.

    Args:
        similarities: Similarities of all variants (`schemas.results.Similarities`).
    """
    numbers = figure4_similarity.figure4_numbers(similarities)
    return numbers, figure4_similarity.draw_figure4(numbers)


def draw_singer_map(singer_averages: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return where each singer lies on each variant's map, and the maps.

    Args:
        singer_averages: Average embeddings of singers (`schemas.results.VariantSingerAverages`).
    """
    numbers = singer_map.singer_map_table({str(variant): rows for variant, rows in singer_averages.groupby("variant")})
    return numbers, singer_map.draw_singer_maps(numbers)


def draw_confidence(confidences: pd.DataFrame, parameters: ReportParameters) -> tuple[pd.DataFrame | Figure, ...]:
    """Return calibration errors, the reliability plot, errors on clones, and how well confidence tells outsiders.

    Args:
        confidences: Confidences of all variants and corpora (`schemas.results.Confidences`).
        parameters: Of the report.
    """
    bins, rates = calibration.reliability_numbers(confidences), not_enrolled.not_enrolled_numbers(confidences)
    return (
        calibration.calibration_table(confidences, parameters),
        bins,
        calibration.draw_reliability(bins),
        clone_calibration.clone_calibration_table(confidences, parameters),
        rates,
        not_enrolled.draw_not_enrolled(rates),
    )


def draw_context(remix_predictions: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return accuracy over changed accompaniment, and its drawing.

    Args:
        remix_predictions: Predictions over changed accompaniment (`schemas.results.RemixPredictions`).
    """
    numbers = context.context_numbers(remix_predictions)
    return numbers, context.draw_context(numbers)


def draw_cross_synthesis(predictions: pd.DataFrame, clone_similarities: pd.DataFrame) -> tuple[pd.DataFrame, Figure]:
    """Return accuracy by clone method beside whose voice clones resemble, and its drawing.

    Args:
        predictions: Predictions of all variants and corpora (`schemas.results.Predictions`).
        clone_similarities: Similarities of clones to other tracks (`schemas.results.CloneSimilarities`).
    """
    numbers = cross_synthesis.cross_synthesis_numbers(predictions, clone_similarities)
    return numbers, cross_synthesis.draw_cross_synthesis(numbers)


def record_parameters(**settings: Any) -> str:
    """Return the parameters of the run as YAML, with defaults filled in.

    Args:
        **settings: Parameters by dotted name, such as `probe` and `pretrain.vocal`.
    """
    models: dict[str, Parameters] = {
        name: MODELS[name.partition(".")[0]].model_validate(given) for name, given in settings.items()
    }
    text: str = yaml.safe_dump({name: model.model_dump(mode="json") for name, model in models.items()}, sort_keys=False)
    return text


def write_report(report: ReportParameters, run_parameters: str, **tables: pd.DataFrame) -> str:
    """Return the page, as HTML.

    Args:
        report: Its title, and whether singers are synthetic.
        run_parameters: As `record_parameters` returns them.
        **tables: By the names that `reporting.sections` knows.
    """
    recorded = yaml.safe_load(run_parameters)
    seeds = {f"{name} seed": str(recorded[name]["seed"]) for name in ("demo", "probe")}
    separation = recorded.get("separation.closed") or recorded["separation.default"]
    facts = run_facts({"separator": separation["separator"], **seeds})
    settings = {name: yaml.safe_dump(given, sort_keys=False) for name, given in recorded.items()}
    return render_page(report, facts, tables, settings)
