"""Identify: who sings in recordings, as far as a registry of singers can tell.

params:identify ──► recordings ──┐
singer_registry ─────────────────┴──► identifications, stretches, clone_ranks ──► identifications_page
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.identify import nodes
from real_cloned.pipelines.study import same_names

TABLES = ("identifications", "stretches", "clone_ranks")


def create_pipeline() -> Pipeline:
    """Return the identification, and its page."""
    return Pipeline(
        [
            Node(
                func=nodes.list_recordings,
                inputs={"parameters": "params:identify"},
                outputs="recordings",
                name="list_recordings",
                namespace="identify",
                tags="reads_raw_files",
            ),
            Node(
                func=nodes.identify_recordings,
                inputs={"registry": "singer_registry", "recordings": "recordings", "parameters": "params:identify"},
                outputs=list(TABLES),
                name="identify_recordings",
                namespace="identify",
                tags="reads_raw_files",
            ),
            Node(
                func=nodes.render_page,
                inputs={"registry": "singer_registry", **same_names("recordings", *TABLES)},
                outputs="identifications_page",
                name="render_page",
                namespace="identify",
            ),
        ],
        tags="identify",
    )
