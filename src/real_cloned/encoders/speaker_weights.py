"""Where the published speech weights are, and how they become ours. They are Resemblyzer's, and never kept here."""

import pickle
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from real_cloned.errors import RealClonedError

PACKAGE, FILE = "resemblyzer", "resemblyzer/pretrained.pt"
WAY_OUT = (
    'they come with the package resemblyzer: `pip install --no-deps "resemblyzer==0.1.4"` and say '
    "`weights: installed`, or `pip download --no-deps resemblyzer`, unpack the wheel (it is a zip file) and give the "
    "path of resemblyzer/pretrained.pt"
)


def installed_weights() -> Path:
    """Return the path of the weights of the installed package, which is not imported: it needs webrtcvad and librosa.

    Raises RealClonedError, saying how to get them, when the package is not installed, or lacks the file.
    """
    try:
        path = Path(str(metadata.distribution(PACKAGE).locate_file(FILE)))
    except metadata.PackageNotFoundError as error:
        raise RealClonedError(f"the speech weights of variant `speaker` are not installed; {WAY_OUT}") from error
    if not path.is_file():
        raise RealClonedError(f"the installed package {PACKAGE} has no {path}; {WAY_OUT}")
    return path


def speech_tensors(weights: str) -> Mapping[str, Tensor]:
    """Return the tensors of the LSTM and of the linear layer, by the names that `VoiceLstm` gives them.

    weights : path of `pretrained.pt`, or `installed`; nothing in the file but tensors is unpickled

    Raises RealClonedError when the file is not there or holds something else.
    """
    path = installed_weights() if weights == "installed" else Path(weights).expanduser()
    if not path.is_file():
        raise RealClonedError(f"{path}: there are no speech weights here; {WAY_OUT}")
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    except (KeyError, TypeError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        # torch's own message advises to unpickle whatever the file holds
        raise RealClonedError(f"{path} does not hold the published speech weights; {WAY_OUT}") from error
    return {name: tensor for name, tensor in state.items() if name.startswith(("lstm.", "linear."))}
