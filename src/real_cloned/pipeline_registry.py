"""The project's pipelines by name: the seven stages, all of them in a row, and the training of what ships with them."""

from kedro.pipeline import Pipeline

from real_cloned.pipelines import embed, ingest, pretrain, probe, report, separation, vocal_filter


def register_pipelines() -> dict[str, Pipeline]:
    """Return the stages in their order, the two trainings, and `__default__`, which is all stages."""
    stages = {
        "ingest": ingest.create_pipeline(),
        "vocal_filter": vocal_filter.create_pipeline(),
        "separation": separation.create_pipeline(),
        "pretrain": pretrain.create_pipeline(),
        "embed": embed.create_pipeline(),
        "probe": probe.create_pipeline(),
        "report": report.create_pipeline(),
    }
    training = {
        "train_vocal_detector": vocal_filter.create_training_pipeline(),
        "train_separator": separation.create_training_pipeline(),
    }
    return {**stages, **training, "__default__": sum(stages.values(), Pipeline([]))}
