"""The project's pipelines by name: the seven stages, and all of them in a row."""

from kedro.pipeline import Pipeline

from real_cloned.pipelines import embed, ingest, pretrain, probe, report, separation, vocal_filter


def register_pipelines() -> dict[str, Pipeline]:
    """Return the stages in their order, and `__default__`, which is all of them."""
    stages = {
        "ingest": ingest.create_pipeline(),
        "vocal_filter": vocal_filter.create_pipeline(),
        "separation": separation.create_pipeline(),
        "pretrain": pretrain.create_pipeline(),
        "embed": embed.create_pipeline(),
        "probe": probe.create_pipeline(),
        "report": report.create_pipeline(),
    }
    return {**stages, "__default__": sum(stages.values(), Pipeline([]))}
