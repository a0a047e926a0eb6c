"""Vocals and accompaniment of every used track of a corpus, as clips of a shard store."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from tqdm import tqdm

from real_cloned.audio.store import Clip, ShardStore
from real_cloned.parameters import SeparationParameters
from real_cloned.vocals.separators import load_separator


class Separation:
    """The stems of a corpus' used tracks, one clip after the other as they are asked for."""

    def __init__(
        self, splits: pd.DataFrame, audio: ShardStore, truth: ShardStore, parameters: SeparationParameters, corpus: str
    ):
        self.splits, self.audio, self.truth, self.parameters, self.corpus = splits, audio, truth, parameters, corpus

    def __iter__(self) -> Iterator[Clip]:
        """Yield the vocals of every track, and the accompaniment (mixture less vocals) of those that keep it."""
        if self.splits.empty:
            return
        separator = load_separator(self.parameters, self.truth, self.audio.sample_rate_hz)
        bar = tqdm(
            self.splits.itertuples(),
            total=len(self.splits),
            desc=f"separate {self.corpus}",
            unit="track",
            mininterval=1.0,
        )
        for track in bar:
            mixture = self.audio.read(track.track_id, "mixture")
            vocals = separator.vocals(track.track_id, mixture)
            yield Clip(track.track_id, "vocals", vocals)
            if self._keeps_accompaniment(track.role):
                rest = mixture.astype(np.int32) - vocals
                yield Clip(track.track_id, "accompaniment", rest.clip(-32768, 32767).astype(np.int16))

    def _keeps_accompaniment(self, role: str) -> bool:
        return self.parameters.accompaniment == "all" or (self.parameters.accompaniment == "test" and role == "test")
