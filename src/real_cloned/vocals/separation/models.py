"""Demucs models by name or from a file, and what to do by hand where they cannot be had.

Those who find the vocals in a mixture: a Demucs model, or the demo's ground truth.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor

from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.vocals.separation.streaming import resampled, separated

SMALL = Path(__file__).with_name("small_separator.safetensors")
"""The small HDemucs that ships with the package (`kedro run --pipelines=train_separator` trains it)."""
CLASSES = ("demucs.demucs.Demucs", "demucs.hdemucs.HDemucs", "demucs.htdemucs.HTDemucs")
PICKLES = (".th", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin")


def load_model(name: str) -> Any:
    """Return the Demucs model, or bag of models, that `name` names: `small`, a .safetensors file, or a published one.

    Raises RealClonedError when a file is missing, unfit or a pickle, and when a published model is unknown or its
    weights are neither here nor to be had.
    """
    path = str(SMALL) if name == "small" else name
    if path.endswith(PICKLES):
        raise RealClonedError(
            f"separation.separator names {name}: a pickle, which can run any code when it is opened. Set it to the "
            "name of a model, or to a .safetensors file; https://huggingface.co/adefossez has one of every Demucs model"
        )
    model = _from_file(Path(path)) if path.endswith(".safetensors") else _published(path)
    if "vocals" not in model.sources:
        raise RealClonedError(f"separator {name} knows no vocals: its sources are {', '.join(model.sources)}")
    return model.eval()


def remote_files(name: str) -> list[str]:
    """Return the addresses of a published model's weights, as Demucs' own lists have them; none for an unknown name."""
    from demucs.pretrained import REMOTE_ROOT, _parse_remote_files

    files: dict[str, str] = _parse_remote_files(REMOTE_ROOT / "files.txt")
    bag = REMOTE_ROOT / f"{name}.yaml"
    signatures = re.findall(r"'([0-9a-f]{8})'", bag.read_text()) if bag.is_file() else [name]
    return [files[signature] for signature in dict.fromkeys(signatures) if signature in files]


def _from_file(path: Path) -> Any:
    from demucs.hf import load_safetensors_model

    if not path.is_file():
        raise RealClonedError(f"separation.separator names {path}, and there is no such file")
    try:
        with safe_open(str(path), framework="pt") as file:
            made_as = (file.metadata() or {}).get("klass")
        if made_as not in CLASSES:  # Demucs calls whatever stands there with arguments from the file
            raise ValueError(f"class {made_as} is none of {', '.join(CLASSES)}")
        return load_safetensors_model(path)
    except Exception as error:
        raise RealClonedError(
            f"separation.separator names {path}, which holds no Demucs model ({type(error).__name__}: {error})"
        ) from error


def _published(name: str) -> Any:
    from demucs.pretrained import get_model

    try:
        return get_model(name)
    except (Exception, SystemExit) as error:
        raise RealClonedError(_by_hand(name, error)) from error


def _by_hand(name: str, error: BaseException) -> str:
    files = remote_files(name)
    if not files:
        return (
            f"separator {name} is no Demucs model by name ({type(error).__name__}: {error}): set "
            "separation.*.separator to one such as htdemucs or mdx_extra, to `small`, or to the path of a .safetensors "
            "file"
        )
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    return (
        f"separator {name}: its weights are not here and could not be fetched ({type(error).__name__}: {error}). "
        f"Run once with a network; or put {', '.join(files)} into {folder} by hand; or set separation.*.separator to "
        "the path of a .safetensors file of a Demucs model, or to `small`, which ships with the package"
    )


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
