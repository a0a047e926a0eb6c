"""Ingest: from folders of music to tables of tracks and stores of decoded audio.

params:demo ──► demo.stems ──► demo.truth                (the demo's files exist once this table does)
                                   │
{corpus}.listed, published ◄───────┘
     └──► {corpus}.candidates                            (no singer in two corpora)
              └──► {corpus}.audio ──► {corpus}.decoded, fingerprints
                                           └──► duplicates                       (the same recording twice)
                                                    └──► {corpus}.tracks ──► corpora@summary, spellings

Corpora that divide one source by `draw` are one here, `pool`; the vocal filter draws their singers.
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.ingest import nodes
from real_cloned.pipelines.study import Study, same_names


def create_pipeline(study: Study) -> Pipeline:
    """Return the maker of the demo, the readers and decoders of every corpus, and the stage's table.

    Args:
        study: Which variants and corpora there are.
    """
    corpora = [node for corpus in study.ingested for node in _corpus_nodes(corpus, study)]
    handed_over = ("listed", "tracks", "rejected_by_ingest", "published", "audio", "fingerprints")
    summary = Node(
        func=nodes.summarise_ingest,
        inputs={**_of_all(study, *handed_over), **same_names("duplicates")},
        outputs=["corpora@summary", "spellings"],
        name="summarise_ingest",
        namespace="ingest",
    )
    return Pipeline([*_demo_nodes(), *corpora, *_duplicate_nodes(study), summary], tags="ingest")


def _of_all(study: Study, *tables: str) -> dict[str, str]:
    return {f"{corpus}.{table}": f"{name}.{table}" for table in tables for corpus, name in study.ingested.items()}


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
    name, parameters, tags = study.ingested[corpus], f"params:corpora.{corpus}", study.tags(corpus)
    namespace = f"ingest.{name}"
    return [
        Node(
            func=nodes.list_tracks,
            inputs={"corpus": parameters, "demo_truth": "demo.truth"},
            outputs=[f"{name}.listed", f"{name}.rejected_by_reader", f"{name}.published"],
            name="list_tracks",
            namespace=namespace,
            tags=[*tags, "reads_raw_files"],
        ),
        Node(
            func=nodes.remove_leakage,
            inputs={
                "corpus": parameters,
                "rejected": f"{name}.rejected_by_reader",
                **_listed_for_leakage(corpus, study),
            },
            outputs=[f"{name}.candidates", f"{name}.rejected_before_decoding"],
            name="remove_leakage",
            namespace=namespace,
            tags=tags,
        ),
        Node(
            func=nodes.decode_tracks,
            inputs={"candidates": f"{name}.candidates", "corpus": parameters, "audio": "params:audio"},
            outputs=f"{name}.audio",
            name="decode_tracks",
            namespace=namespace,
            tags=[*tags, "reads_raw_files"],
        ),
        Node(
            func=nodes.describe_tracks,
            inputs={
                "candidates": f"{name}.candidates",
                "rejected": f"{name}.rejected_before_decoding",
                "audio": f"{name}.audio",
            },
            outputs=[f"{name}.decoded", f"{name}.rejected_by_decoding", f"{name}.fingerprints"],
            name="describe_tracks",
            namespace=namespace,
            tags=tags,
        ),
    ]


def _listed_for_leakage(corpus: str, study: Study) -> dict[str, str]:
    """Return what all corpora list. The singers of a gallery are those of its clones, also where it is pooled."""
    listed = _of_all(study, "listed")
    pooled, gallery = study.parts.values(), study.galleries.get(corpus)
    if corpus in pooled:
        clones = [name for name, gallery in study.galleries.items() if gallery in pooled]
        return {key: table for key, table in listed.items() if key.removesuffix(".listed") not in clones}
    if gallery in pooled:
        return {f"{gallery}.listed" if table == "pool.listed" else key: table for key, table in listed.items()}
    return listed


def _duplicate_nodes(study: Study) -> list[Node]:
    namespace = "ingest.duplicates"  # not those of the corpora: Kedro wants a namespace's nodes in one piece
    find = Node(
        func=nodes.find_duplicates,
        inputs=_of_all(study, "decoded", "fingerprints"),
        outputs="duplicates",
        name="find_duplicates",
        namespace=namespace,
        tags=[*study.corpora],
    )
    remove = [
        Node(
            func=nodes.remove_duplicates,
            inputs={
                "tracks": f"{name}.decoded",
                "pairs": "duplicates",
                "rejected": f"{name}.rejected_by_decoding",
                "corpus": f"params:corpora.{corpus}",
            },
            outputs=[f"{name}.tracks", f"{name}.rejected_by_ingest"],
            name=f"remove_from_{name}",
            namespace=namespace,
            tags=study.tags(corpus),
        )
        for corpus, name in study.ingested.items()
    ]
    return [find, *remove]
