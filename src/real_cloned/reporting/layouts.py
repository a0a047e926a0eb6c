"""Which columns each table shows on the page, under which headings."""

from real_cloned.reporting.display import Column, figure, interval, spread, words
from real_cloned.reporting.names import REFERENCE_NAMES


def reference(key: str) -> Column:
    """Return the column that says what test tracks are compared with in Figure 4."""
    return Column("Compared with", lambda row: REFERENCE_NAMES[row[key]], numeric=False)


CORPUS = words("Corpus", "corpus", labelled=True)
VARIANT = words("Model", "variant", labelled=True)
MODEL = words("Model", "model", labelled=True)
MEASURE = words("Measure", "measure", labelled=True)
SINGERS = figure("Singers", "n_singers", ",d")
RUNS = figure("Runs", "n_runs", "d")
TESTS = figure("Tests", "n_tracks", ",d")
GROUPS = (("Top-1 (%)", "top1"), ("Top-5 (%)", "top5"))

TABLE1 = [
    CORPUS,
    figure("Ours", "singers", ",d", "Singers"),
    figure("Paper", "published_singers", ",d", "Singers"),
    figure("Ours", "songs", ",d", "Songs"),
    figure("Paper", "published_songs", ",d", "Songs"),
    figure("Ours", "songs_per_singer_min", ",d", "Fewest songs of a singer"),
    figure("Paper", "published_songs_per_singer_min", ",d", "Fewest songs of a singer"),
    figure("Hours", "hours", ",.1f"),
]

GLANCE = [VARIANT, SINGERS] + [
    column
    for name, key in GROUPS
    for column in (
        figure("Real", f"closed_{key}", group=name),
        figure("Cloned", f"cloned_{key}", group=name),
        figure("Difference", f"difference_{key}", "+.1f", name),
    )
]

TABLE2 = [
    CORPUS,
    MODEL,
    figure("Ours", "n_singers", ",d", "Singers"),
    figure("Paper", "published_n_singers", ",d", "Singers"),
    RUNS,
] + [
    column
    for name, key in GROUPS
    for column in (
        spread("Ours", f"{key}_mean", f"{key}_std", name),
        spread("Paper", f"published_{key}_mean", f"published_{key}_std", name),
        figure("Difference", f"difference_{key}", "+.1f", name),
    )
]

TABLE3 = [
    SINGERS,
    words("Method", "method", labelled=True),
    words("Dataset", "dataset", labelled=True),
] + [
    column
    for name, key in GROUPS
    for column in (
        figure("Ours", key, group=name),
        figure("Paper", f"published_{key}", group=name),
        figure("Difference", f"difference_{key}", "+.1f", name),
    )
]

ACCURACY = [CORPUS, SINGERS, VARIANT, RUNS, TESTS] + [
    column
    for name, key in GROUPS
    for column in (
        spread("Mean ± std", f"{key}_mean", f"{key}_std", name),
        interval("95 % interval", f"{key}_low", f"{key}_high", name),
    )
]

LANGUAGES = [
    words("Language", "language"),
    SINGERS,
    RUNS,
    TESTS,
    figure("Top-1 mean (%)", "top1_mean"),
    figure("Top-5 mean (%)", "top5_mean"),
    figure("Top-5 median (%)", "top5_median"),
]

HISTORY = [
    VARIANT,
    figure("Epochs", "epochs", ",d"),
    figure("Best epoch", "best_epoch", ",d"),
    figure("Best validation loss", "best_validation_loss", ".3f"),
    figure("Seconds", "seconds", ",.0f"),
]

REJECTED = [CORPUS, words("Stage", "stage"), words("Reason", "reason"), figure("Files", "n", ",d")]

FIGURE2 = [
    words("Genre", "genre"),
    SINGERS,
    RUNS,
    TESTS,
    figure("Top-5 mean (%)", "mean"),
    figure("Top-5 median (%)", "median"),
]

FIGURE3 = [
    SINGERS,
    words("Training tracks", "bucket"),
    RUNS,
    TESTS,
    figure("Top-1 mean (%)", "mean"),
    figure("Top-1 median (%)", "median"),
]

FIGURE4 = [
    VARIANT,
    reference("reference"),
    figure("Test tracks", "n_tracks", ",d"),
    figure("Similarity (%)", "similarity_percent"),
]


def beside_published(*keys: Column) -> list[Column]:
    """Return the columns of a table of `comparison`, the given ones first."""
    return [
        *keys,
        figure("Ours (%)", "ours"),
        figure("Paper (%)", "mean"),
        figure("Difference", "difference", "+.1f"),
        words("In the paper", "source"),
    ]
