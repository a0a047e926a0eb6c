"""Ingest: from folders of music to tables of tracks and stores of decoded audio.

demo parameters ──► demo.stems ──► demo.truth
                                       │   (its files exist once this does)
corpora ───────► found, unlisted ◄──┘
                      └──► audio ──► tracks, unreadable
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.ingest.nodes import decode, describe, describe_demo, find, make_demo
from real_cloned.pipelines.names import CORPORA, own, shared


def create_pipeline(**_: object) -> Pipeline:
    """Return the demo's maker and one copy of the readers per corpus."""
    return _demo() + sum((_corpus(corpus) for corpus in CORPORA), Pipeline([]))


def _demo() -> Pipeline:
    nodes = [
        Node(make_demo, "params:demo", "stems", name="make_demo"),
        Node(describe_demo, "stems", "truth", name="describe_demo"),
    ]
    return Pipeline(nodes, namespace="demo", parameters=shared("demo"), tags="ingest")


def _corpus(corpus: str) -> Pipeline:
    nodes = [
        Node(find, ["params:corpora", "demo.truth"], ["found", "unlisted"], name="find_tracks"),
        Node(decode, ["found", "params:corpora", "params:audio"], "audio", name="decode_tracks"),
        Node(describe, ["found", "unlisted", "audio"], ["tracks", "unreadable"], name="describe_tracks"),
    ]
    parameters = own(corpus, "corpora") | shared("audio")
    return Pipeline(nodes, namespace=corpus, inputs={"demo.truth"}, parameters=parameters, tags="ingest")
