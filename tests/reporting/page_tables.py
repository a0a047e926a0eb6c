"""All tables that the page shows, fabricated."""

from itertools import product

import numpy as np
import pandas as pd

from real_cloned.reporting.sections.accuracy import accuracy_table
from real_cloned.reporting.sections.baseline_classifiers import baseline_table
from real_cloned.reporting.sections.figure1_closed_cloned import figure1_numbers
from real_cloned.reporting.sections.figure2_genres import figure2_numbers
from real_cloned.reporting.sections.figure3_training_tracks import figure3_numbers
from real_cloned.reporting.sections.figure4_similarity import figure4_numbers
from real_cloned.reporting.sections.languages import language_table
from real_cloned.reporting.sections.rejected_files import rejected_files_table
from real_cloned.reporting.sections.singers import singer_table
from real_cloned.reporting.sections.table1_datasets import dataset_table
from real_cloned.reporting.sections.table2_open_datasets import open_dataset_table
from real_cloned.reporting.sections.table3_prior_work import prior_work_table
from real_cloned.reporting.sections.training import training_history_table
from tests.reporting.fabricated import history, parameters, rejected, splits, tracks

VARIANTS = ("mixture", "hybrid", "vocal")


def tables(predictions: pd.DataFrame, similarities: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return what the paper's part of the page shows of these predictions and similarities."""
    closed = tracks({"a": 7, "b": 8})
    return {
        "table1_datasets": dataset_table({"closed": closed}, {"closed": splits(closed)}),
        "table2_open_datasets": open_dataset_table(predictions),
        "table3_prior_work": prior_work_table(predictions),
        "accuracies": accuracy_table(predictions, parameters()),
        "languages": language_table(predictions),
        "singers": singer_table(predictions),
        "figure1_numbers": figure1_numbers(predictions),
        "figure2_numbers": figure2_numbers(predictions, parameters()),
        "figure3_numbers": figure3_numbers(predictions, parameters()),
        "figure4_numbers": figure4_numbers(similarities),
        "training_history": training_history_table({"vocal": history((3.0, 2.5))}),
        "rejected_files": rejected_files_table({"train": rejected({"too short": 3})}),
    }


def statistics(variants: tuple[str, ...] = VARIANTS, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return the tables of statistics and checks, and the places on the map of singers."""
    random = np.random.default_rng(seed)
    return {
        "baselines": baseline_table(baselines(variants, seed)),
        "comparisons": comparisons(variants),
        "verification": verification(variants),
        "retrieval": retrieval(variants),
        "stem_comparison": stem_comparison(variants),
        "calibration": calibration(variants),
        "reliability_numbers": reliability(variants, random),
        "clone_calibration": clone_calibration(variants),
        "not_enrolled_numbers": not_enrolled(variants, random),
        "album_split": album_split(variants),
        "cross_synthesis_numbers": cross_synthesis(variants),
        "context_numbers": context(variants, random),
        "singer_map_numbers": singer_map(variants, random),
    }


def baselines(variants: tuple[str, ...] = VARIANTS, seed: int = 0) -> pd.DataFrame:
    """Return what each plain classifier said of 20 test tracks in two runs, at two class counts."""
    random = np.random.default_rng(seed)
    cases = product(variants, ("closed", "cloned"), (10, 20), (0, 1), ("logistic", "neighbours", "centroid"), range(20))
    rows = [
        {
            "variant": variant,
            "corpus": corpus,
            "n_singers": count,
            "run": run,
            "method": method,
            "track_id": f"t{track}",
        }
        | {"true_ids": [f"s{track}"], "is_top1": bool(random.random() < 0.6), "is_top5": bool(random.random() < 0.9)}
        for variant, corpus, count, run, method, track in cases
    ]
    return pd.DataFrame(rows)


def comparisons(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return a difference for each variant and the first."""
    row = {"corpus": "cloned", "n_singers": 40, "question": "against mixture", "top1": 62.34, "other_top1": 50.0}
    row |= {"difference": 12.34, "low": 4.0, "high": 20.0, "p_value": 0.0123, "p_holm": 0.0246}
    row |= {"n_seeds": 3, "seeds_difference": 11.1, "seeds_std": 2.2}
    return pd.DataFrame([{"variant": variant, "other": variants[0]} | row for variant in variants[1:]])


def verification(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return errors over both kinds of trials."""
    row = {"n_same": 1234, "n_different": 5678, "equal_error_rate": 0.1234, "min_dcf": 0.789}
    rows = [{"variant": variant, "trials": kind} | row for variant in variants for kind in ("any", "different_albums")]
    return pd.DataFrame(rows)


def retrieval(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return mean average precision and recall for real tracks and clones."""
    row = {"n_queries": 90, "n_candidates": 300, "mean_average_precision": 0.456}
    row |= {"recall_at_1": 0.5, "recall_at_5": 0.75, "recall_at_10": 0.8777}
    return pd.DataFrame([{"variant": variant, "queries": q} | row for variant in variants for q in ("real", "clones")])


def stem_comparison(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return rates that are the same for each stem."""
    row = {"n_singers": 40, "n_tracks": 120, "equal_error_rate": 0.1234, "as_norm_equal_error_rate": 0.1}
    row |= {"album_equal_error_rate": 0.15, "album_as_norm_equal_error_rate": 0.13, "mean_average_precision": 0.456}
    row |= {"recall_at_1": 0.5, "n_clones": 30, "clones_top1": 0.7654}
    stems = ("mixture", "vocals", "turned_down")
    return pd.DataFrame([{"variant": variant, "stem": stem} | row for variant, stem in product(variants, stems)])


def calibration(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return calibration errors that scaling makes smaller."""
    row = {"n_singers": 40, "n_runs": 3, "n_tests": 120, "temperature": 0.0789, "accuracy": 80.0}
    row |= {"confidence_before": 3.1, "confidence_after": 78.0, "ece_before": 76.9, "ece_after": 4.56}
    row |= {"is_at_bound": True, "brier_before": 0.6789, "brier_after": 0.1234}
    row |= {f"ece_{bound}_{scaling}": 5.0 for bound in ("expected", "low", "high") for scaling in ("before", "after")}
    return pd.DataFrame(
        [{"variant": variant, "corpus": corpus} | row for variant in variants for corpus in ("closed", "cloned")]
    )


def clone_calibration(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return calibration errors on clones that a temperature of other clones makes smaller."""
    row = {"corpus": "cloned", "n_singers": 40, "n_runs": 3, "n_clones": 30, "n_tests": 90, "accuracy": 20.0}
    row |= {"confidence": 70.0, "temperature_low": 2.5, "temperature_high": 4.0, "at_bound": 25.0, "brier": 0.3}
    row |= {"ece": 50.0, "ece_expected": 6.0, "ece_low": 3.0, "ece_high": 9.0}
    cases = product(variants, ("all", "vocoder"), ("none", "validation", "other_clones"))
    return pd.DataFrame(
        [{"variant": variant, "clone_method": method, "fitted_to": fitted} | row for variant, method, fitted in cases]
    )


def reliability(variants: tuple[str, ...], random: np.random.Generator) -> pd.DataFrame:
    """Return five bins of confidence each."""
    bins = np.linspace(10.0, 90.0, 5)
    rows = [
        {"variant": variant, "corpus": corpus, "scaling": scaling, "confidence": bin_ / (2 - (scaling == "after"))}
        | {"accuracy": float(np.clip(bin_ + random.normal(0, 8), 0, 100)), "n_tests": int(random.integers(5, 60))}
        for variant, corpus, scaling, bin_ in product(variants, ("closed", "cloned"), ("before", "after"), bins)
    ]
    return pd.DataFrame(rows).assign(n_singers=40)


def not_enrolled(variants: tuple[str, ...], random: np.random.Generator) -> pd.DataFrame:
    """Return detection that gets worse with more singers."""
    rows = [
        {"variant": variant, "n_singers": count, "n_runs": 3, "n_enrolled": count, "n_not_enrolled": 50 - count}
        | {"auroc_mean": 95.0 - count / 1.5 - 10 * random.random(), "auroc_std": 2.0}
        | {"false_accepts_mean": 30.0 + count, "false_accepts_std": 5.0}
        for variant, count in product(variants, (20, 30, 40))
    ]
    return pd.DataFrame(rows)


def album_split(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return accuracies that fall where albums are kept apart."""
    row = {"n_singers": 40, "n_runs": 3, "top1_by_track_mean": 90.0, "top1_by_track_std": 1.0}
    row |= {"top1_by_album_mean": 77.5, "top1_by_album_std": 2.0, "difference": -12.5, "low": -20.0, "high": -5.0}
    row |= {"p_value": 0.004, "n_train_tracks_by_track": 6.0, "n_train_tracks_by_album": 4.2}
    return pd.DataFrame(
        [{"variant": variant, "corpus": corpus} | row for variant in variants for corpus in ("closed", "fma")]
    )


def cross_synthesis(variants: tuple[str, ...]) -> pd.DataFrame:
    """Return three methods of cloning, nearer and nearer to the target, after all of them together."""
    row = {"n_singers": 40, "n_runs": 3, "n_clones": 30, "n_compared": 30, "top1_std": 3.0, "similarity_other": 20.0}
    row |= {"similarity_original": 85.0, "above_target": 50.0, "above_source": 40.0, "above_original": 81.0}
    rows = [
        {"variant": variant, "clone_method": method, "top1_mean": 20.0 * place, "nearer_target": 25.0 * place}
        | {"similarity_target": 40.0 + 15.0 * place, "similarity_source": 80.0 - 15.0 * place}
        | row
        for variant, (place, method) in product(variants, enumerate(("all", "blend", "envelope", "vocoder"), start=1))
    ]
    return pd.DataFrame(rows)


def context(variants: tuple[str, ...], random: np.random.Generator) -> pd.DataFrame:
    """Return accuracies that fall as the accompaniment gets louder, and further where it is foreign."""
    row = {"n_singers": 40, "n_runs": 3, "n_tracks": 40.0, "top1_std": 2.5, "top5_mean": 95.0, "top5_std": 1.0}
    cases = [("own", level) for level in (None, -12.0, -6.0, 0.0, 6.0, 12.0)] + [("foreign", 0.0)]
    rows = [
        {"variant": variant, "accompaniment": kind, "level_db": level}
        | {"top1_mean": 70.0 - (level or -15.0) - 20.0 * (kind == "foreign") - 10.0 * random.random()}
        | row
        for variant, (kind, level) in product(variants, cases)
    ]
    return pd.DataFrame(rows)


def singer_map(variants: tuple[str, ...], random: np.random.Generator, n_singers: int = 12) -> pd.DataFrame:
    """Return places of singers on a map per variant."""
    rows = [
        {"variant": variant, "singer_id": f"singer {singer}", "x": random.normal(0, 9), "y": random.normal(0, 9)}
        for variant, singer in product(variants, range(n_singers))
    ]
    return pd.DataFrame(rows)
