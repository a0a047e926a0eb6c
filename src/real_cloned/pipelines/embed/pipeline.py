"""Embed: every segment of every probed corpus, by every variant; and the stems of the closed test tracks.

{variant}.weights, {corpus}.* ──► {variant}.{corpus}.embeddings
                   closed.*   ──► {variant}.closed.stem_embeddings
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.embed.nodes import embed_corpus, embed_stems
from real_cloned.pipelines.names import PROBED, VARIANTS, dotted, shared

TABLES = ("splits", "segments", "audio", "stems")


def create_pipeline(**_: object) -> Pipeline:
    """Return one embedding per variant and corpus, and the closed corpus' stems per variant."""
    inputs = ["weights", *TABLES, "params:embed", "params:audio"]
    whole = Node(embed_corpus, inputs, "embeddings", name="embed_corpus")
    parts = Node(embed_stems, inputs, "stem_embeddings", name="embed_stems")
    cells = [_cell(whole, variant, corpus) for variant in VARIANTS for corpus in PROBED]
    return sum([*cells, *(_cell(parts, variant, "closed") for variant in VARIANTS)], Pipeline([]))


def _cell(node: Node, variant: str, corpus: str) -> Pipeline:
    tables = {table: dotted(corpus, table) for table in TABLES}
    return Pipeline(
        [node],
        namespace=dotted(variant, corpus),
        inputs={"weights": dotted(variant, "weights"), **tables},
        parameters=shared("embed", "audio"),
        tags="embed",
    )
