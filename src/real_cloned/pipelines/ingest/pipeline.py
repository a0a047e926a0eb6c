"""Ingest: from folders of music to tables of tracks and stores of decoded audio.

demo parameters ──► demo.stems ──► demo.truth          (its files exist once this does)
                                       │
all corpora ───► listed.*, unusable.*, published.* ◄┘
                      └──► {corpus}.found, unlisted    (no singer in two corpora)
                              └──► audio ──► tracks, unreadable ──► ingest_summary
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.ingest.nodes import decode, describe, describe_demo, find, list_corpus, make_demo, summarise
from real_cloned.pipelines.names import CORPORA, dotted, each, own, shared


def create_pipeline(**_: object) -> Pipeline:
    """Return the demo's maker, the readers, one copy of the decoder per corpus, and the stage's table."""
    tables = [*each("{corpus}.tracks"), *each("{corpus}.unreadable")]
    summary = Node(summarise, tables, "ingest_summary", name="summarise_ingest", tags="ingest")
    parts = [_demo(), *map(_listing, CORPORA), *map(_corpus, CORPORA)]
    return sum(parts, Pipeline([summary]))


def _demo() -> Pipeline:
    nodes = [
        Node(make_demo, "params:demo", "stems", name="make_demo", tags="writes_raw_files"),
        Node(describe_demo, "stems", "truth", name="describe_demo"),
    ]
    return Pipeline(nodes, namespace="demo", parameters=shared("demo"), tags="ingest")


def _listing(corpus: str) -> Pipeline:
    outputs = [dotted(kind, corpus) for kind in ("listed", "unusable", "published")]
    inputs = [dotted("params:corpora", corpus), "demo.truth"]
    return Pipeline([Node(list_corpus, inputs, outputs, name=f"list_{corpus}", tags=["ingest", "reads_raw_files"])])


def _corpus(corpus: str) -> Pipeline:
    listed = each("listed.{corpus}")
    nodes = [
        Node(find, ["params:corpora", dotted("unusable", corpus), *listed], ["found", "unlisted"], name="find_tracks"),
        Node(
            decode, ["found", "params:corpora", "params:audio"], "audio", name="decode_tracks", tags="reads_raw_files"
        ),
        Node(describe, ["found", "unlisted", "audio"], ["tracks", "unreadable"], name="describe_tracks"),
    ]
    inputs = {dotted("unusable", corpus), *listed}
    parameters = own(corpus, "corpora") | shared("audio")
    return Pipeline(nodes, namespace=corpus, inputs=inputs, parameters=parameters, tags="ingest")
