"""Door to the pretraining."""

from pathlib import Path
from typing import Any

import pandas as pd

from real_cloned.artifacts.weights import Weights
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.pretrain import pretrain_variant
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import VariantParameters


def pretrain_encoder(
    parameters: VariantParameters, audio: AudioParameters, folder: Path, *corpora: Any
) -> tuple[Weights, pd.DataFrame]:
    """Return an encoder and its history; corpora: tracks, splits, segments, audio, stems of train, then validation."""
    return pretrain_variant(parameters.root, audio, TrainingCorpus(*corpora[:5]), TrainingCorpus(*corpora[5:]), folder)
