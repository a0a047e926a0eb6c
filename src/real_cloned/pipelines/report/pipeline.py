"""Report: the paper's tables and figures from the tables of all stages, and one page that holds them.

{corpus}.tracks, splits, rejected ──► table1_datasets, rejected_files ─┐
{variant}.{corpus}.predictions ──► table2, table3, figures 1 to 3 ─────┼──► report
{variant}.closed.similarities ──► figure 4 ────────────────────────────┤
{variant}.closed.averages ──► singer_map ──────────────────────────────┤
{variant}.history ──► training_history ────────────────────────────────┤
params: ──► run_parameters ────────────────────────────────────────────┤
and what `statistics_pipeline` and `checks` draw ──────────────────────┘
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import PROBED, each
from real_cloned.pipelines.report import nodes, page, statistics_pipeline
from real_cloned.pipelines.report.checks import create_checks


def create_pipeline(**_: object) -> Pipeline:
    """Return the report: predictions together, then tables, figures, page."""
    predictions = each("{variant}.{corpus}.predictions", PROBED)
    similarities = each("{variant}.{corpus}.similarities", ("closed",))
    averages = each("{variant}.{corpus}.averages", ("closed",))
    corpora = [*each("{corpus}.tracks"), *each("{corpus}.splits")]
    both = ["predictions", "params:report"]
    paper = Pipeline(
        [
            Node(nodes.collected, predictions, "predictions", name="collect_predictions"),
            Node(nodes.table1, corpora, "table1_datasets", name="table1"),
            Node(nodes.table2, "predictions", "table2_open_datasets", name="table2"),
            Node(nodes.table3, "predictions", "table3_prior_work", name="table3"),
            Node(nodes.accuracies, both, "accuracies", name="summarise_accuracies"),
            Node(nodes.languages, "predictions", "languages", name="compare_languages"),
            Node(nodes.singers, "predictions", "singers", name="list_singers"),
            Node(nodes.figure1, "predictions", ["figure1_numbers", "figure1"], name="figure1"),
            Node(nodes.figure2, both, ["figure2_numbers", "figure2"], name="figure2"),
            Node(nodes.figure3, both, ["figure3_numbers", "figure3"], name="figure3"),
            Node(nodes.figure4, similarities, ["figure4_numbers", "figure4"], name="figure4"),
            Node(nodes.singer_maps, averages, ["singer_map_numbers", "singer_map"], name="map_singers"),
            Node(nodes.histories, each("{variant}.history"), "training_history", name="collect_histories"),
            Node(nodes.rejections, each("{corpus}.rejected"), "rejected_files", name="collect_rejections"),
            Node(page.run_parameters, page.SETTINGS_INPUTS, "run_parameters", name="record_parameters"),
            Node(page.page, page.PAGE_INPUTS, "report", name="write_report"),
        ],
        tags="report",
    )
    return paper + statistics_pipeline.create_pipeline() + create_checks()
