"""Ingest: from folders of music to tables of tracks and stores of decoded audio.

params:demo ──► demo.stems ──► demo.truth                (the demo's files exist once this table does)
                                   │
{corpus}.listed, published ◄───────┘
     └──► {corpus}.candidates                            (no singer in two corpora)
              └──► {corpus}.audio ──► {corpus}.decoded, fingerprints
                                           └──► duplicates                       (the same recording twice)
                                                    └──► {corpus}.tracks ──► corpora@summary
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.ingest import nodes
from real_cloned.pipelines.study import Study, same_names


def create_pipeline(study: Study) -> Pipeline:
    """Return the maker of the demo, the readers and decoders of every corpus, and the stage's table.

    Args:
        study: Which variants and corpora there are.
    """
    corpora = [node for corpus in study.corpora for node in _corpus_nodes(corpus, study)]
    handed_over = ("tracks", "rejected_by_ingest", "published", "audio", "fingerprints")
    summary = Node(
        func=nodes.summarise_ingest,
        inputs=same_names(*_of_all(study, *handed_over), "duplicates"),
        outputs="corpora@summary",
        name="summarise_ingest",
        namespace="ingest",
    )
    return Pipeline([*_demo_nodes(), *corpora, *_duplicate_nodes(study), summary], tags="ingest")


def _of_all(study: Study, *tables: str) -> list[str]:
    return [f"{corpus}.{table}" for table in tables for corpus in study.corpora]


def _demo_nodes() -> list[Node]:
    return [
        Node(
            func=nodes.make_demo,
            inputs={"parameters": "params:demo"},
            outputs="demo.stems",
            name="make_demo",
            namespace="ingest.demo",
            tags="writes_raw_files",
        ),
        Node(
            func=nodes.describe_demo,
            inputs={"stems": "demo.stems"},
            outputs="demo.truth",
            name="describe_demo",
            namespace="ingest.demo",
        ),
    ]


def _corpus_nodes(corpus: str, study: Study) -> list[Node]:
    parameters, namespace = f"params:corpora.{corpus}", f"ingest.{corpus}"
    return [
        Node(
            func=nodes.list_tracks,
            inputs={"corpus": parameters, "demo_truth": "demo.truth"},
            outputs=[f"{corpus}.listed", f"{corpus}.rejected_by_reader", f"{corpus}.published"],
            name="list_tracks",
            namespace=namespace,
            tags=[corpus, "reads_raw_files"],
        ),
        Node(
            func=nodes.remove_leakage,
            inputs={
                "corpus": parameters,
                "rejected": f"{corpus}.rejected_by_reader",
                **same_names(*(f"{other}.listed" for other in study.corpora)),
            },
            outputs=[f"{corpus}.candidates", f"{corpus}.rejected_before_decoding"],
            name="remove_leakage",
            namespace=namespace,
            tags=corpus,
        ),
        Node(
            func=nodes.decode_tracks,
            inputs={"candidates": f"{corpus}.candidates", "corpus": parameters, "audio": "params:audio"},
            outputs=f"{corpus}.audio",
            name="decode_tracks",
            namespace=namespace,
            tags=[corpus, "reads_raw_files"],
        ),
        Node(
            func=nodes.describe_tracks,
            inputs={
                "candidates": f"{corpus}.candidates",
                "rejected": f"{corpus}.rejected_before_decoding",
                "audio": f"{corpus}.audio",
            },
            outputs=[f"{corpus}.decoded", f"{corpus}.rejected_by_decoding", f"{corpus}.fingerprints"],
            name="describe_tracks",
            namespace=namespace,
            tags=corpus,
        ),
    ]


def _duplicate_nodes(study: Study) -> list[Node]:
    namespace = "ingest.duplicates"  # not those of the corpora: Kedro wants a namespace's nodes in one piece
    find = Node(
        func=nodes.find_duplicates,
        inputs=same_names(*_of_all(study, "decoded", "fingerprints")),
        outputs="duplicates",
        name="find_duplicates",
        namespace=namespace,
        tags=[*study.corpora],
    )
    remove = [
        Node(
            func=nodes.remove_duplicates,
            inputs={
                "tracks": f"{corpus}.decoded",
                "pairs": "duplicates",
                "rejected": f"{corpus}.rejected_by_decoding",
                "corpus": f"params:corpora.{corpus}",
            },
            outputs=[f"{corpus}.tracks", f"{corpus}.rejected_by_ingest"],
            name=f"remove_from_{corpus}",
            namespace=namespace,
            tags=corpus,
        )
        for corpus in study.corpora
    ]
    return [find, *remove]
