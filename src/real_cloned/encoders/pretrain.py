"""Pretraining of a variant of any family: each family has a training of its own, or none.

The transformer is trained in `contrastive`, the LSTM in `lstm`, the student of CAM++ in `student`. In `baselines`,
`campplus` and `ge2e` have published weights, and `mfcc` has none to learn.

A training is imported when it begins: Lightning takes seconds, and 200 MiB that no other stage needs.
"""

from pathlib import Path

import pandas as pd

from real_cloned.artifacts.weights import Weights
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.published import untrained_weights
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import StudentParameters
from real_cloned.parameters.variants import LstmVariantParameters, UntrainedVariant, Variant
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import History


def pretrain_variant(
    variant: Variant,
    audio: AudioParameters,
    train: TrainingCorpus,
    validation: TrainingCorpus,
    folder: Path | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Return the weights of a variant's encoder, and the history of its training.

    Args:
        variant: Parameters of the variant, of any family.
        audio: Sample rate, channels and segment length of the corpora.
        train: The corpus to train on.
        validation: The corpus that decides when the training stops and which epoch's weights are kept.
        folder: Where a training keeps checkpoints, runs and TensorBoard's files; None: nowhere.

    Returns:
        The weights, and table `schemas.corpora.History`, empty where nothing was trained.

    Raises:
        RealClonedError: A training lacks singers, or published weights are not where the parameters say.
    """
    if isinstance(variant, UntrainedVariant):
        return untrained_weights(variant, audio), empty_table(History)
    if isinstance(variant, LstmVariantParameters):
        from real_cloned.encoders.lstm.training import pretrain_lstm

        weights, history = pretrain_lstm(variant, audio, train, validation, folder)
        return weights, history[list(empty_table(History))]
    train_pairs, validation_pairs = (PairSource.from_corpus(variant, audio, corpus) for corpus in (train, validation))
    if isinstance(variant, StudentParameters):
        from real_cloned.encoders.student.training import pretrain_student

        return pretrain_student(variant, audio, train_pairs, validation_pairs, folder)
    from real_cloned.encoders.contrastive.training import pretrain_contrastive

    return pretrain_contrastive(variant, audio, train_pairs, validation_pairs, folder)
