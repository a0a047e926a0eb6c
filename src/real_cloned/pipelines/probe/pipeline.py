"""Probe: classifiers on frozen embeddings name the singers of real and of cloned tracks (paper, section 3.3).

{variant}.{corpus}.embeddings ──► {variant}.{corpus}.predictions     (closed, fma, mtg: their own test tracks)
{variant}.closed.embeddings, {variant}.cloned.embeddings ──► {variant}.cloned.predictions, voice_similarities
{variant}.closed.embeddings, {variant}.closed.remix_embeddings ──► {variant}.closed.remix_predictions
{variant}.closed.embeddings, {variant}.closed.stem_embeddings ──► {variant}.closed.similarities
{variant}.closed.embeddings ──► {variant}.closed.verification, {variant}.closed.averages
"""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import PROBED, VARIANTS, dotted, own, shared
from real_cloned.pipelines.probe import nodes

WHO, WHERE, HOW = "params:pretrain", "params:corpora", "params:probe"


def create_pipeline(**_: object) -> Pipeline:
    """Return one probe per variant and corpus, and what else is said of each variant's embeddings."""
    probes = [_probe(variant, corpus) for variant in VARIANTS for corpus in PROBED]
    return sum([*probes, *(check for variant in VARIANTS for check in _checks(variant))], Pipeline([]))


def _probe(variant: str, corpus: str) -> Pipeline:
    sides = [*_side(variant, "closed" if corpus == "cloned" else corpus), *_side(variant, corpus)]
    return _node(nodes.name_singers, [WHO, WHERE, HOW], sides, "predictions", (variant, corpus))


def _checks(variant: str) -> list[Pipeline]:
    closed, cloned = _side(variant, "closed"), _side(variant, "cloned")
    here, there = (variant, "closed"), (variant, "cloned")
    stems, remixes = dotted(*here, "stem_embeddings"), dotted(*here, "remix_embeddings")
    return [
        _node(nodes.name_remixed, [WHO, WHERE, HOW], [*closed, remixes], "remix_predictions", here),
        _node(nodes.hear_voices, [WHO], [*closed, *cloned], "voice_similarities", there),
        _node(nodes.compare_parts, [WHO, HOW], [*closed, stems], "similarities", here),
        _node(nodes.verify_singers, [WHO, HOW], closed, "verification", here),
        _node(nodes.average_singers, [], closed, "averages", here),
    ]


def _side(variant: str, corpus: str) -> list[str]:
    return [dotted(corpus, "tracks"), dotted(corpus, "splits"), dotted(variant, corpus, "embeddings")]


def _node(
    work: Callable[..., Any], settings: list[str], inputs: list[str], made: str, cell: tuple[str, str]
) -> Pipeline:
    node = Node(work, [*settings, *inputs], made, name=work.__name__)
    parameters = own(cell[0], "pretrain") | own(cell[1], "corpora") | shared("probe")
    used = {name: place for name, place in parameters.items() if name in settings}
    return Pipeline([node], namespace=dotted(*cell), inputs=set(inputs), parameters=used, tags="probe")
