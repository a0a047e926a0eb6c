"""Separation: the vocals (and, where asked, the accompaniment) of every used track.

corpora@{corpus}.audio, segments@{corpus}.splits ──► {corpus}.stems ──► stems@summary,
                                                                        rejected_by_separation
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.separation import nodes
from real_cloned.pipelines.study import Study, same_names


def create_pipeline(study: Study) -> Pipeline:
    """Return the separation of every corpus, and the stage's table.

    Args:
        study: Which variants and corpora there are.
    """
    summary = Node(
        func=nodes.summarise_separation,
        inputs=same_names(*(f"{corpus}.stems" for corpus in study.corpora)),
        outputs=["stems@summary", "rejected_by_separation"],
        name="summarise_separation",
        namespace="separation",
    )
    return Pipeline([*(_separation(corpus, study) for corpus in study.corpora), summary], tags="separation")


def create_training_pipeline() -> Pipeline:
    """Return the training of the separator that ships with the package; the study itself does not need it."""
    return Pipeline(
        [
            Node(
                func=nodes.train_small_separator,
                inputs={
                    "stems": "corpora@demo.stems",
                    "truth": "corpora@demo.truth",
                    "parameters": "params:train_separator",
                },
                outputs="small_separator",
                name="train_separator",
            )
        ]
    )


def _separation(corpus: str, study: Study) -> Node:
    return Node(
        func=nodes.separate_vocals,
        inputs={
            "tracks": f"corpora@{corpus}.tracks",
            "splits": f"segments@{corpus}.splits",
            "audio": study.audio(corpus),
            "demo_stems": "corpora@demo.stems",
            "parameters": f"params:separation.{study.separations[corpus]}",
            "corpus": f"params:corpora.{corpus}",
        },
        outputs=f"{corpus}.stems",
        name="separate_vocals",
        namespace=f"separation.{corpus}",
        tags=[corpus, "reads_raw_files"],
    )
