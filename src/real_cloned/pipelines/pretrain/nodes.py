"""Door to the contrastive pretraining."""

from pathlib import Path
from typing import Any

import pandas as pd

from real_cloned.encoders.pairs import PairSource
from real_cloned.encoders.training import pretrain
from real_cloned.parameters import AudioParameters, PretrainParameters
from real_cloned.weights import Weights


def pretrain_encoder(
    parameters: PretrainParameters, audio: AudioParameters, folder: Path, *corpora: Any
) -> tuple[Weights, pd.DataFrame]:
    """Return an encoder and its history; corpora: tracks, splits, segments, audio, stems of train, then validation."""
    train, validation = (PairSource.of(parameters, audio, *corpus) for corpus in (corpora[:5], corpora[5:]))
    return pretrain(parameters, audio, train, validation, folder)
