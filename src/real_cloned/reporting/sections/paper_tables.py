"""The study's question in one table, and Tables 1 to 3 of the paper."""

from real_cloned.reporting.display import figure, shown, spread, words
from real_cloned.reporting.findings import glance_table
from real_cloned.reporting.sections.columns import CORPUS, GROUPS, MODEL, RUNS, SINGERS, VARIANT
from real_cloned.reporting.sections.section import Contents, Section

GLANCE = [VARIANT, SINGERS] + [
    column
    for name, key in GROUPS
    for column in (
        figure("Real", f"closed_{key}", group=name),
        figure("Cloned", f"cloned_{key}", group=name),
        figure("Difference", f"difference_{key}", "+.1f", name),
    )
]

TABLE1 = [
    CORPUS,
    figure("Hours", "hours", ",.1f"),
] + [
    column
    for name, key in (
        ("Singers", "singers"),
        ("Songs", "songs"),
        ("Fewest songs of a singer", "songs_per_singer_min"),
    )
    for column in (
        figure("Ours", key, ",d", name),
        figure("Paper", f"published_{key}", ",d", name),
        figure("Difference", f"difference_{key}", "+,d", name),
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

OPEN_DATASETS = (
    "Mean ± standard deviation over runs. CLMR-like: trained here on pairs from one track, as CLMR is; the paper's "
    "values beside it are those of CLMR's own embeddings, trained on some four million tracks."
)
EARLIER_WORK = (
    "References as the paper numbers them: [16] Yakura et al. 2022, [18] Lee and Nam 2019, [19] Kim et al. 2021. "
    "MSD is the Million Song Dataset. The closed corpus is not the same one in the paper and here."
)


def glance(contents: Contents) -> Section:
    """Return the study's question in one table."""
    accuracies = contents.table("accuracies")
    table = accuracies if accuracies.empty else glance_table(accuracies)
    caption = "Mean accuracy at the largest number of singers run on both."
    words_before = "The study's question in one table."
    return Section("glance", "Real against cloned singers", words_before, [shown(table, GLANCE, caption)])


def table1(contents: Contents) -> Section:
    """Return Table 1."""
    table = contents.table("table1_datasets")
    for key in ("singers", "songs", "songs_per_singer_min") if len(table) else ():
        table = table.assign(**{f"difference_{key}": table[key] - table[f"published_{key}"]})
    what = "What was kept after filtering, beside what the paper kept."
    return Section("table1", "Table 1: corpora", what, [shown(table, TABLE1, "Tracks kept in each corpus.")])


def table2(contents: Contents) -> Section:
    """Return Table 2."""
    table = shown(contents.table("table2_open_datasets"), TABLE2, "Accuracy on FMA and MTG-Jamendo, all singers.")
    return Section("table2", "Table 2: open datasets", OPEN_DATASETS, [table])


def table3(contents: Contents) -> Section:
    """Return Table 3."""
    caption = "The Mixture model beside earlier work at the same number of singers."
    table = shown(contents.table("table3_prior_work"), TABLE3, caption)
    return Section("table3", "Table 3: earlier work", EARLIER_WORK, [table])


SECTIONS = (glance, table1, table2, table3)
