"""Which variant is better, and could it be chance? Pairs of variants on the same tracks, with p-values."""

import numpy as np
import pandas as pd

from real_cloned.metrics.significance import (
    difference_interval,
    holm_correction,
    mcnemar_p_value,
    permutation_p_value,
    singer_differences,
)
from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.html_tables import Column, html_table, interval_column, number_column, text_column
from real_cloned.reporting.labels import corpora_in_order, label, sort_by_order, variants_in_order
from real_cloned.reporting.sections.base import CORPUS, N_SINGERS, ReportData, Section

REFERENCE = "mixture"
"""The variant with which all others are compared."""
TOP1_TOLERANCE = 1e-3
"""Percentage points by which accuracies of one study may differ in two tables."""
TABLE_COLUMNS = [
    *("corpus", "n_singers", "variant", "other", "question", "n_runs", "n_tested_singers", "n_tests"),
    *("top1", "other_top1", "difference", "low", "high", "p_value", "p_holm"),
    *("only_variant", "only_other", "p_mcnemar"),
    *("n_seeds", "seeds_difference", "seeds_std"),
]
COLUMNS = [
    CORPUS,
    N_SINGERS,
    Column("Models", lambda row: f"{label(row['variant'])} − {label(row['other'])}"),
    text_column("Question", "question"),
    number_column("First", "top1", group="Top-1 (%)"),
    number_column("Second", "other_top1", group="Top-1 (%)"),
    number_column("Difference", "difference", "+.1f", "Top-1 (%)"),
    interval_column("95 % interval", "low", "high", "Top-1 (%)"),
    number_column("alone", "p_value", ".3f", "p"),
    number_column("of all pairs", "p_holm", ".3f", "p"),
    number_column("Seeds", "n_seeds", "d", "Pretraining seeds"),
    number_column("Difference", "seeds_difference", "+.1f", "Pretraining seeds"),
    number_column("Deviation", "seeds_std", ".1f", "Pretraining seeds"),
]


def comparison_table(
    predictions: pd.DataFrame, pretraining_seeds: pd.DataFrame, parameters: ReportParameters
) -> pd.DataFrame:
    """Return pairs of variants, a row each: every one against `mixture`, and the best against the second best.

    No p-value accounts for the best having been chosen by these very results.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora. Each pair is compared at the largest
            number of singers that both were run on, on the tracks and runs that both have.
        pretraining_seeds: `schemas.results.PretrainingSeeds`; without rows where only one seed was tried. Rows of
            another study than that of the predictions are not used.
        parameters: Its `n_bootstrap` and `seed` are those of the tests.

    Returns:
        Columns: corpus, n_singers, variant, other, question (`against mixture`, `best against second`, or both with a
        semicolon between), n_runs, n_tested_singers, n_tests (tracks times runs); top1, other_top1 (mean over runs,
        percent), difference (percentage points) with its 95 % bootstrap interval over singers, low and high; p_value of
        the permutation test that swaps the two singer by singer; p_holm, the same corrected for all pairs of the
        corpus. Of the first run alone: tracks that only one of the two got right, only_variant and only_other, and
        p_mcnemar, the exact test on these. Over pretraining seeds: n_seeds that both were pretrained with, mean and
        sample standard deviation of the difference, seeds_difference and seeds_std (missing with one seed).
    """
    rows = [row for _, in_corpus in predictions.groupby("corpus") for row in _compare_in_corpus(in_corpus, parameters)]
    seeds = _top1_by_seed(pretraining_seeds, predictions)
    rows = [row | _compare_seeds(row, seeds) for row in rows]
    corpora, variants = corpora_in_order(predictions["corpus"]), variants_in_order(predictions["variant"])
    table = pd.DataFrame(rows, columns=TABLE_COLUMNS)
    return sort_by_order(table, {"corpus": corpora, "question": None, "variant": variants})


def _compare_in_corpus(predictions: pd.DataFrame, parameters: ReportParameters) -> list[dict[str, object]]:
    rows = []
    for pair, question in _pairs(predictions).items():
        first, second = (_shared_tests(predictions, name, other) for name, other in (pair, pair[::-1]))
        if len(first):
            rows.append({"question": question} | _compare_pair(first, second, parameters))
    adjusted = holm_correction(np.array([row["p_value"] for row in rows], np.float64))
    return [row | {"p_holm": p_value} for row, p_value in zip(rows, adjusted, strict=True)]


