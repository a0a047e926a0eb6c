"""Probe: classifiers on frozen embeddings name the singers of real and of cloned tracks (paper, section 3.3).

{variant}.{corpus}.embeddings ──► {variant}.{corpus}.predictions, confidences, baselines     (closed, fma, mtg)
{variant}.closed.embeddings, {variant}.cloned.embeddings ──► {variant}.cloned.predictions, confidences, baselines
{variant}.closed.embeddings, {variant}.closed.stem_embeddings ──► {variant}.closed.similarities
{variant}.closed.embeddings ──► {variant}.closed.verification, {variant}.closed.averages
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import PROBED, VARIANTS, dotted, own, shared
from real_cloned.pipelines.probe import nodes


def create_pipeline(**_: object) -> Pipeline:
    """Return one probe per variant and corpus, and what is said of each variant's embeddings without a probe."""
    probes = [_probe(variant, corpus) for variant in VARIANTS for corpus in PROBED]
    without = [make(variant) for variant in VARIANTS for make in (_similarities, _verification, _averages)]
    return sum([*probes, *without], Pipeline([]))


def _probe(variant: str, corpus: str) -> Pipeline:
    gallery = "closed" if corpus == "cloned" else corpus
    inputs = ["params:pretrain", "params:corpora", "params:probe", *_side(variant, gallery), *_side(variant, corpus)]
    both = [
        Node(nodes.name_singers, inputs, ["predictions", "confidences"], name="name_singers"),
        Node(nodes.name_singers_without_probe, inputs, "baselines", name="name_singers_without_probe"),
    ]
    return _placed(both, variant, corpus, {*_side(variant, gallery), *_side(variant, corpus)})


def _similarities(variant: str) -> Pipeline:
    closed = [*_side(variant, "closed"), dotted(variant, "closed", "stem_embeddings")]
    node = Node(nodes.compare_parts, ["params:pretrain", "params:probe", *closed], "similarities", name="compare_parts")
    return _placed([node], variant, "closed", set(closed))


def _verification(variant: str) -> Pipeline:
    closed = _side(variant, "closed")
    node = Node(
        nodes.verify_singers, ["params:pretrain", "params:probe", *closed], "verification", name="verify_singers"
    )
    return _placed([node], variant, "closed", set(closed))


def _averages(variant: str) -> Pipeline:
    closed = _side(variant, "closed")
    return _placed(
        [Node(nodes.average_singers, closed, "averages", name="average_singers")], variant, "closed", set(closed)
    )


def _side(variant: str, corpus: str) -> list[str]:
    return [dotted(corpus, "tracks"), dotted(corpus, "splits"), dotted(variant, corpus, "embeddings")]


def _placed(of: list[Node], variant: str, corpus: str, inputs: set[str]) -> Pipeline:
    parameters = own(variant, "pretrain") | own(corpus, "corpora") | shared("probe")
    used = {name: place for name, place in parameters.items() if name in of[0].inputs}
    return Pipeline(of, namespace=dotted(variant, corpus), inputs=inputs, parameters=used, tags="probe")
