"""Separators of vocals: Demucs models, Spleeter, and the demo's ground truth.

A separator takes a whole track or a stream of blocks.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.vocals.separation import spleeter
from real_cloned.vocals.separation.models import load_model
from real_cloned.vocals.separation.streaming import resample_stream, separate_stream

Samples = NDArray[np.int16]

BLOCK_S = 10.0
"""Duration of the blocks in which a whole array goes through a stream, in seconds."""


class Separator(Protocol):
    """Anything that separates the vocals of a mixture: of a whole track, or of a stream of any length."""

    sample_rate_hz: int
    """The rate at which `stream` takes mixtures."""

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return the vocals of a whole track, at the store's rate and in the shape of the mixture.

        Args:
            track_id: Identifier of the track.
            mixture: (n_channels, n_samples) int16 at the store's rate.
        """
        ...

    def stream(self, track_id: str, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the vocals of a stream; memory does not grow with its length.

        Args:
            track_id: Identifier of the track.
            blocks: Consecutive blocks of the mixture, (n_channels, n) int16 each, at `sample_rate_hz`.

        Yields:
            Blocks (n_channels, n) int16 at the store's rate, round(n_samples * store's rate / sample_rate_hz) samples
            in total.
        """
        ...


class ReferenceSeparator:
    """The demo's ground truth.

    Args:
        truth: Store of the true vocals of the demo's tracks.
    """

    def __init__(self, truth: ShardStore):
        self.truth = truth
        self.sample_rate_hz = truth.sample_rate_hz

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return the true vocals.

        Args:
            track_id: Identifier of the track.
            mixture: (n_channels, n_samples) int16 at the store's rate.

        Raises:
            RealClonedError: When the track is not one of the demo's.
        """
        return _collect(self.stream(track_id, [mixture]), mixture)

    def stream(self, track_id: str, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the true vocals in every channel.

        Args:
            track_id: Identifier of the track.
            blocks: Consecutive blocks of the mixture, (n_channels, n) int16 each.

        Yields:
            Blocks of the same shapes.

        Raises:
            RealClonedError: When the track is not one of the demo's.
        """
        if (track_id, "vocals") not in self.truth:
            raise RealClonedError(
                f"separator `reference` knows only the demo's own tracks, and {track_id} is not one of them: set "
                "separation.separator to a Demucs model such as htdemucs, or to the path of a .safetensors file"
            )
        start = 0
        for block in blocks:
            length_s = block.shape[1] / self.sample_rate_hz
            vocals = self.truth.read(track_id, "vocals", start / self.sample_rate_hz, length_s)
            yield np.broadcast_to(vocals, block.shape).copy()
            start += block.shape[1]


class NetworkSeparator(ABC):
    """A network with results at a store's rate; it separates part by part, in constant memory.

    The same mixture always gives the same vocals. A process that it is sent to loads the network once.

    Args:
        parameters: The separator and its settings.
        store_rate_hz: Sample rate of the store, in hertz.
        sample_rate_hz: Sample rate of the network, in hertz.
        n_channels: Channels that the network takes.
    """

    def __init__(self, parameters: SeparationParameters, store_rate_hz: int, sample_rate_hz: int, n_channels: int):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.parameters, self.store_rate_hz = parameters, store_rate_hz
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels

    @abstractmethod
    def separate(self, mixture: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the vocals of a mixture at the network's rate.

        Args:
            mixture: (n_channels, n) float32 blocks, in units of one 16-bit step.

        Yields:
            Blocks (n_channels, n) float32, of the same total length.
        """

    def __reduce__(self) -> tuple[Any, tuple[SeparationParameters, int]]:
        """Pickle the parameters only: each process loads the model once."""
        return _cached_separator, (self.parameters, self.store_rate_hz)

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return the network's estimate of the vocals.

        Args:
            track_id: Not used.
            mixture: (n_channels, n_samples) int16 at the store's rate.
        """
        step = round(BLOCK_S * self.store_rate_hz)
        blocks = (
            torch.from_numpy(mixture[:, start : start + step]).float() for start in range(0, mixture.shape[1], step)
        )
        return _collect(self._separate(resample_stream(blocks, self.store_rate_hz, self.sample_rate_hz)), mixture)

    def stream(self, track_id: str, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the network's estimate of the vocals; at most `batch_size` + 2 chunks are in memory.

        Args:
            track_id: Not used.
            blocks: Consecutive blocks of the mixture, (n_channels, n) int16 each, at the network's rate.

        Yields:
            Blocks (n_channels, n) int16 at the store's rate.
        """
        return self._separate(torch.from_numpy(block).float() for block in blocks)

    def _separate(self, blocks: Iterable[Tensor]) -> Iterator[Samples]:
        """Yield int16 at the store's rate; blocks are float32 at the network's rate, in units of one 16-bit step."""
        from demucs.audio import convert_audio_channels

        rest = iter(blocks)
        if (first := next(rest, None)) is None:
            return
        mixture = (convert_audio_channels(block, self.n_channels) for block in chain([first], rest))
        for block in resample_stream(self.separate(mixture), self.sample_rate_hz, self.store_rate_hz):
            samples = convert_audio_channels(block, len(first))
            yield samples.round().clamp(-32768, 32767).to(torch.int16).numpy()


class DemucsSeparator(NetworkSeparator):
    """A Demucs model, without random shifts.

    Source: Rouard et al., "Hybrid transformers for music source separation", ICASSP 2023.

    Args:
        model: A Demucs model or bag of models.
        store_rate_hz: Sample rate of the store, in hertz.
        parameters: chunk_s, overlap, batch_size and precision are read.
    """

    def __init__(self, model: Any, store_rate_hz: int, parameters: SeparationParameters):
        super().__init__(parameters, store_rate_hz, model.samplerate, model.audio_channels)
        self.model = model.to(self.device).eval()

    def separate(self, mixture: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the vocals of a mixture at the model's rate, as `separate_stream`.

        Args:
            mixture: (n_channels, n) float32 blocks, in units of one 16-bit step.
        """
        return separate_stream(self.model, mixture, self.parameters, self.device)


class SpleeterSeparator(NetworkSeparator):
    """Spleeter's model of two stems.

    Source: Hennequin et al., "Spleeter: a fast and efficient music source separation tool with pre-trained models",
    Journal of Open Source Software 5(50), 2020.

    Args:
        model: `spleeter.Spleeter`, or another that takes and returns the same.
        store_rate_hz: Sample rate of the store, in hertz.
        parameters: batch_size and precision are read.
    """

    def __init__(self, model: nn.Module, store_rate_hz: int, parameters: SeparationParameters):
        super().__init__(parameters, store_rate_hz, spleeter.SAMPLE_RATE_HZ, spleeter.N_CHANNELS)
        self.model = model.to(self.device)

    def separate(self, mixture: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the vocals of a mixture at 44.1 kHz, as `spleeter.stream_spleeter`.

        Args:
            mixture: (2, n) float32 blocks, in units of one 16-bit step.
        """
        return spleeter.stream_spleeter(self.model, mixture, self.parameters, self.device)


def load_separator(parameters: SeparationParameters, truth: ShardStore, sample_rate_hz: int) -> Separator:
    """Return the separator that the parameters name.

    Args:
        parameters: The separator and its settings.
        truth: Store of the demo's ground truth, for the separator `reference`.
        sample_rate_hz: Sample rate of the store of results, in hertz.

    Raises:
        RealClonedError: When a network cannot be loaded, as in `load_network`.
    """
    if parameters.separator == "reference":
        return ReferenceSeparator(truth)
    return load_network(parameters, sample_rate_hz)


def load_network(parameters: SeparationParameters, store_rate_hz: int) -> NetworkSeparator:
    """Return the separator that the parameters name, where it is a network.

    Args:
        parameters: The separator and its settings.
        store_rate_hz: Sample rate of the results, in hertz.

    Raises:
        RealClonedError: When it cannot be loaded, as in `load_model` and `spleeter.load_spleeter`.
    """
    if parameters.separator == "spleeter":
        return SpleeterSeparator(spleeter.load_spleeter(), store_rate_hz, parameters)
    return DemucsSeparator(load_model(parameters.separator), store_rate_hz, parameters)


@lru_cache(maxsize=1)
def _cached_separator(parameters: SeparationParameters, store_rate_hz: int) -> NetworkSeparator:
    return load_network(parameters, store_rate_hz)


def _collect(blocks: Iterator[Samples], mixture: Samples) -> Samples:
    """Return the blocks in one array of the mixture's shape; rounding between rates can cost a sample at the end."""
    whole, start = np.zeros_like(mixture), 0
    for block in blocks:
        block = block[:, : whole.shape[1] - start]
        whole[:, start : start + block.shape[1]] = block
        start += block.shape[1]
    return whole
