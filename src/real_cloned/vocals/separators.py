"""Those who find the vocals in a mixture: a Demucs model, or the demo's ground truth."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.audio.store import ShardStore
from real_cloned.errors import RealClonedError
from real_cloned.vocal_parameters import SeparationParameters
from real_cloned.vocals.chunks import separated
from real_cloned.vocals.demucs_models import load_model
from real_cloned.vocals.streams import resampled

Samples = NDArray[np.int16]

PIECE_S = 10.0
"""In pieces of this length whole arrays, and ground truth, go through a stream."""


class Separator(Protocol):
    """Anything that finds the vocals in a mixture: of a whole track, or of a stream of any length."""

    sample_rate_hz: int
    """The rate at which `stream` takes mixtures."""

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return (n_channels, n_samples) int16 as long as the mixture, both at the store's rate."""
        ...

    def stream(self, track_id: str, pieces: Iterable[Samples]) -> Iterator[Samples]:
        """Yield consecutive pieces (n_channels, n) int16 of the vocals at the store's rate.

        pieces : consecutive pieces of the mixture, (n_channels, n) int16 each of any n, at `sample_rate_hz`. In all,
        round(n_samples * store's rate / sample_rate_hz) samples come out. Memory does not grow with the track's length.
        """
        ...


class ReferenceSeparator:
    """The demo's ground truth: what the makers of a track know of its voice."""

    def __init__(self, truth: ShardStore):
        self.truth = truth
        self.sample_rate_hz = truth.sample_rate_hz

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return the true vocals. Raises RealClonedError for a track that the demo did not make."""
        return _read(self.stream(track_id, [mixture]), mixture)

    def stream(self, track_id: str, pieces: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the true vocals in every channel. Raises RealClonedError for a track that the demo did not make."""
        if (track_id, "vocals") not in self.truth:
            raise RealClonedError(
                f"separator `reference` knows only the demo's own tracks, and {track_id} is not one of them: set "
                "separation.separator to a Demucs model such as htdemucs, or to the path of a .safetensors file"
            )
        at = 0
        for piece in pieces:
            length_s = piece.shape[1] / self.sample_rate_hz
            vocals = self.truth.read(track_id, "vocals", at / self.sample_rate_hz, length_s)
            yield np.broadcast_to(vocals, piece.shape).copy()
            at += piece.shape[1]


class DemucsSeparator:
    """A Demucs model at a store's rate; its streams are separated chunk by chunk, without random shifts.

    The same mixture always gives the same vocals. Source: Rouard et al., "Hybrid transformers for music source
    separation", ICASSP 2023.
    """

    def __init__(self, model: Any, store_rate_hz: int, parameters: SeparationParameters):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.store_rate_hz = model.to(self.device), store_rate_hz
        self.sample_rate_hz: int = model.samplerate
        self.parameters = parameters

    def __reduce__(self) -> tuple[Any, tuple[SeparationParameters, int]]:
        """Another process loads the model itself, once."""
        return _once_per_process, (self.parameters, self.store_rate_hz)

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return the model's estimate of the vocals."""
        step = round(PIECE_S * self.store_rate_hz)
        pieces = (torch.from_numpy(mixture[:, at : at + step]).float() for at in range(0, mixture.shape[1], step))
        return _read(self._separated(resampled(pieces, self.store_rate_hz, self.sample_rate_hz)), mixture)

    def stream(self, track_id: str, pieces: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the model's estimate of the vocals; at most `batch_size` + 2 chunks wait inside."""
        return self._separated(torch.from_numpy(piece).float() for piece in pieces)

    def _separated(self, pieces: Iterable[Tensor]) -> Iterator[Samples]:
        """Yield int16 at the store's rate for float32 in units of one step at the model's."""
        from demucs.audio import convert_audio_channels

        rest = iter(pieces)
        if (first := next(rest, None)) is None:
            return
        mixture = (convert_audio_channels(piece, self.model.audio_channels) for piece in chain([first], rest))
        vocals = separated(self.model, mixture, self.parameters, self.device)
        for piece in resampled(vocals, self.sample_rate_hz, self.store_rate_hz):
            samples = convert_audio_channels(piece, len(first))
            yield samples.round().clamp(-32768, 32767).to(torch.int16).numpy()


def load_separator(parameters: SeparationParameters, truth: ShardStore, sample_rate_hz: int) -> Separator:
    """Return the separator that `parameters` name, for a store at `sample_rate_hz`.

    Raises RealClonedError when a file is missing, unfit or a pickle, or when a named model's weights are neither here
    nor to be had.
    """
    if parameters.separator == "reference":
        return ReferenceSeparator(truth)
    return DemucsSeparator(load_model(parameters.separator), sample_rate_hz, parameters)


@lru_cache(maxsize=1)
def _once_per_process(parameters: SeparationParameters, store_rate_hz: int) -> DemucsSeparator:
    return DemucsSeparator(load_model(parameters.separator), store_rate_hz, parameters)


def _read(pieces: Iterator[Samples], mixture: Samples) -> Samples:
    """Return the pieces in one array of the mixture's shape; rounding between rates can cost a sample at the end."""
    whole, at = np.zeros_like(mixture), 0
    for piece in pieces:
        piece = piece[:, : whole.shape[1] - at]
        whole[:, at : at + piece.shape[1]] = piece
        at += piece.shape[1]
    return whole
