"""Probe: classifiers on frozen embeddings name the singers of real and of cloned tracks (paper, section 3.3).

{variant}.{corpus}.embeddings ──► {variant}.{corpus}.predictions     (closed, fma, mtg: their own test tracks)
{variant}.closed.embeddings, {variant}.cloned.embeddings ──► {variant}.cloned.predictions
{variant}.closed.embeddings, {variant}.closed.stem_embeddings ──► {variant}.closed.similarities
{variant}.closed.embeddings ──► {variant}.closed.verification, {variant}.closed.averages
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import PROBED, VARIANTS, dotted, own, shared
from real_cloned.pipelines.probe.nodes import average_singers, compare_parts, name_singers, verify_singers


def create_pipeline(**_: object) -> Pipeline:
    """Return one probe per variant and corpus, and what is said of each variant's embeddings without a probe."""
    probes = [_probe(variant, corpus) for variant in VARIANTS for corpus in PROBED]
    without = [make(variant) for variant in VARIANTS for make in (_similarities, _verification, _averages)]
    return sum([*probes, *without], Pipeline([]))


def _probe(variant: str, corpus: str) -> Pipeline:
    gallery = "closed" if corpus == "cloned" else corpus
    inputs = ["params:pretrain", "params:corpora", "params:probe", *_side(variant, gallery), *_side(variant, corpus)]
    node = Node(name_singers, inputs, "predictions", name="name_singers")
    return _placed(node, variant, corpus, {*_side(variant, gallery), *_side(variant, corpus)})


def _similarities(variant: str) -> Pipeline:
    closed = [*_side(variant, "closed"), dotted(variant, "closed", "stem_embeddings")]
    node = Node(compare_parts, ["params:pretrain", "params:probe", *closed], "similarities", name="compare_parts")
    return _placed(node, variant, "closed", set(closed))


def _verification(variant: str) -> Pipeline:
    closed = _side(variant, "closed")
    node = Node(verify_singers, ["params:pretrain", "params:probe", *closed], "verification", name="verify_singers")
    return _placed(node, variant, "closed", set(closed))


def _averages(variant: str) -> Pipeline:
    closed = _side(variant, "closed")
    return _placed(Node(average_singers, closed, "averages", name="average_singers"), variant, "closed", set(closed))


def _side(variant: str, corpus: str) -> list[str]:
    return [dotted(corpus, "tracks"), dotted(corpus, "splits"), dotted(variant, corpus, "embeddings")]


def _placed(node: Node, variant: str, corpus: str, inputs: set[str]) -> Pipeline:
    parameters = own(variant, "pretrain") | own(corpus, "corpora") | shared("probe")
    used = {name: place for name, place in parameters.items() if name in node.inputs}
    return Pipeline([node], namespace=dotted(variant, corpus), inputs=inputs, parameters=used, tags="probe")
