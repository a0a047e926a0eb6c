"""Embed: every segment of every probed corpus, by every variant; of the closed test tracks also stems and remixes.

{variant}.weights, {corpus}.* ──► {variant}.{corpus}.embeddings
                   closed.*   ──► {variant}.closed.stem_embeddings, {variant}.closed.remix_embeddings
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.embed.nodes import embed_corpus, embed_remixes, embed_stems
from real_cloned.pipelines.names import PROBED, VARIANTS, dotted, shared

TABLES = ("splits", "segments", "audio", "stems")
WITH_SINGERS = ("tracks", "splits", "segments", "stems")


def create_pipeline(**_: object) -> Pipeline:
    """Return one embedding per variant and corpus, and the closed corpus' stems and remixes per variant."""
    inputs = ["weights", *TABLES, "params:embed", "params:audio"]
    remixed = ["weights", *WITH_SINGERS, "params:embed", "params:remix", "params:audio"]
    whole = Node(embed_corpus, inputs, "embeddings", name="embed_corpus")
    parts = Node(embed_stems, inputs, "stem_embeddings", name="embed_stems")
    over = Node(embed_remixes, remixed, "remix_embeddings", name="embed_remixes")
    cells = [_cell(whole, variant, corpus) for variant in VARIANTS for corpus in PROBED]
    checks = [_cell(node, variant, "closed") for variant in VARIANTS for node in (parts, over)]
    return sum([*cells, *checks], Pipeline([]))


def _cell(node: Node, variant: str, corpus: str) -> Pipeline:
    tables = {table: dotted(corpus, table) for table in (*TABLES, "tracks") if table in node.inputs}
    return Pipeline(
        [node],
        namespace=dotted(variant, corpus),
        inputs={"weights": dotted(variant, "weights"), **tables},
        parameters={name: name for name in shared("embed", "remix", "audio") if name in node.inputs},
        tags="embed",
    )
