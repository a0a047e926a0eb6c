"""Verification and retrieval: what embeddings tell of singers without a probe, by cosine similarity alone.

The numbers come from the probe stage (`probing.verification`, `probing.retrieval`); here is what the page says of them.
"""

from real_cloned.reporting.html_tables import html_table, label_column, number_column, percent_column
from real_cloned.reporting.sections.base import VARIANT, ReportData, Section

TRIALS = {"any": "any two tracks", "different_albums": "tracks of different albums"}
QUERIES = {"real": "real tracks", "clones": "clones"}

VERIFICATION_COLUMNS = [
    VARIANT,
    label_column("Trials", "trials", TRIALS),
    number_column("Same singer", "n_same", ",d", "Pairs"),
    number_column("Different singers", "n_different", ",d", "Pairs"),
    percent_column("Equal error rate (%)", "equal_error_rate"),
    number_column("Least detection cost", "min_dcf", ".3f"),
]
AS_NORM_COLUMNS = [
    percent_column("Equal error rate (%)", "as_norm_equal_error_rate", "By AS-norm"),
    number_column("Least detection cost", "as_norm_min_dcf", ".3f", "By AS-norm"),
]
RETRIEVAL_COLUMNS = [
    VARIANT,
    label_column("Queries", "queries", QUERIES),
    number_column("Queries", "n_queries", ",d", "Tracks"),
    number_column("Candidates", "n_candidates", ",d", "Tracks"),
    percent_column("Mean average precision (%)", "mean_average_precision"),
    percent_column("1", "recall_at_1", "Recall (%) at"),
    percent_column("5", "recall_at_5", "Recall (%) at"),
    percent_column("10", "recall_at_10", "Recall (%) at"),
]


def verification_section(data: ReportData) -> Section:
    """Return the section on verification: are two tracks by the same singer?

    Args:
        data: Read for `verification`, a table of `schemas.results.Verification`.
    """
    text = (
        "Are two tracks by the same singer? Decided by the cosine similarity of their average embeddings over a "
        "fixed list of pairs, without a probe. The equal error rate is where as many pairs of one singer are refused "
        "as pairs of two are accepted: 50 % is guessing. Pairs from different albums share no recording session."
    )
    verification, columns = data.table("verification"), VERIFICATION_COLUMNS
    if "as_norm_equal_error_rate" in verification:
        columns = [*columns, *AS_NORM_COLUMNS]
        text += (
            " By AS-norm, each similarity is expressed in deviations above those to the nearest singers of the "
            "training corpus."
        )
    table = html_table(verification, columns, "Errors over pairs of closed tracks.")
    return Section("verification", "Verification", text, [table])


def retrieval_section(data: ReportData) -> Section:
    """Return the section on retrieval: which tracks lie nearest to a track?

    Args:
        data: Read for `retrieval`, a table of `schemas.results.Retrieval`.
    """
    text = (
        "Each query's embedding ranks the candidate tracks by cosine similarity; right are those of the query's "
        "singer, and for a clone those of the singer whose voice is imitated. Recall at k is the share of queries "
        "with a right track among the first k."
    )
    table = html_table(data.table("retrieval"), RETRIEVAL_COLUMNS, "Retrieval among closed tracks.")
    return Section("retrieval", "Retrieval", text, [table])
