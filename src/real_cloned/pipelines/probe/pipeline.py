"""Probe: classifiers on frozen embeddings name the singers of real and of cloned tracks (paper, section 3.3).

{variant}.{corpus}.embeddings ──► {variant}.{corpus}.predictions     (closed, fma, mtg: their own test tracks)
{variant}.closed.embeddings, {variant}.cloned.embeddings ──► {variant}.cloned.predictions
{variant}.closed.embeddings, {variant}.closed.stem_embeddings ──► {variant}.closed.similarities
{variant}.closed.embeddings ──► {variant}.closed.verification, {variant}.closed.averages
{variant}.closed.embeddings, {variant}.cloned.embeddings ──► {variant}.closed.retrieval
and, on a split by album, what `albums` draws
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import PROBED, VARIANTS, dotted
from real_cloned.pipelines.probe import albums
from real_cloned.pipelines.probe.nodes import average_singers, compare_parts, name_singers, retrieve, verify_singers
from real_cloned.pipelines.probe.placing import placed, side


def create_pipeline(**_: object) -> Pipeline:
    """Return one probe per variant and corpus, and what is said of each variant's embeddings without a probe."""
    probes = [_probe(variant, corpus) for variant in VARIANTS for corpus in PROBED]
    without = [make(variant) for variant in VARIANTS for make in (_similarities, _verification, _retrieval, _averages)]
    return sum([*probes, *without, albums.create_pipeline()], Pipeline([]))


def _probe(variant: str, corpus: str) -> Pipeline:
    gallery = "closed" if corpus == "cloned" else corpus
    inputs = ["params:pretrain", "params:corpora", "params:probe", *side(variant, gallery), *side(variant, corpus)]
    node = Node(name_singers, inputs, "predictions", name="name_singers")
    return placed(node, variant, corpus, {*side(variant, gallery), *side(variant, corpus)})


def _similarities(variant: str) -> Pipeline:
    closed = [*side(variant, "closed"), dotted(variant, "closed", "stem_embeddings")]
    node = Node(compare_parts, ["params:pretrain", "params:probe", *closed], "similarities", name="compare_parts")
    return placed(node, variant, "closed", set(closed))


def _verification(variant: str) -> Pipeline:
    closed = side(variant, "closed")
    node = Node(verify_singers, ["params:pretrain", "params:probe", *closed], "verification", name="verify_singers")
    return placed(node, variant, "closed", set(closed))


def _retrieval(variant: str) -> Pipeline:
    both = [*side(variant, "closed"), *side(variant, "cloned")]
    node = Node(retrieve, ["params:pretrain", "params:probe", *both], "retrieval", name="retrieve")
    return placed(node, variant, "closed", set(both))


def _averages(variant: str) -> Pipeline:
    closed = side(variant, "closed")
    return placed(Node(average_singers, closed, "averages", name="average_singers"), variant, "closed", set(closed))
