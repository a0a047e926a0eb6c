"""Door to the pretraining."""

from pathlib import Path
from typing import Any

import pandas as pd

from real_cloned.encoders.pretraining import pretrain_variant
from real_cloned.parameters import AudioParameters
from real_cloned.variant_parameters import VariantParameters
from real_cloned.weights import Weights


def pretrain_encoder(
    parameters: VariantParameters, audio: AudioParameters, folder: Path, *corpora: Any
) -> tuple[Weights, pd.DataFrame]:
    """Return an encoder and its history; corpora: tracks, splits, segments, audio, stems of train, then validation."""
    return pretrain_variant(parameters.root, audio, (corpora[:5], corpora[5:]), folder)
