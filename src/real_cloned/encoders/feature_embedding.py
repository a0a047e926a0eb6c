"""Embeddings of the files of a features folder, by the network that a run left."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from real_cloned.embeddings import Embeddings
from real_cloned.encoders.feature_folder import read_frames
from real_cloned.encoders.lstm import VoiceLstm, half_overlapping
from real_cloned.encoders.runs import WEIGHTS, read_note
from real_cloned.errors import RealClonedError
from real_cloned.variant_parameters import FeatureParameters, FeatureRunParameters
from real_cloned.weights import read_weights


def load_feature_network(run: Path) -> VoiceLstm:
    """Return the network of a run on features, ready for inference.

    Raises RealClonedError when `run` is no run, or one on audio.
    """
    read_note(run)
    weights = read_weights(run / WEIGHTS)
    try:
        told = FeatureRunParameters.model_validate(weights.made_from["run"])
        n_bins = FeatureParameters.model_validate(weights.made_from["features"]).num_feats
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
