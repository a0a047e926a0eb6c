"""Accuracy in every experiment, variants compared in pairs, and the plain classifiers beside the probe."""

import pandas as pd

from real_cloned.reporting.baselines import METHOD_NAMES, beside_probe
from real_cloned.reporting.captions import reading_sentence
from real_cloned.reporting.display import Column, figure, interval, named, shown, spread, words
from real_cloned.reporting.names import label
from real_cloned.reporting.sections.columns import CORPUS, GROUPS, RUNS, SINGERS, TESTS, VARIANT
from real_cloned.reporting.sections.section import Contents, Section

ACCURACY = [CORPUS, SINGERS, VARIANT, RUNS, TESTS] + [
    column
    for name, key in GROUPS
    for column in (
        spread("Mean ± std", f"{key}_mean", f"{key}_std", name),
        interval("95 % interval", f"{key}_low", f"{key}_high", name),
    )
]
ACCURACY += [
    spread("Mean ± std", "top5_log_probability_mean", "top5_log_probability_std", "Top-5 by log-probability (%)"),
    spread("Mean ± std", "macro_top1_mean", "macro_top1_std", "Top-1, singers weigh alike (%)"),
]

COMPARISONS = [
    CORPUS,
    SINGERS,
    Column("Models", lambda row: f"{label(row['variant'])} − {label(row['other'])}"),
    words("Question", "question"),
    figure("First", "top1", group="Top-1 (%)"),
    figure("Second", "other_top1", group="Top-1 (%)"),
    figure("Difference", "difference", "+.1f", "Top-1 (%)"),
    interval("95 % interval", "low", "high", "Top-1 (%)"),
    figure("alone", "p_value", ".3f", "p"),
    figure("of all pairs", "p_holm", ".3f", "p"),
]

BASELINES = [
    CORPUS,
    SINGERS,
    VARIANT,
    named("Classifier", "method", METHOD_NAMES),
    RUNS,
    spread("Mean ± std", "top1_mean", "top1_std", "Top-1 (%)"),
    figure("Probe", "probe_top1", group="Top-1 (%)"),
    figure("Difference", "difference_top1", "+.1f", "Top-1 (%)"),
    spread("Top-5 (%)", "top5_mean", "top5_std"),
]

MOST_SINGERS = 60


def accuracies(contents: Contents) -> Section:
    """Return every experiment's accuracy, its spread over runs and its interval over singers."""
    alike = "Where singers weigh alike, a cloned singer with many clones counts no more than one with few."
    every = shown(contents.table("accuracies"), ACCURACY, "Accuracy by corpus, number of singers and model.")
    return Section("accuracies", "Every experiment", f"{reading_sentence()} {alike}", [every])


def comparisons(contents: Contents) -> Section:
    """Return the models compared in pairs."""
    text = (
        "Two models asked about the same tracks: the difference of their mean top-1 accuracy, its 95 % bootstrap "
        "interval over singers, and the p-value of a permutation test that swaps the two singer by singer, alone and "
        "corrected for all pairs of the corpus (Holm). That the best was chosen by these very results, no p-value "
        "accounts for."
    )
    table = shown(contents.table("comparisons"), COMPARISONS, "Paired comparison of models on the same test tracks.")
    return Section("comparisons", "Models compared", text, [table])


def baselines(contents: Contents) -> Section:
    """Return the plain classifiers beside the probe."""
    text = (
        "Plain classifiers on the same embeddings, runs and singers as the probe, at the largest number of singers of "
        "each corpus. The difference is baseline minus probe."
    )
    table = beside_probe(contents.table("baselines"), contents.table("accuracies"))
    caption = "Accuracy of classifiers that are not the paper's."
    return Section("baselines", "Plain classifiers", text, [shown(table, BASELINES, caption)])


def singers(contents: Contents) -> Section:
    """Return how often each singer of the closed corpus was named, those that were hardest to name first."""
    table = contents.table("singers")
    variants = [str(name) for name in table.columns if name not in ("singer_id", "n_train_tracks")]
    columns = [words("Singer", "singer_id"), figure("Training tracks", "n_train_tracks", ",d")]
    columns += [figure(label(variant), variant, group="Named right (% of runs)") for variant in variants]
    hardest = _hardest(table, variants)
    text = "How often the test track of each singer of the closed corpus was named right, at most singers run."
    if len(hardest) < len(table):
        text += f" The {len(hardest)} hardest of {len(table):,} singers are shown."
    return Section("singers", "Singer by singer", text, [shown(hardest, columns, "Singers, the hardest first.")])


def _hardest(table: pd.DataFrame, variants: list[str]) -> pd.DataFrame:
    if table.empty or not variants:
        return table
    order = table[variants].mean(axis=1).sort_values(kind="stable").index
    return table.loc[order[:MOST_SINGERS]]


SECTIONS = (accuracies, comparisons, baselines, singers)
