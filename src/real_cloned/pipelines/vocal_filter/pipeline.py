"""Vocal filter: which stretches hold singing, and which tracks and singers are used, and for what.

demo.stems, demo.truth ──► vocal_detector.weights
                                    │
{corpus}.audio ──► segments, unvoiced ◄┘
                      └──► splits, rejected
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import CORPORA, own, shared
from real_cloned.pipelines.vocal_filter.nodes import assign_roles, find_segments, train_detector


def create_pipeline(**_: object) -> Pipeline:
    """Return the detector's training and one copy of the filter per corpus."""
    return _detector() + sum((_corpus(corpus) for corpus in CORPORA), Pipeline([]))


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
    inputs = ["audio", "vocal_detector.weights", "params:corpora", "params:audio", "params:vocal_filter"]
    nodes = [
        Node(find_segments, inputs, ["segments", "unvoiced"], name="find_vocal_segments"),
        Node(
            assign_roles,
            ["tracks", "segments", "unreadable", "unvoiced", "params:corpora"],
            ["splits", "rejected"],
            name="assign_roles",
        ),
    ]
    return Pipeline(
        nodes,
        namespace=corpus,
        inputs={"vocal_detector.weights"},
        parameters=own(corpus, "corpora") | shared("audio", "vocal_filter"),
        tags="vocal_filter",
    )
