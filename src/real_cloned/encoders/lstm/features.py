"""A features folder: utterances that somebody else turned into frames of features.

`train/<singer>/*.npy` and `val/<singer>/*.npy` hold frames x bins each, `feat_params.yaml` says what the bins are. The
layout is that of O'Connor et al., Trebolium/singer_id_encoder.

Embeddings of the files of a features folder, by the network that a run left.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from numpy.typing import NDArray
from pydantic import ValidationError

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.artifacts.weights import read_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.model import VoiceLstm, half_overlapping
from real_cloned.encoders.lstm.runs import WEIGHTS, read_note
from real_cloned.parameters.variants import FeatureParameters, FeatureRunParameters

HALVES = ("train", "val")


@dataclass(frozen=True)
class FeatureFolder:
    """The files of each half, by singer, and what their bins are. Only headers were read."""

    parameters: FeatureParameters
    train: dict[str, list[Path]]
    val: dict[str, list[Path]]

    @classmethod
    def of(cls, folder: Path) -> "FeatureFolder":
        """Return the contents of `folder`.

        Raises RealClonedError when `feat_params.yaml` is missing or wrong, when a half has fewer than two singers, when
        a singer stands in both, and when a file is not frames x bins with as many bins as `num_feats` says.
        """
        parameters = read_feature_parameters(folder / "feat_params.yaml")
        train, val = (_singers(folder / half) for half in HALVES)
        if both := sorted(train.keys() & val.keys()):
            raise RealClonedError(
                f"{folder}: {', '.join(both)} in train/ and in val/: what is measured on singers that the network was "
                "trained on says nothing; leave each singer in one of them"
            )
        for files in [*train.values(), *val.values()]:
            for file in files:
                _check_bins(file, parameters.num_feats)
        return cls(parameters, train, val)


def read_feature_parameters(path: Path) -> FeatureParameters:
    """Return what `feat_params.yaml` at `path` says. Raises RealClonedError when it is not there, or does not fit."""
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
    """Return (n_frames, n_bins), read from the disk as it is needed.

    Raises RealClonedError when the file holds no array of two dimensions of real numbers; nothing is unpickled.
    """
    try:
        frames = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise RealClonedError(f"{file} holds no array of numbers ({error}); leave it out, or make it again") from error
    if not isinstance(frames, np.ndarray) or frames.ndim != 2 or not np.isrealobj(frames) or frames.dtype.kind == "U":
        shape = getattr(frames, "shape", "several arrays")
        raise RealClonedError(f"{file} must hold frames x bins of real numbers, and holds {shape}")
    return frames


def _singers(half: Path) -> dict[str, list[Path]]:
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
        turned = " (its frames seem to stand in the columns: turn it round)" if n_frames == num_feats else ""
        raise RealClonedError(
            f"{file} has {n_bins} bins, and feat_params.yaml says num_feats: {num_feats}{turned}; one of them is wrong"
        )
    if not n_frames:
        raise RealClonedError(f"{file} has no frames; leave it out")


def load_feature_network(run: Path) -> VoiceLstm:
    """Return the network of a run on features, ready for inference.

    Raises RealClonedError when `run` is no run, or one on audio.
    """
    read_note(run)
    weights = read_weights(run / WEIGHTS)
    try:
        told = FeatureRunParameters.model_validate(weights.config["run"])
        n_bins = FeatureParameters.model_validate(weights.config["features"]).num_feats
        network = VoiceLstm(told.network, n_bins)
        network.load_state_dict(dict(weights.tensors))
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(f"{run} holds no network that was trained on a features folder: {error}") from error
    return network.eval()


def embed_files(network: VoiceLstm, singers: dict[str, list[Path]]) -> tuple[Embeddings, pd.DataFrame]:
    """Return an embedding per file, heard whole in half-overlapping windows, and the table of whose they are.

    singers : files of frames by singer; a file's track_id is singer/name
    """
    files = [(singer, file) for singer, of_singer in singers.items() for file in of_singer]
    tracks = pd.DataFrame(
        {"track_id": [f"{singer}/{file.stem}" for singer, file in files], "singer_id": [singer for singer, _ in files]}
    )
    with torch.inference_mode():
        rows = [_embedding(network, file) for _, file in files]
    index = tracks[["track_id"]].assign(stem="features", offset_s=0.0, row=np.arange(len(files)))
    return Embeddings(index, np.stack(rows)), tracks


def _embedding(network: VoiceLstm, file: Path) -> np.ndarray:
    frames = torch.from_numpy(np.array(read_frames(file), np.float32))[None]  # (1, n_frames, n_bins)
    return np.asarray(network.embed_windows(half_overlapping(frames, network.window_frames))[0].numpy())
