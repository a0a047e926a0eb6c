"""Vocal filter: which stretches hold singing, and which tracks and singers are used, and for what.

{corpus}.audio ──► segments, unvoiced ──► splits, rejected ──► filter_summary
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import CORPORA, dotted, each, own, shared
from real_cloned.pipelines.vocal_filter.nodes import assign_roles, find_segments, summarise, train_detector


def create_pipeline(**_: object) -> Pipeline:
    """Return one copy of the filter per corpus, and the stage's table."""
    tables = [name for kind in ("tracks", "splits", "segments", "rejected") for name in each("{corpus}." + kind)]
    summary = Node(summarise, tables, "filter_summary", name="summarise_filter", tags="vocal_filter")
    return sum(map(_corpus, CORPORA), Pipeline([summary]))


def create_training_pipeline(**_: object) -> Pipeline:
    """Return the training of the detector that ships with the package; no part of the study's own line."""
    inputs = ["demo.stems", "demo.truth", "params:train_vocal_detector"]
    return Pipeline([Node(train_detector, inputs, "vocal_detector.weights", name="train_vocal_detector")])


def _corpus(corpus: str) -> Pipeline:
    published = dotted("published", corpus)
    inputs = ["audio", "tracks", published, "params:corpora", "params:audio", "params:vocal_filter"]
    role_inputs = ["tracks", "segments", published, "unreadable", "unvoiced", "params:corpora"]
    nodes = [
        Node(find_segments, inputs, ["segments", "unvoiced"], name="find_vocal_segments"),
        Node(assign_roles, role_inputs, ["splits", "rejected"], name="assign_roles"),
    ]
    parameters = own(corpus, "corpora") | shared("audio", "vocal_filter")
    return Pipeline(nodes, namespace=corpus, inputs={published}, parameters=parameters, tags="vocal_filter")
