"""Columns that several sections show."""

from real_cloned.reporting.display import Column, figure, named, words
from real_cloned.reporting.names import REFERENCE_NAMES

CORPUS = words("Corpus", "corpus", labelled=True)
VARIANT = words("Model", "variant", labelled=True)
MODEL = words("Model", "model", labelled=True)
MEASURE = words("Measure", "measure", labelled=True)
SINGERS = figure("Singers", "n_singers", ",d")
RUNS = figure("Runs", "n_runs", "d")
TESTS = figure("Tests", "n_tracks", ",d")
GROUPS = (("Top-1 (%)", "top1"), ("Top-5 (%)", "top5"))


def reference(key: str) -> Column:
    """Return the column that says what test tracks are compared with in Figure 4."""
    return named("Compared with", key, REFERENCE_NAMES)


def beside_published(*keys: Column) -> list[Column]:
    """Return the columns of a table of `comparison`, the given ones first."""
    return [
        *keys,
        figure("Ours (%)", "ours"),
        figure("Paper (%)", "mean"),
        figure("Difference", "difference", "+.1f"),
        words("In the paper", "source"),
    ]
