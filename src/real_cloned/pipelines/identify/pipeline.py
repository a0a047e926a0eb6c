"""Identify: who sings in recordings, as far as a registry of singers can tell.

singer_registry, params:identify ──► recordings, identifications, stretches, clone_ranks ──► identifications_page
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.identify import nodes
from real_cloned.pipelines.study import same_names

TABLES = ("recordings", "identifications", "stretches", "clone_ranks")


def create_pipeline() -> Pipeline:
    """Return the identification, and its page."""
    return Pipeline(
        [
            Node(
                func=nodes.identify_recordings,
                inputs={"registry": "singer_registry", "parameters": "params:identify"},
                outputs=list(TABLES),
                name="identify_recordings",
                namespace="identify",
                tags="reads_raw_files",
            ),
            Node(
                func=nodes.render_page,
                inputs={"registry": "singer_registry", **same_names(*TABLES)},
                outputs="identifications_page",
                name="render_page",
                namespace="identify",
            ),
        ],
        tags="identify",
    )
