"""Vocal filter: which stretches hold singing, which tracks and singers are used, and for what.

corpora@{corpus}.audio ──► {corpus}.segments ──► {corpus}.splits ──► segments@summary, rejected_files
                                                     └──► those of its clones    (whose targets must be enrolled)
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.previews import preview_vocal_filter
from real_cloned.pipelines.study import Study, same_names
from real_cloned.pipelines.vocal_filter import nodes


def create_pipeline(study: Study) -> Pipeline:
    """Return the filter and the choice of tracks of every corpus, and the stage's tables.

    Args:
        study: Which variants and corpora there are.
    """
    corpora = [node for corpus in study.corpora for node in _corpus_nodes(corpus, study)]
    handed_over = [f"{corpus}.{table}" for table in ("splits", "segments", "rejected") for corpus in study.corpora]
    handed_over += [f"{corpus}.album_splits" for corpus in study.real]
    summary = Node(
        func=nodes.summarise_vocal_filter,
        inputs=same_names(*(f"corpora@{corpus}.tracks" for corpus in study.corpora), *handed_over),
        outputs=["segments@summary", "rejected_files"],
        name="summarise_vocal_filter",
        namespace="vocal_filter",
    )
    return Pipeline([*corpora, summary], tags="vocal_filter")


def create_training_pipeline() -> Pipeline:
    """Return the training of the detector that ships with the package; the study itself does not need it."""
    return Pipeline(
        [
            Node(
                func=nodes.train_vocal_detector,
                inputs={
                    "stems": "corpora@demo.stems",
                    "truth": "corpora@demo.truth",
                    "parameters": "params:train_vocal_detector",
                },
                outputs="vocal_detector.weights",
                name="train_vocal_detector",
            )
        ]
    )


def _corpus_nodes(corpus: str, study: Study) -> list[Node]:
    namespace, tracks, published = f"vocal_filter.{corpus}", f"corpora@{corpus}.tracks", f"corpora@{corpus}.published"
    is_probed, gallery = corpus in study.real, study.galleries.get(corpus)
    clones = {"gallery_tracks": f"corpora@{gallery}.tracks", "gallery_splits": f"{gallery}.splits"} if gallery else {}
    return [
        Node(
            func=nodes.find_vocal_segments,
            inputs={
                "audio": f"corpora@{corpus}.audio",
                "tracks": tracks,
                "published": published,
                "corpus": f"params:corpora.{corpus}",
                "audio_parameters": "params:audio",
                "parameters": "params:vocal_filter",
            },
            outputs=[f"{corpus}.segments", f"{corpus}.rejected_by_vocal_filter"],
            name="find_vocal_segments",
            preview_fn=preview_vocal_filter,
            namespace=namespace,
            tags=corpus,
        ),
        Node(
            func=nodes.assign_probe_roles if is_probed else nodes.assign_clone_roles if gallery else nodes.assign_roles,
            inputs={
                "tracks": tracks,
                "segments": f"{corpus}.segments",
                "published": published,
                "rejected_by_ingest": f"corpora@{corpus}.rejected_by_ingest",
                "rejected_by_vocal_filter": f"{corpus}.rejected_by_vocal_filter",
                "corpus": f"params:corpora.{corpus}",
                **clones,
            },
            outputs=[f"{corpus}.splits", f"{corpus}.rejected", *([f"{corpus}.album_splits"] if is_probed else [])],
            name="assign_roles",
            namespace=namespace,
            tags=corpus,
        ),
    ]
