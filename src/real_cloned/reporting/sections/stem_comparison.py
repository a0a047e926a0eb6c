"""Which stem an encoder is best given: the same tracks embedded from each, without a probe.

The numbers come from the probe stage (`probing.stem_comparison`); here is what the page says of them.
"""

from real_cloned.core.installed_weights import OF_FAMILY
from real_cloned.reporting.html_tables import DASH, html_table, label_column, number_column, percent_column
from real_cloned.reporting.sections.base import N_SINGERS, VARIANT, ReportData, Section

STEMS = {"mixture": "mixture", "vocals": "vocals", "turned_down": "band turned down"}

COLUMNS = [
    VARIANT,
    label_column("Stem", "stem", STEMS),
    N_SINGERS,
    number_column("Tracks", "n_tracks", ",d"),
    percent_column("Cosine", "equal_error_rate", "Equal error rate (%)"),
    percent_column("AS-norm", "as_norm_equal_error_rate", "Equal error rate (%)"),
    percent_column("Cosine", "album_equal_error_rate", "The same across albums"),
    percent_column("AS-norm", "album_as_norm_equal_error_rate", "The same across albums"),
    percent_column("Mean average precision (%)", "mean_average_precision", "Retrieval"),
    percent_column("Recall (%) at 1", "recall_at_1", "Retrieval"),
    number_column("Clones", "n_clones", ",d", "Nearest singer"),
    percent_column("Named right (%)", "clones_top1", "Nearest singer"),
]


def section(data: ReportData) -> Section:
    """Return the section of the page.

    Args:
        data: Read for `stem_comparison`, a table of `schemas.results.StemComparison`.
    """
    table = data.table("stem_comparison")
    speaker = OF_FAMILY["campplus"]
    text = (
        "The same tracks embedded from the mixture, from the separated vocals, and from the vocals with the band "
        "turned down: some of each singer's (compare_stems), so that the rates are not those of all tracks above. "
        "AS-norm takes its cohort from the same stem. A clone is named by the singer whose average is nearest."
        if len(table)
        else f"{DASH} No model here compares stems. CAM++ does, once its weights are installed: {speaker.command}"
    )
    tables = [html_table(table, COLUMNS, "Singers told apart by stem.")] if len(table) else []
    return Section("stems", "Which stem to listen to", text, tables)
