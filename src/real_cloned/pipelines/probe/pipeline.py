"""Probe: classifiers on frozen embeddings name the singers of real and of cloned tracks (paper, section 3.3).

embeddings@{variant}.{corpus} ──► {variant}.{corpus}.predictions, confidences, baselines         (all probed corpora)
                              ──► {variant}.{corpus}.album_predictions, track_predictions        (real singers)
embeddings@{variant}.closed   ──► {variant}.closed.remix_predictions, similarities, verification, averages
embeddings@{variant}.closed, cloned ──► {variant}.closed.retrieval, {variant}.cloned.clone_similarities
                              ──► {variant}.closed.stem_comparison                         (variants that compare stems)
                                            └──► predictions, confidences, … of all variants and corpora together
"""

from itertools import product

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.previews import preview_probe
from real_cloned.pipelines.probe import nodes
from real_cloned.pipelines.study import Study, same_names


def create_pipeline(study: Study) -> Pipeline:
    """Return the probes of every variant and corpus, what embeddings say without one, and the tables of all of them.

    Args:
        study: Which variants and corpora there are.
    """
    probes = [
        _clones(variant, corpus, study.galleries[corpus])
        if corpus in study.galleries
        else _probe(variant, corpus, is_remixed=corpus in study.compared)
        for variant, corpus in product(study.variants, study.probed)
    ]
    measures = [_measures(variant, *pair, study) for variant, pair in product(study.variants, study.galleries.items())]
    measures += [
        _stems(variant, *pair, study) for variant, pair in product(study.stems_compared, study.galleries.items())
    ]
    return Pipeline([*probes, *measures, _collect_predictions(probes), _collect_measures(measures)], tags="probe")


def _probe(variant: str, corpus: str, *, is_remixed: bool) -> Node:
    results = ["predictions", "confidences", "baselines", "album_predictions", "track_predictions"]
    remixes = {"remixes": f"embeddings@{variant}.{corpus}.remix_embeddings"} if is_remixed else {}
    results += ["remix_predictions"] if is_remixed else []
    return Node(
        func=nodes.identify_singers,
        inputs={
            **_parameters(variant, corpus),
            **_corpus(variant, corpus),
            "album_splits": f"segments@{corpus}.album_splits",
            **remixes,
        },
        outputs=[f"{variant}.{corpus}.{result}" for result in results],
        name="identify_singers",
        preview_fn=preview_probe,
        namespace=f"probe.{variant}.{corpus}",
        tags=[variant, corpus],
    )


def _clones(variant: str, corpus: str, gallery: str) -> Node:
    return Node(
        func=nodes.identify_clones,
        inputs={**_parameters(variant, corpus), **_corpus(variant, gallery), **_corpus(variant, corpus, "clone_")},
        outputs=[f"{variant}.{corpus}.{result}" for result in ("predictions", "confidences", "baselines")],
        name="identify_clones",
        preview_fn=preview_probe,
        namespace=f"probe.{variant}.{corpus}",
        tags=[variant, corpus],
    )


def _measures(variant: str, corpus: str, gallery: str, study: Study) -> Node:
    cohort = study.only("train") if variant in study.normalised else None
    return Node(
        func=nodes.measure_embeddings,
        inputs={
            "variant": f"params:pretrain.{variant}",
            "parameters": "params:probe",
            **_corpus(variant, gallery),
            **_corpus(variant, corpus, "clone_"),
            "stems": f"embeddings@{variant}.{gallery}.stem_embeddings",
            **(_cohort(variant, cohort) if cohort else {}),
        },
        outputs=[
            *(f"{variant}.{gallery}.{result}" for result in ("similarities", "verification", "retrieval", "averages")),
            f"{variant}.{corpus}.clone_similarities",
        ],
        name="measure_embeddings",
        namespace=f"probe.{variant}.{gallery}",
        tags=[variant, corpus, gallery],
    )


def _stems(variant: str, corpus: str, gallery: str, study: Study) -> Node:
    prefixes = {"": gallery, "clone_": corpus}
    prefixes |= {"cohort_": study.only("train")} if variant in study.normalised else {}
    return Node(
        func=nodes.compare_stems,
        inputs={
            "variant": f"params:pretrain.{variant}",
            "parameters": "params:probe",
            **{f"{prefix}tracks": f"corpora@{name}.tracks" for prefix, name in prefixes.items()},
            **{f"{prefix}embeddings": f"embeddings@{variant}.{name}.embeddings" for prefix, name in prefixes.items()},
            **{
                f"{prefix}other_stems": f"embeddings@{variant}.{name}.other_stem_embeddings"
                for prefix, name in prefixes.items()
            },
        },
        outputs=f"{variant}.{gallery}.stem_comparison",
        name="compare_stems",
        namespace=f"probe.{variant}.{gallery}",
        tags=[variant, corpus, gallery],
    )


def _collect_predictions(probes: list[Node]) -> Node:
    collected = ("predictions", "confidences", "baseline_predictions", "album_predictions", "track_predictions")
    return Node(
        func=nodes.collect_predictions,
        inputs=same_names(*(name for node in probes for name in node.outputs)),
        outputs=[*collected, "remix_predictions"],
        name="collect_predictions",
        namespace="probe",
    )


def _collect_measures(measures: list[Node]) -> Node:
    return Node(
        func=nodes.collect_measures,
        inputs=same_names(*(name for node in measures for name in node.outputs)),
        outputs=[
            *("similarities", "verification", "retrieval", "singer_averages", "clone_similarities"),
            "stem_comparison",
        ],
        name="collect_measures",
        namespace="probe",
    )


def _cohort(variant: str, corpus: str) -> dict[str, str]:
    return {
        "cohort_tracks": f"corpora@{corpus}.tracks",
        "cohort_embeddings": f"embeddings@{variant}.{corpus}.embeddings",
    }


def _parameters(variant: str, corpus: str) -> dict[str, str]:
    return {
        "variant": f"params:pretrain.{variant}",
        "corpus": f"params:corpora.{corpus}",
        "parameters": "params:probe",
    }


def _corpus(variant: str, corpus: str, prefix: str = "") -> dict[str, str]:
    return {
        f"{prefix}tracks": f"corpora@{corpus}.tracks",
        f"{prefix}splits": f"segments@{corpus}.splits",
        f"{prefix}embeddings": f"embeddings@{variant}.{corpus}.embeddings",
    }
