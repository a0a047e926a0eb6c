"""The statistics beside the paper's tables: what could be chance, how sure the probe is, what embeddings tell alone.

predictions ──► comparisons
{variant}.{corpus}.album_predictions, track_predictions ──► album_split
{variant}.{corpus}.baselines ──► baselines
{variant}.{corpus}.confidences ──► confidences ──► calibration, reliability, not_enrolled
{variant}.closed.verification, retrieval ──► verification, retrieval
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import PROBED, REAL, each
from real_cloned.pipelines.report import statistics_nodes as nodes
from real_cloned.pipelines.report.nodes import collected


def create_pipeline() -> Pipeline:
    """Return a node per statistic, each with a CSV, two with a figure."""
    verified = each("{variant}.{corpus}.verification", ("closed",))
    retrieved = each("{variant}.{corpus}.retrieval", ("closed",))
    confidences = each("{variant}.{corpus}.confidences", PROBED)
    baselines = each("{variant}.{corpus}.baselines", PROBED)
    both_splits = [
        name for kind in ("album", "track") for name in each("{variant}.{corpus}." + f"{kind}_predictions", REAL)
    ]
    return Pipeline(
        [
            Node(nodes.comparisons, ["predictions", "params:report"], "comparisons", name="compare_variants"),
            Node(nodes.baselines, baselines, "baselines", name="summarise_baselines"),
            Node(nodes.albums, ["params:report", *both_splits], "album_split", name="compare_splits"),
            Node(collected, verified, "verification", name="collect_verification"),
            Node(collected, retrieved, "retrieval", name="collect_retrieval"),
            Node(collected, confidences, "confidences", name="collect_confidences"),
            Node(nodes.calibration, "confidences", "calibration", name="calibration"),
            Node(nodes.reliability, "confidences", ["reliability_numbers", "reliability"], name="reliability"),
            Node(nodes.not_enrolled, "confidences", ["not_enrolled_numbers", "not_enrolled"], name="not_enrolled"),
        ],
        tags="report",
    )
