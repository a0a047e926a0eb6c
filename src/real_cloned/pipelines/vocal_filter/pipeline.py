"""Vocal filter: which stretches hold singing, which tracks and singers are used, and for what.

corpora@{corpus}.audio ──► {corpus}.window_scores ──► {corpus}.segments ──► {corpus}.splits ──► segments@summary,
                                                                                │               rejected_files
                                                                                └──► those of its clones
                                                                                     (whose targets must be enrolled)

Where corpora divide one source by `draw`:
corpora@pool.audio ──► pool.window_scores ──► pool.segments ──► {corpus}.tracks, segments, splits
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.previews import preview_vocal_filter
from real_cloned.pipelines.study import Study, same_names
from real_cloned.pipelines.vocal_filter import nodes

DRAWN_TABLES = ("tracks", "segments", "splits", "rejected")
"""What each corpus gets of the source that it shares."""


def create_pipeline(study: Study) -> Pipeline:
    """Return the filter and the choice of tracks of every corpus, and the stage's tables.

    Args:
        study: Which variants and corpora there are.
    """
    corpora = [node for corpus, name in study.ingested.items() for node in _segments(corpus, name, study)]
    corpora += [_draw(study) if name == "pool" else _roles(corpus, study) for corpus, name in study.ingested.items()]
    tracks = {f"{corpus}.tracks": _tracks(corpus, study) for corpus in study.corpora}
    handed_over = [f"{corpus}.{table}" for table in ("splits", "segments", "rejected") for corpus in study.corpora]
    handed_over += [f"{corpus}.album_splits" for corpus in study.real]
    summary = Node(
        func=nodes.summarise_vocal_filter,
        inputs={**tracks, **same_names(*handed_over)},
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


def _tracks(corpus: str, study: Study) -> str:
    """Return the dataset of a corpus' tracks, which this stage makes itself where its singers are drawn."""
    return f"{corpus}.tracks" if corpus in study.parts.values() else f"corpora@{corpus}.tracks"


def _segments(corpus: str, name: str, study: Study) -> list[Node]:
    of_corpus = {
        "tracks": f"corpora@{name}.tracks",
        "published": f"corpora@{name}.published",
        "corpus": f"params:corpora.{corpus}",
        "parameters": "params:vocal_filter",
    }
    return [
        Node(
            func=nodes.score_windows,
            inputs={"audio": f"corpora@{name}.audio", **of_corpus},
            outputs=f"{name}.window_scores",
            name="score_windows",
            namespace=f"vocal_filter.{name}",
            tags=study.tags(corpus),
        ),
        Node(
            func=nodes.find_vocal_segments,
            inputs={"scores": f"{name}.window_scores", **of_corpus, "audio_parameters": "params:audio"},
            outputs=[f"{name}.segments", f"{name}.rejected_by_vocal_filter"],
            name="find_vocal_segments",
            preview_fn=preview_vocal_filter,
            namespace=f"vocal_filter.{name}",
            tags=study.tags(corpus),
        ),
    ]


def _roles(corpus: str, study: Study) -> Node:
    is_probed, gallery = corpus in study.real, study.galleries.get(corpus)
    clones = {"gallery_tracks": _tracks(gallery, study), "gallery_splits": f"{gallery}.splits"} if gallery else {}
    return Node(
        func=nodes.assign_probe_roles if is_probed else nodes.assign_clone_roles if gallery else nodes.assign_roles,
        inputs={
            "tracks": f"corpora@{corpus}.tracks",
            "segments": f"{corpus}.segments",
            "published": f"corpora@{corpus}.published",
            "rejected_by_ingest": f"corpora@{corpus}.rejected_by_ingest",
            "rejected_by_vocal_filter": f"{corpus}.rejected_by_vocal_filter",
            "corpus": f"params:corpora.{corpus}",
            **clones,
        },
        outputs=[f"{corpus}.splits", f"{corpus}.rejected", *([f"{corpus}.album_splits"] if is_probed else [])],
        name="assign_roles",
        namespace=f"vocal_filter.{corpus}",
        tags=corpus,
    )


def _draw(study: Study) -> Node:
    tables = [(part, corpus, table) for part, corpus in study.parts.items() for table in DRAWN_TABLES]
    tables += [(part, corpus, "album_splits") for part, corpus in study.parts.items() if corpus in study.real]
    return Node(
        func=nodes.draw_singers,
        inputs={
            "tracks": "corpora@pool.tracks",
            "segments": "pool.segments",
            "rejected_by_ingest": "corpora@pool.rejected_by_ingest",
            "rejected_by_vocal_filter": "pool.rejected_by_vocal_filter",
            "duplicates": "duplicates",
            **{part: f"params:corpora.{corpus}" for part, corpus in study.parts.items()},
        },
        outputs={f"{part}.{table}": f"{corpus}.{table}" for part, corpus, table in tables},
        name="draw_singers",
        namespace="vocal_filter.pool",
        tags=study.tags(study.parts["train"]),
    )
