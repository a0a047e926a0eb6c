"""Vocal filter: which stretches hold singing, and which tracks and singers are used, and for what.

demo.stems, demo.truth ──► vocal_detector.weights
                                    │
{corpus}.audio ──► segments, unvoiced ◄┘
                      └──► splits, rejected ──► filter_summary
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import CORPORA, dotted, each, own, shared
from real_cloned.pipelines.vocal_filter.nodes import assign_roles, find_segments, summarise, train_detector


def create_pipeline(**_: object) -> Pipeline:
    """Return the detector's training, one copy of the filter per corpus, and the stage's table."""
    tables = [name for kind in ("tracks", "splits", "segments", "rejected") for name in each("{corpus}." + kind)]
    summary = Node(summarise, tables, "filter_summary", name="summarise_filter", tags="vocal_filter")
    return _detector() + sum(map(_corpus, CORPORA), Pipeline([summary]))


def _detector() -> Pipeline:
    inputs = ["demo.stems", "demo.truth", "params:vocal_filter"]
    node = Node(train_detector, inputs, "weights", name="train_vocal_detector")
    return Pipeline(
        [node],
        namespace="vocal_detector",
        inputs={"demo.stems", "demo.truth"},
        parameters=shared("vocal_filter"),
        tags="vocal_filter",
    )


def _corpus(corpus: str) -> Pipeline:
    published = dotted("published", corpus)
    shared_inputs = ["params:corpora", "params:audio", "params:vocal_filter"]
    inputs = ["audio", "vocal_detector.weights", "tracks", published, *shared_inputs]
    role_inputs = ["tracks", "segments", published, "unreadable", "unvoiced", "params:corpora"]
    nodes = [
        Node(find_segments, inputs, ["segments", "unvoiced"], name="find_vocal_segments"),
        Node(assign_roles, role_inputs, ["splits", "rejected"], name="assign_roles"),
    ]
    return Pipeline(
        nodes,
        namespace=corpus,
        inputs={"vocal_detector.weights", published},
        parameters=own(corpus, "corpora") | shared("audio", "vocal_filter"),
        tags="vocal_filter",
    )