def _pairs(predictions: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return the question about each pair of variants; a pair of which both are asked is there once."""
    variants = variants_in_order(predictions["variant"])
    others = [name for name in variants if REFERENCE in variants and name != REFERENCE]
    pairs = {(name, REFERENCE): f"against {REFERENCE}" for name in others}
    n_variants = predictions.groupby("n_singers")["variant"].nunique()
    largest = predictions[predictions["n_singers"] == n_variants[n_variants > 1].index.max()]
    means = largest.groupby(["variant", "run"])["is_top1"].mean().groupby("variant").mean()
    best = means.sort_values(ascending=False, kind="stable").index[:2].tolist()
    if len(best) == 2:
        pair = (best[0], best[1]) if best[0] != REFERENCE else (best[1], best[0])
        pairs[pair] = "; ".join(filter(None, [pairs.get(pair), "best against second"]))
    return pairs


def _shared_tests(predictions: pd.DataFrame, variant: str, other: str) -> pd.DataFrame:
    """Return the rows of `variant` at the largest number of singers, on the tracks and runs, that both have."""
    keys = ["n_singers", "run", "track_id"]
    first, second = (predictions[predictions["variant"] == name] for name in (variant, other))
    shared = first.merge(second[keys], on=keys).sort_values(["run", "track_id"])
    largest: pd.DataFrame = shared[shared["n_singers"] == shared["n_singers"].max()]
    return largest.reset_index(drop=True)


def _compare_pair(first: pd.DataFrame, second: pd.DataFrame, parameters: ReportParameters) -> dict[str, object]:
    differences = singer_differences(first, second)
    means = [100.0 * float(rows.groupby("run")["is_top1"].mean().mean()) for rows in (first, second)]
    low, high = difference_interval(first, second, parameters.n_bootstrap, parameters.seed)
    return {
        "corpus": first["corpus"][0],
        "n_singers": int(first["n_singers"][0]),
        "variant": first["variant"][0],
        "other": second["variant"][0],
        "n_runs": first["run"].nunique(),
        "n_tested_singers": len(differences),
        "n_tests": len(first),
        "top1": means[0],
        "other_top1": means[1],
        "difference": means[0] - means[1],
        "low": low,
        "high": high,
        "p_value": permutation_p_value(differences, parameters.seed),
    } | _compare_first_run(first, second)


def _compare_first_run(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, object]:
    in_run = first["run"] == first["run"].min()
    hits, other_hits = (rows.loc[in_run, "is_top1"].to_numpy(bool) for rows in (first, second))
    only_variant, only_other = int((hits & ~other_hits).sum()), int((other_hits & ~hits).sum())
    p_mcnemar = mcnemar_p_value(only_variant, only_other)
    return {"only_variant": only_variant, "only_other": only_other, "p_mcnemar": p_mcnemar}


def _top1_by_seed(pretraining_seeds: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracies with a row per seed, and columns (corpus, n_singers, variant).

    Those of an experiment count only if the study's own accuracy is that of the predictions: else they are of another
    study, made before a parameter or the code was changed.
    """
    keys = ["corpus", "n_singers", "variant"]
    runs = predictions.groupby([*keys, "run"])["is_top1"].mean()
    ours = (100.0 * runs.groupby(keys).mean()).rename("ours").reset_index()
    joined = pretraining_seeds.merge(ours, on=keys)
    own = joined[joined["is_study"].astype(bool) & ((joined["top1"] - joined["ours"]).abs() < TOP1_TOLERANCE)]
    current = joined.merge(own[keys], on=keys)
    return current.pivot_table(index="seed", columns=keys, values="top1")


def _compare_seeds(row: dict[str, object], seeds: pd.DataFrame) -> dict[str, object]:
    pair = [(row["corpus"], row["n_singers"], row[name]) for name in ("variant", "other")]
    if any(key not in seeds for key in pair):
        return {"n_seeds": 1}
    differences = (seeds[pair[0]] - seeds[pair[1]]).dropna()
    if len(differences) < 2:
        return {"n_seeds": 1}
    return {
        "n_seeds": len(differences),
        "seeds_difference": float(differences.mean()),
        "seeds_std": float(differences.std(ddof=1)),
    }


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `comparisons`.
    """
    text = (
        "Two models asked about the same tracks: the difference of their mean top-1 accuracy, its 95 % bootstrap "
        "interval over singers, and the p-value of a permutation test that swaps the two singer by singer, alone and "
        "corrected for all pairs of the corpus (Holm). That the best was chosen by these very results, no p-value "
        "accounts for. They say how sure the difference between two trained encoders is, not what another pretraining "
        "would give: for that, python -m benchmarks.pretraining_seeds pretrains each variant from several seeds, and "
        "the last columns show the mean difference and its standard deviation between these pretrainings."
    )
    table = html_table(data.table("comparisons"), COLUMNS, "Paired comparison of models on the same test tracks.")
    return Section("comparisons", "Models compared", text, [table])
