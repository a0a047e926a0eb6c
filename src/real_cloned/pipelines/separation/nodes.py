"""Doors to the separators."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from real_cloned.audio.store import Clip, ShardStore
from real_cloned.parameters import CorpusParameters, SeparationParameters, SeparatorTrainingParameters
from real_cloned.vocals.separation import Separation
from real_cloned.vocals.separator_training import train_separator


def separate(
    splits: pd.DataFrame,
    audio: ShardStore,
    demo_stems: ShardStore,
    parameters: SeparationParameters,
    corpus: CorpusParameters,
) -> Iterable[Clip]:
    """Return the stems of the used tracks."""
    return Separation(splits, audio, demo_stems, parameters, corpus.name)


def train_small_separator(stems: ShardStore, truth: pd.DataFrame, parameters: SeparatorTrainingParameters) -> Any:
    """Return the small separator, trained on the demo's ground truth."""
    return train_separator(stems, truth, parameters)
