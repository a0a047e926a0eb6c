"""Probe: classifiers on frozen embeddings name the singers of real and of cloned tracks (paper, section 3.3).

{variant}.{corpus}.embeddings ──► {variant}.{corpus}.predictions, confidences, baselines     (closed, fma, mtg)
{variant}.closed.embeddings, {variant}.cloned.embeddings ──► the same of {variant}.cloned, and its voice_similarities
{variant}.closed.embeddings, and remix_embeddings ──► {variant}.closed.remix_predictions
{variant}.closed.embeddings, and stem_embeddings ──► {variant}.closed.similarities
{variant}.closed.embeddings ──► {variant}.closed.verification, retrieval, averages
and, on a split by album, what `albums` draws
"""

from kedro.pipeline import Pipeline

from real_cloned.pipelines.names import PROBED, VARIANTS, dotted
from real_cloned.pipelines.probe import albums, embedding_nodes, nodes
from real_cloned.pipelines.probe.placing import HOW, WHERE, WHO, placed, side


def create_pipeline(**_: object) -> Pipeline:
    """Return the probes per variant and corpus, and what else is said of each variant's embeddings."""
    probes = [probe for variant in VARIANTS for corpus in PROBED for probe in _probes(variant, corpus)]
    checks = [check for variant in VARIANTS for check in _checks(variant)]
    return sum([*probes, *checks, albums.create_pipeline()], Pipeline([]))


def _probes(variant: str, corpus: str) -> list[Pipeline]:
    cell, settings = (variant, corpus), [WHO, WHERE, HOW]
    sides = [*side(variant, "closed" if corpus == "cloned" else corpus), *side(variant, corpus)]
    return [
        placed(nodes.name_singers, settings, sides, ["predictions", "confidences"], cell),
        placed(nodes.name_singers_without_probe, settings, sides, "baselines", cell),
    ]


def _checks(variant: str) -> list[Pipeline]:
    closed, cloned = side(variant, "closed"), side(variant, "cloned")
    here, there = (variant, "closed"), (variant, "cloned")
    stems, remixes = dotted(*here, "stem_embeddings"), dotted(*here, "remix_embeddings")
    return [
        placed(nodes.name_remixed, [WHO, WHERE, HOW], [*closed, remixes], "remix_predictions", here),
        placed(embedding_nodes.hear_voices, [WHO], [*closed, *cloned], "voice_similarities", there),
        placed(embedding_nodes.compare_parts, [WHO, HOW], [*closed, stems], "similarities", here),
        placed(embedding_nodes.verify_singers, [WHO, HOW], closed, "verification", here),
        placed(embedding_nodes.retrieve, [WHO, HOW], [*closed, *cloned], "retrieval", here),
        placed(embedding_nodes.average_singers, [], closed, "averages", here),
    ]
