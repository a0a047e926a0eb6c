"""Vocals and accompaniment of every used track, by Demucs or from the demo's ground truth."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torchaudio.functional import resample

from real_cloned.audio.filling import Filling
from real_cloned.audio.shards import ShardWriter
from real_cloned.audio.store import ShardStore
from real_cloned.errors import RealClonedError
from real_cloned.parameters import SeparationParameters

Samples = NDArray[np.int16]

SMALL = Path(__file__).with_name("small_separator.safetensors")
"""The small HDemucs that ships with the package (`kedro run --pipelines=train_separator` trains it)."""


class Separator(Protocol):
    """Anything that finds the vocals in a mixture."""

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return (n_channels, n_samples) int16, as long as the mixture."""
        ...


class ReferenceSeparator:
    """The demo's ground truth: what the makers of a track know of its voice."""

    def __init__(self, truth: ShardStore):
        self.truth = truth

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return the true vocals. Raises RealClonedError for a track that the demo did not make."""
        if (track_id, "vocals") not in self.truth:
            raise RealClonedError(
                f"separator `reference` knows only the demo's own tracks, and {track_id} is not one of them: set "
                "separation.separator to a Demucs model such as htdemucs, or to the path of a .safetensors file"
            )
        vocals = self.truth.read(track_id, "vocals", 0.0, mixture.shape[1] / self.truth.sample_rate_hz)
        return np.broadcast_to(vocals, mixture.shape).copy()


class DemucsSeparator:
    """A Demucs model; tracks go through it in its own chunks, so that memory does not grow with their length.

    Source: Rouard et al., "Hybrid transformers for music source separation", ICASSP 2023. No random shifts: the same
    mixture always gives the same vocals.
    """

    def __init__(self, model: Any, sample_rate_hz: int):
        self.model, self.sample_rate_hz = model, sample_rate_hz
        self.device = "cuda" if torch.cuda.is_available() else "cpu"

    def vocals(self, track_id: str, mixture: Samples) -> Samples:
        """Return the model's estimate of the vocals."""
        from demucs.apply import apply_model

        waveform = resample(torch.from_numpy(mixture) / 32768, self.sample_rate_hz, self.model.samplerate)
        channels = waveform.mean(dim=0, keepdim=True).expand(self.model.audio_channels, -1)
        channels = waveform if len(waveform) == self.model.audio_channels else channels
        level = channels.std().clamp(min=1e-6)
        sources = apply_model(self.model, channels[None] / level, shifts=0, split=True, device=self.device)[0] * level
        vocals = resample(sources[self.model.sources.index("vocals")], self.model.samplerate, self.sample_rate_hz)
        if len(mixture) != len(vocals):
            vocals = vocals.mean(dim=0, keepdim=True).expand(len(mixture), -1)
        samples = (vocals * 32768).round().clamp(-32768, 32767).to(torch.int16).numpy()
        return _as_long_as(samples, mixture)


def load_separator(parameters: SeparationParameters, truth: ShardStore, sample_rate_hz: int) -> Separator:
    """Return the separator that `parameters` name.

    Raises RealClonedError when a file is missing, or when a named model's weights are neither here nor to be had.
    """
    name = parameters.separator
    if name == "reference":
        return ReferenceSeparator(truth)
    if name == "small":
        name = str(SMALL)
    return DemucsSeparator(_safetensors(name) if name.endswith(".safetensors") else _published(name), sample_rate_hz)


def separate_tracks(
    splits: pd.DataFrame, audio: ShardStore, truth: ShardStore, parameters: SeparationParameters, corpus: str
) -> Filling:
    """Return the filling of a store with the vocals of every track in `splits`, in its order.

    Tracks that keep it (`parameters.accompaniment`) also give the accompaniment: the mixture less the vocals. No
    separator is loaded for a corpus without tracks.

    Raises RealClonedError as `load_separator` does.
    """
    if splits.empty:
        return Filling([])
    separator = load_separator(parameters, truth, audio.sample_rate_hz)
    keeping = {"none": [], "test": ["test"], "all": list(splits["role"])}[parameters.accompaniment]
    recipes = [
        SeparateTrack(track_id, role in keeping, parameters.separator, audio, separator)
        for track_id, role in zip(splits["track_id"], splits["role"], strict=True)
    ]
    return Filling(recipes, f"separate {corpus}")


@dataclass(frozen=True)
class SeparateTrack:
    """The recipe of one track's stems."""

    track_id: str
    keeps_accompaniment: bool
    name: str
    audio: ShardStore = field(repr=False)
    separator: Separator = field(repr=False)

    def __call__(self, shard: ShardWriter) -> None:
        """Separate the track into `shard`."""
        mixture = self.audio.read(self.track_id, "mixture")
        vocals = self.separator.vocals(self.track_id, mixture)
        shard.clip(self.track_id, "vocals").append(vocals)
        if self.keeps_accompaniment:
            rest = mixture.astype(np.int32) - vocals
            shard.clip(self.track_id, "accompaniment").append(rest.clip(-32768, 32767).astype(np.int16))


def _safetensors(path: str) -> Any:
    from demucs.hf import load_safetensors_model

    if not Path(path).is_file():
        raise RealClonedError(f"separation.separator names {path}, and there is no such file")
    try:
        return load_safetensors_model(path).eval()
    except Exception as error:
        raise RealClonedError(
            f"separation.separator names {path}, which holds no Demucs model ({type(error).__name__}: {error})"
        ) from error


def _published(name: str) -> Any:
    from demucs.pretrained import get_model

    try:
        return get_model(name)
    except (Exception, SystemExit) as error:
        raise RealClonedError(
            f"separator {name}: its weights are not here and could not be fetched ({type(error).__name__}: {error}). "
            "Run once with a network, or fetch the .safetensors file by hand and set separation.*.separator to its path"
        ) from error


def _as_long_as(samples: Samples, mixture: Samples) -> Samples:
    fitted = np.zeros_like(mixture)
    length = min(samples.shape[1], mixture.shape[1])
    fitted[:, :length] = samples[:, :length]
    return fitted
