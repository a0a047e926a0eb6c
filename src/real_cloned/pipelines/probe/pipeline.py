"""Probe: classifiers on frozen embeddings name the singers of real and of cloned tracks (paper, section 3.3).

{variant}.{corpus}.embeddings ──► {variant}.{corpus}.predictions, confidences, baselines     (closed, fma, mtg)
{variant}.closed.embeddings, {variant}.cloned.embeddings ──► the same of {variant}.cloned; {variant}.closed.retrieval
{variant}.closed.embeddings, {variant}.closed.stem_embeddings ──► {variant}.closed.similarities
{variant}.closed.embeddings ──► {variant}.closed.verification, {variant}.closed.averages
and, on a split by album, what `albums` draws
"""

from kedro.pipeline import Pipeline

from real_cloned.pipelines.names import PROBED, VARIANTS, dotted
from real_cloned.pipelines.probe import albums, nodes
from real_cloned.pipelines.probe.placing import HOW, WHERE, WHO, placed, side


def create_pipeline(**_: object) -> Pipeline:
    """Return the probes per variant and corpus, and what is said of each variant's embeddings without a probe."""
    probes = [probe for variant in VARIANTS for corpus in PROBED for probe in _probes(variant, corpus)]
    without = [said for variant in VARIANTS for said in _without_probe(variant)]
    return sum([*probes, *without, albums.create_pipeline()], Pipeline([]))


def _probes(variant: str, corpus: str) -> list[Pipeline]:
    cell, settings = (variant, corpus), [WHO, WHERE, HOW]
    sides = [*side(variant, "closed" if corpus == "cloned" else corpus), *side(variant, corpus)]
    return [
        placed(nodes.name_singers, settings, sides, ["predictions", "confidences"], cell),
        placed(nodes.name_singers_without_probe, settings, sides, "baselines", cell),
    ]


def _without_probe(variant: str) -> list[Pipeline]:
    here, closed, cloned = (variant, "closed"), side(variant, "closed"), side(variant, "cloned")
    return [
        placed(nodes.compare_parts, [WHO, HOW], [*closed, dotted(*here, "stem_embeddings")], "similarities", here),
        placed(nodes.verify_singers, [WHO, HOW], closed, "verification", here),
        placed(nodes.retrieve, [WHO, HOW], [*closed, *cloned], "retrieval", here),
        placed(nodes.average_singers, [], closed, "averages", here),
    ]
