"""Door to the contrastive pretraining."""

from typing import Any

import pandas as pd

from real_cloned.encoders.pairs import PairSource
from real_cloned.encoders.training import pretrain
from real_cloned.parameters import AudioParameters, PretrainParameters
from real_cloned.weights import Weights


def pretrain_encoder(
    parameters: PretrainParameters, audio: AudioParameters, *corpora: Any
) -> tuple[Weights, pd.DataFrame]:
    """Return an encoder and its history; corpora: tracks, splits, segments, audio, stems of train, then validation."""
    train, validation = PairSource.of(audio, *corpora[:5]), PairSource.of(audio, *corpora[5:])
    return pretrain(parameters, audio, train, validation)
