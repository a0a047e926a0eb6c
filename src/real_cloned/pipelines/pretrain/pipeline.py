"""Pretrain: one encoder per variant, by singer-level contrastive learning (paper, section 3.2).

corpora@, segments@, stems@ of the training and validation corpus ──► {variant}.weights, {variant}.history
                           (checkpoints lie in training@{variant})        └──► weights@history
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.pretrain import nodes
from real_cloned.pipelines.previews import preview_pretraining
from real_cloned.pipelines.study import Study, same_names

TABLES = {"tracks": "corpora", "splits": "segments", "segments": "segments", "stems": "stems"}
"""What a training reads of a corpus beside its audio, and the hub through which it is handed over."""


def create_pipeline(study: Study) -> Pipeline:
    """Return one pretraining per variant, and the course of all of them in one table.

    Args:
        study: Which variants and corpora there are.
    """
    history = Node(
        func=nodes.collect_histories,
        inputs={
            **{variant: f"params:pretrain.{variant}" for variant in study.declared_variants},
            **same_names(*(f"{variant}.{kind}" for variant in study.variants for kind in ("history", "weights"))),
        },
        outputs="weights@history",
        name="collect_histories",
        namespace="pretrain",
    )
    return Pipeline([*(_pretraining(variant, study) for variant in study.variants), history], tags="pretrain")


def _pretraining(variant: str, study: Study) -> Node:
    corpora = {
        f"{split}.{table}": f"{hub}@{study.only(split)}.{table}"
        for split in ("train", "validation")
        for table, hub in TABLES.items()
    }
    audio = {f"{split}.audio": study.audio(study.only(split)) for split in ("train", "validation")}
    return Node(
        func=nodes.pretrain_encoder,
        inputs={
            "variant": f"params:pretrain.{variant}",
            "audio": "params:audio",
            "folder": f"training@{variant}",
            **corpora,
            **audio,
        },
        outputs=[f"{variant}.weights", f"{variant}.history"],
        name="pretrain_encoder",
        preview_fn=preview_pretraining if study.families[variant] == "transformer" else None,
        namespace=f"pretrain.{variant}",
        tags=variant,
    )
