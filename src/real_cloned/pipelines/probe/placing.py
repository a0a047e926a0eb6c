"""Where the probe's nodes find their tables and settings."""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import dotted, own, shared


def side(variant: str, corpus: str, splits: str = "splits") -> list[str]:
    """Return the tracks, splits and embeddings of one corpus as one variant embeds it."""
    return [dotted(corpus, "tracks"), dotted(corpus, splits), dotted(variant, corpus, "embeddings")]


def placed(node: Node, variant: str, corpus: str, inputs: set[str]) -> Pipeline:
    """Return the node in the namespace of its variant and corpus; `inputs` keep their names."""
    parameters = own(variant, "pretrain") | own(corpus, "corpora") | shared("probe")
    used = {name: place for name, place in parameters.items() if name in node.inputs}
    return Pipeline([node], namespace=dotted(variant, corpus), inputs=inputs, parameters=used, tags="probe")
