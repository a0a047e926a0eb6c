"""Covers: which work is performed, whoever sings it, in whatever key (docs/covers.md).

params:cover_demo ──► covers.works                               (the demo's files exist once this table does)
                           │
params:covers.{set} ───────┴──► covers.{set}.profiles            (train, validation, benchmark)
params:cover_demo ─────────────► covers.scores.profiles          (works without audio, for the trainings)
                                     ├──► covers.siamese.weights ──┐
                                     ├──► covers.encoder.weights ──┼──► cover_results, cover_map, covers.neighbours
                                     └─────────────────────────────┘
covers.{corpus}.tracks, .splits ──► covers.{corpus}.profiles ──┐                     (closed and cloned, of the study)
covers.predictions, covers.validation.profiles ────────────────┴──► cover_voices
"""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.covers import nodes
from real_cloned.pipelines.study import Study

SETS = ("train", "validation", "benchmark")


def create_pipeline(study: Study) -> Pipeline:
    """Return the demo's works, the profiles of three sets, two trainings, and the tables of methods and of voices.

    Args:
        study: Which corpora are clones, and of whom.
    """
    corpora = sorted({*study.galleries, *study.compared})
    voices = [*map(_study_profiles, corpora), _voices(corpora)]
    return Pipeline([_works(), _scores(), *map(_profiles, SETS), *_trainings(), _evaluation(), *voices], tags="covers")


def _works() -> Node:
    return Node(
        func=nodes.make_demo_works,
        inputs={"parameters": "params:cover_demo", "demo": "params:demo"},
        outputs="covers.works",
        name="make_works",
        namespace="covers.demo",
        tags="writes_raw_files",
    )


def _scores() -> Node:
    return Node(
        func=nodes.make_score_profiles,
        inputs={"parameters": "params:cover_demo", "demo": "params:demo", "profiles": "params:cover_profiles"},
        outputs="covers.scores.profiles",
        name="make_score_profiles",
        namespace="covers.demo",
    )


def _profiles(name: str) -> Node:
    return Node(
        func=nodes.prepare_profiles,
        inputs={
            "corpus": f"params:covers.{name}",
            "parameters": "params:cover_profiles",
            "works": "covers.works",
            "folder": f"covers.{name}.features",
        },
        outputs=[f"covers.{name}.{output}" for output in ("profiles", "performances", "rejected")],
        name="prepare_profiles",
        namespace=f"covers.{name}",
        tags="reads_raw_files",
    )


def _trainings() -> list[Node]:
    functions: dict[str, Callable[..., Any]] = {
        "siamese": nodes.train_siamese_network,
        "encoder": nodes.train_retrieval_encoder,
    }
    parameters = {"siamese": "params:siamese", "encoder": "params:cover_encoder"}
    return [
        Node(
            func=function,
            inputs={
                "parameters": parameters[network],
                "profiles": "params:cover_profiles",
                **{name: f"covers.{name}.profiles" for name in (*SETS, "scores")},
                "folder": f"covers.{network}.training",
            },
            outputs=[f"covers.{network}.weights", f"covers.{network}.history"],
            name=f"train_{network}",
            namespace=f"covers.{network}",
        )
        for network, function in functions.items()
    ]


def _evaluation() -> Node:
    return Node(
        func=nodes.evaluate_covers,
        inputs={
            "parameters": "params:cover_evaluation",
            "profiles": "params:cover_profiles",
            **{name: f"covers.{name}.profiles" for name in ("train", "benchmark")},
            **{network: f"covers.{network}.weights" for network in ("siamese", "encoder")},
        },
        outputs=["cover_results", "covers.neighbours", "cover_map_numbers", "cover_map"],
        name="evaluate_covers",
        namespace="covers",
    )


def _study_profiles(corpus: str) -> Node:
    return Node(
        func=nodes.prepare_study_profiles,
        inputs={
            "corpus": f"params:corpora.{corpus}",
            "parameters": "params:cover_profiles",
            "joined": "params:cover_voices",
            "tracks": f"covers.{corpus}.tracks",
            "splits": f"covers.{corpus}.splits",
            "folder": f"covers.{corpus}.features",
        },
        outputs=[f"covers.{corpus}.{output}" for output in ("profiles", "performances", "rejected")],
        name="prepare_profiles",
        namespace=f"covers.{corpus}",
        tags=[corpus, "reads_raw_files"],
    )


def _voices(corpora: list[str]) -> Node:
    return Node(
        func=nodes.join_voices,
        inputs={
            "joined": "params:cover_voices",
            "parameters": "params:cover_profiles",
            "validation": "covers.validation.profiles",
            "encoder": "covers.encoder.weights",
            "predictions": "covers.predictions",
            **{f"{one}.{kind}": f"covers.{one}.{kind}" for one in corpora for kind in ("profiles", "tracks", "splits")},
        },
        outputs="cover_voices",
        name="join_voices",
        namespace="covers",
    )
