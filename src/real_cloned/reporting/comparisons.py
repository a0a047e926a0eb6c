"""Which model is better, and could it be chance? Pairs of variants on the same tracks."""

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
from real_cloned.reporting.names import CORPORA, MODELS, in_order, sort_by_order

BASELINE = "mixture"
COLUMNS = [
    *("corpus", "n_singers", "variant", "other", "question", "n_runs", "n_tested_singers", "n_tests"),
    *("top1", "other_top1", "difference", "low", "high", "p_value", "p_holm"),
    *("only_variant", "only_other", "p_mcnemar"),
]


def comparison_table(predictions: pd.DataFrame, parameters: ReportParameters) -> pd.DataFrame:
    """Return pairs of variants, a row each: every one against `mixture`, and the best against the second best.

    predictions : Predictions of any variants and corpora. Each pair is compared at the largest class count that
        both were run on, on the tracks and runs that both have.

    Columns: corpus, n_singers, variant, other, question (`against mixture`, `best against second`, or both with a
    semicolon between), n_runs, n_tested_singers, n_tests (tracks times runs); top1, other_top1 (mean over runs,
    percent), difference (percentage points) with its 95 % bootstrap interval over singers, low and high; p_value of the
    permutation test that swaps the two singer by singer; p_holm, the same corrected for all pairs of the corpus. Of the
    first run alone: tracks that only one of the two got right, only_variant and only_other, and p_mcnemar, the exact
    test on these.

    That the best was chosen by these very results, no p-value accounts for.
    """
    rows = [row for _, of_corpus in predictions.groupby("corpus") for row in _corpus(of_corpus, parameters)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return sort_by_order(table, {"corpus": CORPORA, "question": (), "variant": MODELS})


def _corpus(predictions: pd.DataFrame, parameters: ReportParameters) -> list[dict[str, object]]:
    rows = []
    for pair, question in _pairs(predictions).items():
        first, second = (_common(predictions, name, other) for name, other in (pair, pair[::-1]))
        if len(first):
            rows.append({"question": question} | _row(first, second, parameters))
    adjusted = holm_correction(np.array([row["p_value"] for row in rows], np.float64))
    return [row | {"p_holm": p_value} for row, p_value in zip(rows, adjusted, strict=True)]


def _pairs(predictions: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return what is asked of each pair; one that both questions ask for is there once."""
    variants = in_order(predictions["variant"], MODELS)
    pairs = {(name, BASELINE): f"against {BASELINE}" for name in variants if BASELINE in variants and name != BASELINE}
    shared = predictions.groupby("n_singers")["variant"].nunique()
    largest = predictions[predictions["n_singers"] == shared[shared > 1].index.max()]
    means = largest.groupby(["variant", "run"])["is_top1"].mean().groupby("variant").mean()
    best = means.sort_values(ascending=False, kind="stable").index[:2].tolist()
    if len(best) == 2:
        pair = (best[0], best[1]) if best[0] != BASELINE else (best[1], best[0])
        pairs[pair] = "; ".join(filter(None, [pairs.get(pair), "best against second"]))
    return pairs


def _common(predictions: pd.DataFrame, variant: str, other: str) -> pd.DataFrame:
    """Return the rows of `variant` at the largest class count that both have, on the tracks and runs of both."""
    keys = ["n_singers", "run", "track_id"]
    mine, theirs = (predictions[predictions["variant"] == name] for name in (variant, other))
    both = mine.merge(theirs[keys], on=keys).sort_values(["run", "track_id"])
    largest: pd.DataFrame = both[both["n_singers"] == both["n_singers"].max()]
    return largest.reset_index(drop=True)


def _row(first: pd.DataFrame, second: pd.DataFrame, parameters: ReportParameters) -> dict[str, object]:
    differences = singer_differences(first, second)
    means = [100.0 * float(side.groupby("run")["is_top1"].mean().mean()) for side in (first, second)]
    low, high = difference_interval(first, second, parameters.n_bootstrap, parameters.seed)
    names = {"corpus": first["corpus"][0], "n_singers": int(first["n_singers"][0])}
    names |= {"variant": first["variant"][0], "other": second["variant"][0]}
    counts = {"n_runs": first["run"].nunique(), "n_tested_singers": len(differences), "n_tests": len(first)}
    return (
        names
        | counts
        | {"top1": means[0], "other_top1": means[1], "difference": means[0] - means[1], "low": low, "high": high}
        | {"p_value": permutation_p_value(differences, parameters.seed)}
        | _first_run(first, second)
    )


def _first_run(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, object]:
    of_run = first["run"] == first["run"].min()
    mine, other = first.loc[of_run, "is_top1"].to_numpy(bool), second.loc[of_run, "is_top1"].to_numpy(bool)
    only_variant, only_other = int((mine & ~other).sum()), int((other & ~mine).sum())
    p_mcnemar = mcnemar_p_value(only_variant, only_other)
    return {"only_variant": only_variant, "only_other": only_other, "p_mcnemar": p_mcnemar}
