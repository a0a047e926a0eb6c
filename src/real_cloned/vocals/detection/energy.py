"""Singing by energy: how loud are the separated vocals in the mixture? Needs a separator instead of a detector."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from real_cloned.audio.shard_store import ShardStore
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.vocals.separation.models import Separator, load_separator

SILENCE_DB = 20.0
"""Level of a mixture that holds no singing: a root mean square of ten int16 steps."""


class EnergyListener:
    """A separator, and the level of its vocals against the mixture: a logistic of the difference in decibels.

    At `energy_midpoint_db` singing is as likely as not; `energy_slope_db` more, and the odds are e to 1.
    """

    def __init__(self, separator: Separator, midpoint_db: float, slope_db: float):
        self.separator, self.midpoint_db, self.slope_db = separator, midpoint_db, slope_db

    @classmethod
    def load(cls, parameters: VocalFilterParameters, audio: ShardStore) -> Self:
        """Return the listener with the separator that `parameters` name. Raises RealClonedError as that does."""
        # No truth is read, since `reference` is refused: the tracks' own store stands in for it.
        separation = SeparationParameters(separator=parameters.separator, accompaniment="none")
        separator = load_separator(separation, audio, audio.sample_rate_hz)
        return cls(separator, parameters.energy_midpoint_db, parameters.energy_slope_db)

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return (n_windows,) probabilities of singing; (n_channels, n_samples) int16 in, separated in one piece."""
        levels_db = self.levels_db(track_id, samples, window)
        return np.asarray(1 / (1 + np.exp((self.midpoint_db - levels_db) / self.slope_db)), np.float32)

    def levels_db(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float64]:
        """Return (n_windows,) levels of the vocals against the mixture in decibels; -inf where all is silent."""
        count = samples.shape[1] // window
        if not count:
            return np.zeros(0)
        mixture = samples[:, : count * window]
        vocals_db = _levels_db(self.separator.vocals(track_id, mixture), count)
        mixture_db = _levels_db(mixture, count)
        return np.where(mixture_db > SILENCE_DB, vocals_db - mixture_db, -np.inf)


def _levels_db(samples: NDArray[np.int16], count: int) -> NDArray[np.float64]:
    """(count,) decibels of equal stretches of (n_channels, n_samples)."""
    power = np.square(samples.astype(np.float64)).reshape(len(samples), count, -1).mean(axis=(0, 2))
    return np.asarray(10 * np.log10(power + 1e-3))
