"""Door to the separators."""

from collections.abc import Iterable

import pandas as pd

from real_cloned.audio.store import Clip, ShardStore
from real_cloned.parameters import CorpusParameters, SeparationParameters
from real_cloned.vocals.separation import Separation


def separate(
    splits: pd.DataFrame,
    audio: ShardStore,
    demo_stems: ShardStore,
    parameters: SeparationParameters,
    corpus: CorpusParameters,
) -> Iterable[Clip]:
    """Return the stems of the used tracks."""
    return Separation(splits, audio, demo_stems, parameters, corpus.name)
