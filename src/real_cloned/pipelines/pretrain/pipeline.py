"""Pretrain: one encoder per variant, by singer-level contrastive learning (paper, section 3.2).

train.*, validation.* ──► {variant}.weights, {variant}.history
{variant}.training ─┘ (checkpoints: a training that was killed goes on)
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import VARIANTS, dotted, own, shared
from real_cloned.pipelines.pretrain.nodes import pretrain_encoder

TABLES = ("tracks", "splits", "segments", "audio", "stems")


def create_pipeline(**_: object) -> Pipeline:
    """Return one pretraining per variant."""
    return sum((_variant(variant) for variant in VARIANTS), Pipeline([]))


def _variant(variant: str) -> Pipeline:
    corpora = [dotted(corpus, table) for corpus in ("train", "validation") for table in TABLES]
    inputs = ["params:pretrain", "params:audio", "training", *corpora]
    node = Node(pretrain_encoder, inputs, ["weights", "history"], name="pretrain_encoder")
    parameters = own(variant, "pretrain") | shared("audio")
    return Pipeline([node], namespace=variant, inputs=set(corpora), parameters=parameters, tags="pretrain")
