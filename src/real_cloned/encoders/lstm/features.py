"""A features folder: singers' utterances as frames of features, and a network that was trained on them.

`train/<singer>/*.npy` and `val/<singer>/*.npy` hold an array of frames x bins each, and `feat_params.yaml` says what
the bins are. The layout is that of O'Connor et al., https://github.com/Trebolium/singer_id_encoder.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.artifacts.weights import read_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.data import utterances_fingerprint
from real_cloned.encoders.lstm.model import VoiceLstm, half_overlapping
from real_cloned.encoders.lstm.runs import WEIGHTS_FILE, read_run
from real_cloned.parameters.variants import FeatureParameters, FeatureRunParameters

Files = dict[str, list[Path]]
"""Files of frames by singer."""


@dataclass(frozen=True)
class FeatureFolder:
    """The contents of a features folder, of whose files only the headers were read.

    Attributes:
        parameters: What the bins are.
        train: Files to train on.
        val: Files to validate with, of other singers.
    """

    parameters: FeatureParameters
    train: Files
    val: Files

    @classmethod
    def read(cls, folder: Path) -> "FeatureFolder":
        """Return the contents of a folder.

        Args:
            folder: With `train/`, `val/` and `feat_params.yaml`.

        Raises:
            RealClonedError: `feat_params.yaml` is missing or wrong, a half has fewer than two singers, a singer is in
                both halves, or a file does not hold frames x bins with `num_feats` bins.
        """
        parameters = read_feature_parameters(folder / "feat_params.yaml")
        train, val = _list_files(folder / "train"), _list_files(folder / "val")
        if both := sorted(train.keys() & val.keys()):
            raise RealClonedError(
                f"{folder}: {', '.join(both)} in train/ and in val/: what is measured on singers that the network was "
                "trained on says nothing; leave each singer in one of them"
            )
        for files in [*train.values(), *val.values()]:
            for file in files:
                _check_bins(file, parameters.num_feats)
        return cls(parameters, train, val)


@dataclass(frozen=True)
class FeatureUtterances:
    """Files of features by singer (`lstm.data.Utterances`); a crop is a random stretch of one file.

    Attributes:
        files: By singer.
        window_frames: Frames of a crop.
    """

    files: Files
    window_frames: int

    @cached_property
    def singers(self) -> list[str]:
        """Their names, in alphabetical order."""
        return sorted(self.files)

    def n_utterances(self, singer: int) -> int:
        """Return how many files there are of a singer.

        Args:
            singer: Number of the singer.
        """
        return len(self.files[self.singers[singer]])

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return a random crop of each of these files, (n, window_frames, n_bins) float32.

        A file of fewer frames is padded at both ends with its lowest value (O'Connor et al.).

        Args:
            singer: Number of the singer.
            utterances: Numbers of n files of the singer.
            rng: Source of randomness.

        Raises:
            RealClonedError: A file holds values that are not finite numbers.
        """
        files = self.files[self.singers[singer]]
        return torch.from_numpy(np.stack([self._crop(files[utterance], rng) for utterance in utterances]))

    def fingerprint(self) -> str:
        """Return a hash of the files' names and sizes, and of the contents of some."""
        names = {singer: [(file.name, file.stat().st_size) for file in self.files[singer]] for singer in self.singers}
        return utterances_fingerprint(self, (names, self.window_frames))

    def _crop(self, file: Path, rng: np.random.Generator) -> np.ndarray:
        frames = read_frames(file)
        start = int(rng.integers(max(1, len(frames) - self.window_frames + 1)))
        crop = np.asarray(frames[start : start + self.window_frames], np.float32)
        if not np.isfinite(crop).all():
            raise RealClonedError(f"{file} holds values that are not finite numbers; leave it out, or make it again")
        missing = self.window_frames - len(crop)
        return np.pad(crop, ((missing // 2, missing - missing // 2), (0, 0)), constant_values=crop.min())


def read_feature_parameters(path: Path) -> FeatureParameters:
    """Return what the bins of a features folder are.

    Args:
        path: Of `feat_params.yaml`.

    Raises:
        RealClonedError: The file is missing, or holds something else.
    """
    try:
        return FeatureParameters.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise RealClonedError(
            f"{path} cannot be read ({error}): a features folder says there what its bins are (num_feats, sr, "
            "hop_size, frame_size, fmin, fmax, type)"
        ) from error
    except (yaml.YAMLError, ValidationError) as error:
        raise RealClonedError(f"{path} does not say what the bins are: {error}") from error


def read_frames(file: Path) -> NDArray[np.floating]:
    """Return the frames of a file, (n_frames, n_bins), memory-mapped; nothing is unpickled.

    Args:
        file: A .npy file.

    Raises:
        RealClonedError: The file holds no array of two dimensions of real numbers.
    """
    try:
        frames = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise RealClonedError(f"{file} holds no array of numbers ({error}); leave it out, or make it again") from error
    if not isinstance(frames, np.ndarray) or frames.ndim != 2 or not np.isrealobj(frames) or frames.dtype.kind == "U":
        shape = getattr(frames, "shape", "several arrays")
        raise RealClonedError(f"{file} must hold frames x bins of real numbers, and holds {shape}")
    return frames


def load_feature_network(run: Path) -> VoiceLstm:
    """Return the network of a training on a features folder, in evaluation mode.

    Args:
        run: Folder of the run (`lstm.runs`).

    Raises:
        RealClonedError: The folder holds no run, or one that was trained on audio.
    """
    read_run(run)
    weights = read_weights(run / WEIGHTS_FILE)
    try:
        parameters = FeatureRunParameters.model_validate(weights.config["run"])
        n_bins = FeatureParameters.model_validate(weights.config["features"]).num_feats
        network = VoiceLstm(parameters.network, n_bins)
        network.load_state_dict(dict(weights.tensors))
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(f"{run} holds no network that was trained on a features folder: {error}") from error
    return network.eval()


def embed_files(network: VoiceLstm, files: Files) -> tuple[Embeddings, pd.DataFrame]:
    """Return an embedding per file, the mean over half-overlapping windows, and the table of their singers.

    Args:
        network: In evaluation mode.
        files: Of frames, by singer.

    Returns:
        Embeddings, whose stem is `features`; and a table of track_id (singer/name of the file) and singer_id, a row per
        file.
    """
    pairs = [(singer, file) for singer, singer_files in files.items() for file in singer_files]
    tracks = pd.DataFrame(
        {"track_id": [f"{singer}/{file.stem}" for singer, file in pairs], "singer_id": [singer for singer, _ in pairs]}
    )
    matrix = np.empty((len(pairs), network.embedding_size), np.float32)
    with torch.inference_mode():
        for row, (_, file) in zip(matrix, pairs, strict=True):
            row[:] = _embed_file(network, file)
    index = tracks[["track_id"]].assign(stem="features", offset_s=0.0, row=np.arange(len(pairs)))
    return Embeddings(index, matrix), tracks


def _embed_file(network: VoiceLstm, file: Path) -> np.ndarray:
    frames = torch.from_numpy(np.array(read_frames(file), np.float32))[None]  # (1, n_frames, n_bins)
    return np.asarray(network.embed_windows(half_overlapping(frames, network.window_frames))[0].numpy())


def _list_files(half: Path) -> Files:
    folders = sorted(path for path in half.glob("*") if path.is_dir() and not path.name.startswith("."))
    singers = {folder.name: sorted(folder.glob("*.npy")) for folder in folders}
    singers = {name: files for name, files in singers.items() if files}
    if len(singers) < 2:
        raise RealClonedError(
            f"{half} must hold at least 2 folders of singers with .npy files in them, and holds {len(singers)}"
        )
    return singers


def _check_bins(file: Path, num_feats: int) -> None:
    n_frames, n_bins = read_frames(file).shape
    if n_bins != num_feats:
        hint = " (its frames seem to be its columns: transpose it)" if n_frames == num_feats else ""
        raise RealClonedError(
            f"{file} has {n_bins} bins, and feat_params.yaml says num_feats: {num_feats}{hint}; one of them is wrong"
        )
    if not n_frames:
        raise RealClonedError(f"{file} has no frames; leave it out")
