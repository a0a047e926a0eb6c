"""The project's pipelines by name: the seven stages, all of them in a row, and those that run by their names alone."""

from kedro.pipeline import Pipeline

from real_cloned.pipelines import (
    covers,
    embed,
    enrol,
    identify,
    ingest,
    pretrain,
    probe,
    report,
    separation,
    vocal_filter,
)
from real_cloned.pipelines.study import configured_study

STAGES = {
    "ingest": ingest,
    "vocal_filter": vocal_filter,
    "separation": separation,
    "pretrain": pretrain,
    "embed": embed,
    "probe": probe,
    "report": report,
}


def register_pipelines() -> dict[str, Pipeline]:
    """Return the stages in their order, what runs by its name alone, and `__default__`, which is all stages."""
    study = configured_study()
    stages = {name: stage.create_pipeline(study) for name, stage in STAGES.items()}
    others = {
        "covers": covers.create_pipeline(study),
        "enrol": enrol.create_pipeline(study),
        "identify": identify.create_pipeline(),
        "train_vocal_detector": vocal_filter.create_training_pipeline(),
        "train_separator": separation.create_training_pipeline(),
    }
    return {**stages, **others, "__default__": sum(stages.values(), Pipeline([]))}
