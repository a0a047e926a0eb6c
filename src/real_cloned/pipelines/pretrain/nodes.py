"""Nodes of the pretraining."""

from pathlib import Path
from typing import Any

import pandas as pd

from real_cloned.artifacts.weights import Weights
from real_cloned.core.installed_weights import missing_package
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.pretrain import pretrain_variant
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.pipelines.study import by_owner
from real_cloned.reporting.sections.training import training_history_table


def pretrain_encoder(
    variant: VariantParameters, audio: AudioParameters, folder: Path, **corpora: Any
) -> tuple[Weights, pd.DataFrame]:
    """Return the encoder of a variant, and its History.

    Args:
        variant: What it hears, and how it is trained.
        audio: Sample rate, channels and segment length.
        folder: Where checkpoints and logs are kept.
        **corpora: `train.tracks`, `train.splits`, `train.segments`, `train.audio`, `train.stems`, and the same of
            `validation`.
    """
    train, validation = (_training_corpus(corpora, split) for split in ("train", "validation"))
    return pretrain_variant(variant.root, audio, train, validation, folder)


def collect_histories(**inputs: Any) -> pd.DataFrame:
    """Return the course of every pretraining, a row per variant, and which are left out for want of a package.

    Args:
        **inputs: The parameters of all variants by name, those that are switched off too, which get a row without
            values; and `{variant}.history` (History) and `{variant}.weights` of the others.
    """
    variants = {name: VariantParameters.model_validate(given).root for name, given in inputs.items() if "." not in name}
    histories = by_owner(inputs, "history")
    missing = {
        name: missing_package(name, given.family, getattr(given, "weights", None)) for name, given in variants.items()
    }
    return training_history_table({name: histories.get(name, pd.DataFrame()) for name in variants}, missing)


def _training_corpus(corpora: dict[str, Any], split: str) -> TrainingCorpus:
    return TrainingCorpus(
        tracks=corpora[f"{split}.tracks"],
        splits=corpora[f"{split}.splits"],
        segments=corpora[f"{split}.segments"],
        mixtures=corpora[f"{split}.audio"],
        stems=corpora[f"{split}.stems"],
    )
