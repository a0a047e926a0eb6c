"""Embed: every segment of every probed corpus, by every variant; of test tracks also stems and remixes; cohorts; and
other stems of some tracks, where a variant compares them.

weights@{variant}.weights, corpora@, segments@, stems@ ──► {variant}.{corpus}.embeddings
                                                            {variant}.closed.stem_embeddings, remix_embeddings
                                                            {variant}.train.embeddings (variants with a cohort)
                                                            {variant}.{closed, cloned, train}.other_stem_embeddings
                                                                └──► embeddings@summary
"""

from itertools import product

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.embed import nodes
from real_cloned.pipelines.study import Study, same_names


def create_pipeline(study: Study) -> Pipeline:
    """Return one embedding per variant and corpus, stems and remixes of the corpora that clones are compared with.

    Args:
        study: Which variants and corpora there are.
    """
    segments = [_segments(variant, corpus, study) for variant, corpus in product(study.variants, study.probed)]
    changed = [
        _stems_and_remixes(variant, corpus, study) for variant, corpus in product(study.variants, study.compared)
    ]
    cohorts = [_cohort(variant, study.only("train"), study) for variant in study.normalised]
    others = [
        _other_stems(variant, corpus, study)
        for variant in study.stems_compared
        for corpus in (
            *(name for pair in study.galleries.items() for name in pair),
            *([study.only("train")] if variant in study.normalised else []),
        )
    ]
    embeddings = [*segments, *changed, *cohorts, *others]
    summary = Node(
        func=nodes.summarise_embeddings,
        inputs=same_names(*(name for node in embeddings for name in node.outputs)),
        outputs="embeddings@summary",
        name="summarise_embeddings",
        namespace="embed",
    )
    return Pipeline([*embeddings, summary], tags="embed")


def _segments(variant: str, corpus: str, study: Study) -> Node:
    return Node(
        func=nodes.embed_segments,
        inputs=_inputs(variant, corpus, study),
        outputs=f"{variant}.{corpus}.embeddings",
        name="embed_segments",
        namespace=f"embed.{variant}.{corpus}",
        tags=[variant, corpus],
    )


def _cohort(variant: str, corpus: str, study: Study) -> Node:
    return Node(
        func=nodes.embed_cohort,
        inputs={
            **_inputs(variant, corpus, study),
            "variant": f"params:pretrain.{variant}",
            "tracks": f"corpora@{corpus}.tracks",
        },
        outputs=f"{variant}.{corpus}.embeddings",
        name="embed_cohort",
        namespace=f"embed.{variant}.{corpus}",
        tags=[variant, corpus],
    )


def _other_stems(variant: str, corpus: str, study: Study) -> Node:
    return Node(
        func=nodes.embed_other_stems,
        inputs={
            **_inputs(variant, corpus, study),
            "variant": f"params:pretrain.{variant}",
            "corpus": f"params:corpora.{corpus}",
            "tracks": f"corpora@{corpus}.tracks",
        },
        outputs=f"{variant}.{corpus}.other_stem_embeddings",
        name="embed_other_stems",
        namespace=f"embed.{variant}.{corpus}",
        tags=[variant, corpus],
    )


def _stems_and_remixes(variant: str, corpus: str, study: Study) -> Node:
    return Node(
        func=nodes.embed_stems_and_remixes,
        inputs={**_inputs(variant, corpus, study), "tracks": f"corpora@{corpus}.tracks", "remix": "params:remix"},
        outputs=[f"{variant}.{corpus}.stem_embeddings", f"{variant}.{corpus}.remix_embeddings"],
        name="embed_stems_and_remixes",
        namespace=f"embed.{variant}.{corpus}",
        tags=[variant, corpus],
    )


def _inputs(variant: str, corpus: str, study: Study) -> dict[str, str]:
    return {
        "weights": f"weights@{variant}.weights",
        "splits": f"segments@{corpus}.splits",
        "segments": f"segments@{corpus}.segments",
        "audio": study.audio(corpus),
        "stems": f"stems@{corpus}.stems",
        "parameters": "params:embed",
        "audio_parameters": "params:audio",
    }
