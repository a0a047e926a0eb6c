"""Report: the paper's tables and figures from the tables of all stages, and one page that holds them.

corpora@{corpus}.tracks, segments@{corpus}.splits ──► table1_datasets ────────────────────────┐
predictions ──► table2, table3, accuracies, figures 1 to 3, comparisons ──────────────────────┤
similarities ──► figure 4;  singer_averages ──► singer_map;  confidences ──► calibration, … ──┼──► report
(pretraining_seeds, where several were tried, ──► comparisons;  cover_results, if any) ────────────────────┤
remix_predictions ──► context;  clone_similarities ──► cross_synthesis ───────────────────────┤
params: ──► run_parameters ───────────────────────────────────────────────────────────────────┘
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.report import nodes
from real_cloned.pipelines.study import Study, same_names

PAGE_TABLES = (
    "table1_datasets", "table2_open_datasets", "table3_prior_work", "accuracies", "languages", "singers",
    "test_tracks", "figure1_numbers", "figure2_numbers", "figure3_numbers", "figure4_numbers", "comparisons",
    "baselines", "verification", "retrieval", "stem_comparison", "singer_map_numbers", "calibration",
    "reliability_numbers", "clone_calibration", "not_enrolled_numbers", "album_split", "context_numbers",
    "cross_synthesis_numbers", "cover_results", "cover_voices", "rejected_files",
    "rejected_by_separation",
)  # fmt: skip
"""What the page shows; `reporting.sections` takes the tables by these names."""


def create_pipeline(study: Study) -> Pipeline:
    """Return the tables, the figures, and the page.

    Args:
        study: Which variants and corpora there are.
    """
    return Pipeline([*_tables(study), *_figures(), *_page(study)], tags="report")


def _node(function: object, inputs: dict[str, str], outputs: str | list[str], name: str) -> Node:
    return Node(func=function, inputs=inputs, outputs=outputs, name=name, namespace="report")  # type: ignore[arg-type]


def _tables(study: Study) -> list[Node]:
    corpora = [table for corpus in study.corpora for table in (f"corpora@{corpus}.tracks", f"segments@{corpus}.splits")]
    both = {"predictions": "predictions", "parameters": "params:report"}
    return [
        _node(nodes.count_datasets, same_names(*corpora), "table1_datasets", "count_datasets"),
        _node(
            nodes.tabulate_accuracies,
            {**both, **{variant: f"params:pretrain.{variant}" for variant in study.declared_variants}},
            ["table2_open_datasets", "table3_prior_work", "accuracies", "languages", "singers"],
            "tabulate_accuracies",
        ),
        _node(
            nodes.tabulate_test_tracks,
            same_names("predictions", "confidences"),
            "test_tracks",
            "tabulate_test_tracks",
        ),
        _node(
            nodes.compare_variants,
            {**both, **same_names("pretraining_seeds")},
            "comparisons",
            "compare_variants",
        ),
        _node(nodes.tabulate_baselines, same_names("baseline_predictions"), "baselines", "tabulate_baselines"),
        _node(
            nodes.compare_splits,
            {"parameters": "params:report", **same_names("album_predictions", "track_predictions")},
            "album_split",
            "compare_splits",
        ),
    ]


def _figures() -> list[Node]:
    both = {"predictions": "predictions", "parameters": "params:report"}
    return [
        _node(nodes.draw_figure1, same_names("predictions"), ["figure1_numbers", "figure1"], "draw_figure1"),
        _node(nodes.draw_figure2, both, ["figure2_numbers", "figure2"], "draw_figure2"),
        _node(nodes.draw_figure3, both, ["figure3_numbers", "figure3"], "draw_figure3"),
        _node(nodes.draw_figure4, same_names("similarities"), ["figure4_numbers", "figure4"], "draw_figure4"),
        _node(nodes.draw_singer_map, same_names("singer_averages"), ["singer_map_numbers", "singer_map"], "draw_map"),
        _node(
            nodes.draw_confidence,
            {"confidences": "confidences", "parameters": "params:report"},
            [
                *("calibration", "reliability_numbers", "reliability", "clone_calibration"),
                *("not_enrolled_numbers", "not_enrolled"),
            ],
            "draw_confidence",
        ),
        _node(nodes.draw_context, same_names("remix_predictions"), ["context_numbers", "context"], "draw_context"),
        _node(
            nodes.draw_cross_synthesis,
            same_names("predictions", "clone_similarities"),
            ["cross_synthesis_numbers", "cross_synthesis"],
            "draw_cross_synthesis",
        ),
    ]


def _page(study: Study) -> list[Node]:
    settings = ["probe", "report", "demo", *(f"pretrain.{variant}" for variant in study.declared_variants)]
    settings += [f"corpora.{corpus}" for corpus in study.corpora]
    settings += ["separation.default", *(f"separation.{entry}" for entry in study.separations.values())]
    return [
        _node(
            nodes.record_parameters,
            {name: f"params:{name}" for name in dict.fromkeys(settings)},
            "run_parameters",
            "record_parameters",
        ),
        _node(
            nodes.write_report,
            {
                "report": "params:report",
                "training_history": "weights@history",
                "embeddings": "embeddings@summary",
                **same_names("run_parameters", *PAGE_TABLES),
            },
            "report",
            "write_report",
        ),
    ]
