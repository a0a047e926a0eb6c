"""Overview: accuracy on real against cloned singers, the study's question in one table."""

import pandas as pd

from real_cloned.reporting.html_tables import html_table, number_column
from real_cloned.reporting.labels import sort_by_order, variants_in_order
from real_cloned.reporting.sections.base import N_SINGERS, TOP1_TOP5, VARIANT, ReportData, Section

COLUMNS = [VARIANT, N_SINGERS] + [
    column
    for name, key in TOP1_TOP5
    for column in (
        number_column("Real", f"closed_{key}", group=name),
        number_column("Cloned", f"cloned_{key}", group=name),
        number_column("Difference", f"difference_{key}", "+.1f", name),
    )
]


def overview_table(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return each variant's mean accuracy on real and on cloned singers, at its largest number of singers run on both.

    Args:
        accuracies: What `sections.accuracy.accuracy_table` returns.

    Returns:
        Columns: variant, n_singers, then in percent closed_top1, cloned_top1, difference_top1 (cloned minus real),
        closed_top5, cloned_top5, difference_top5. Variants that were not run on both corpora are left out.
    """
    closed, cloned = (_means(accuracies, corpus) for corpus in ("closed", "cloned"))
    both = closed.merge(cloned, on=["variant", "n_singers"])
    both = both[both["n_singers"] == both.groupby("variant")["n_singers"].transform("max")]
    columns = ["variant", "n_singers"]
    for measure in ("top1", "top5"):
        both = both.assign(**{f"difference_{measure}": both[f"cloned_{measure}"] - both[f"closed_{measure}"]})
        columns += [f"closed_{measure}", f"cloned_{measure}", f"difference_{measure}"]
    return sort_by_order(both, {"variant": variants_in_order(accuracies["variant"])})[columns]


def _means(accuracies: pd.DataFrame, corpus: str) -> pd.DataFrame:
    rows = accuracies.loc[accuracies["corpus"] == corpus, ["variant", "n_singers", "top1_mean", "top5_mean"]]
    return rows.rename(columns={"top1_mean": f"{corpus}_top1", "top5_mean": f"{corpus}_top5"})


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `accuracies`.
    """
    accuracies = data.table("accuracies")
    table = accuracies if accuracies.empty else overview_table(accuracies)
    caption = "Mean accuracy at the largest number of singers run on both."
    text = "The study's question in one table."
    return Section("glance", "Real against cloned singers", text, [html_table(table, COLUMNS, caption)])
