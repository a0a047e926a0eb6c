"""Enrol: a registry of singers, from a corpus or a folder of recordings.

params:pretrain.{encoder} ──► enrol.weights ──┐      (published encoders; of others weights@{encoder}.weights is taken)
params:enrol ─────────────────────────────────┴──► singer_registry, enrolled_singers, not_enrolled_recordings
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.enrol import nodes
from real_cloned.pipelines.study import Study


def create_pipeline(study: Study) -> Pipeline:
    """Return the enrolment by the encoder that the parameters name.

    Args:
        study: Which encoder enrols, and whether it is trained here.
    """
    encoder, is_published = study.enrolling_encoder, study.enrolls_with_published
    published = Node(
        func=nodes.take_published_encoder,
        inputs={"variant": f"params:pretrain.{encoder}", "audio": "params:audio"},
        outputs="enrol.weights",
        name="take_published_encoder",
        namespace="enrol",
    )
    enrolment = Node(
        func=nodes.enrol_singers,
        inputs={
            "encoder": "enrol.weights" if is_published else f"weights@{encoder}.weights",
            "parameters": "params:enrol",
            "detection": "params:vocal_filter",
        },
        outputs=["singer_registry", "enrolled_singers", "not_enrolled_recordings"],
        name="enrol_singers",
        namespace="enrol",
        tags="reads_raw_files",
    )
    return Pipeline([*([published] if is_published else []), enrolment], tags="enrol")
