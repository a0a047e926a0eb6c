"""Mixtures for the training of a separator: voices over bands, both of random colour, at the levels of real mixes."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.audio.store import ShardStore
from real_cloned.vocal_parameters import SeparatorTrainingParameters

SAME_TRACK = 0.5
"""Share of mixtures whose band is that of the voice's own track, in time and in tune; the rest have any band."""
BAND_DB = 3.0
"""Standard deviation of the band's level around the one that its track has it at."""
COLOUR_DB = 2.0
"""Standard deviation of the gain at each of `COLOURS` frequencies, between which it runs straight."""
COLOURS = 8


class Remixes:
    """An endless supply of mixtures made from `stems` of `track_ids`, all of it drawn from `rng`."""

    def __init__(
        self,
        stems: ShardStore,
        track_ids: NDArray[np.str_],
        parameters: SeparatorTrainingParameters,
        rng: np.random.Generator,
    ):
        self.stems, self.track_ids, self.parameters, self.rng = stems, track_ids, parameters, rng
        self.n_samples = round(parameters.chunk_s * stems.sample_rate_hz)
        self.places = np.linspace(0, 1, self.n_samples // 2 + 1) ** 0.5 * (COLOURS - 1)  # finer at low frequencies

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return vocals and mixture, (batch, 1, n_samples) float32 each, in [-1, 1] but for loud bands."""
        pairs = [self._pair() for _ in range(self.parameters.batch_size)]
        vocals, bands = (torch.from_numpy(np.stack(stem)[:, None]) for stem in zip(*pairs, strict=True))
        return vocals, vocals + bands

    def _pair(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        singer, band = self.rng.choice(self.track_ids, 2)
        offset_s, other_s = self._offset_s(singer), self._offset_s(band)
        if self.rng.random() < SAME_TRACK:
            band, other_s = singer, offset_s
        return self._stem(singer, "vocals", offset_s, 0.0), self._stem(band, "accompaniment", other_s, BAND_DB)

    def _offset_s(self, track_id: str) -> float:
        return float(self.rng.uniform(0, self.stems.duration_s(track_id, "vocals") - self.parameters.chunk_s))

    def _stem(self, track_id: str, stem: str, offset_s: float, level_db: float) -> NDArray[np.float32]:
        samples = self.stems.read(track_id, stem, offset_s, self.parameters.chunk_s)[0] / 32768
        gains_db = self.rng.normal(0, COLOUR_DB, COLOURS) + self.rng.normal(0, level_db)
        gain = 10 ** (np.interp(self.places, np.arange(COLOURS), gains_db) / 20)  # (n_samples // 2 + 1,)
        return np.fft.irfft(np.fft.rfft(samples) * gain, self.n_samples).astype(np.float32)
