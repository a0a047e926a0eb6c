"""Network weights with the configuration that made them, in memory and on disk.

On disk they are a safetensors file (never a pickle), whose metadata holds the configuration as JSON under the key
`made_from`; a .json file of the same name beside it shows the configuration to people.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, atomic_write, local_copy
from real_cloned.parameters.base import Parameters
from real_cloned.parameters.ingest import AudioParameters

CONFIG_KEY = "made_from"
"""Key of the configuration in the metadata of the file."""


@dataclass(frozen=True)
class Weights:
    """The weights of a network.

    Attributes:
        tensors: Tensors by name, as in a PyTorch state dict.
        config: Parameters that made the network, as JSON holds them.
    """

    tensors: Mapping[str, Tensor]
    config: Mapping[str, Any]


def encoder_config(variant: Parameters, audio: AudioParameters) -> dict[str, Any]:
    """Return the `Weights.config` of an encoder.

    Args:
        variant: Parameters of the encoder, of any family.
        audio: Parameters of the audio that it takes.
    """
    return {"pretrain": variant.model_dump(mode="json"), "audio": audio.model_dump(mode="json")}


def content_hash(weights: Weights) -> str:
    """Return a hash by which an encoder is known: of its tensors, and of the configuration that made them.

    Args:
        weights: Of any network.
    """
    digest = sha256(json.dumps(weights.config, sort_keys=True).encode())
    for name, tensor in sorted(weights.tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def read_weights(path: AnyPath) -> Weights:
    """Return the weights in a file.

    Args:
        path: A .safetensors file from `write_weights`, here or on a remote file system.

    Raises:
        RealClonedError: If the file cannot be read, is damaged, or is no safetensors file of this project.
    """
    try:
        with safe_open(str(local_copy(path)), framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return Weights(tensors, json.loads((file.metadata() or {})[CONFIG_KEY]))
    except OSError as error:
        raise RealClonedError(f"{path} cannot be read ({error}): allow it (chmod, chown), or put it back") from error
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise RealClonedError(f"{path} holds no weights of this project ({error}); delete it and run again") from error


def write_weights(path: AnyPath, weights: Weights) -> None:
    """Write weights and, beside them, their configuration as .json.

    The configuration is read back from the safetensors file, so that the two files cannot disagree.

    Args:
        path: A .safetensors file, which is replaced.
        weights: Weights to write.

    Raises:
        RealClonedError: If the file cannot be written.
    """
    config = json.dumps(weights.config, indent=2)
    with atomic_write(path) as partial:
        _save(dict(weights.tensors), partial, config)
    with atomic_write(path.with_suffix(".json")) as partial:
        partial.write_text(config + "\n")


def _save(tensors: dict[str, Tensor], path: Path, config: str) -> None:
    try:
        save_file(tensors, str(path), {CONFIG_KEY: config})
    except SafetensorError as error:  # the system's error number is only in its text
        raise RealClonedError(
            f"{path.with_suffix('')} cannot be written ({error}): free some space, and run again"
        ) from error
