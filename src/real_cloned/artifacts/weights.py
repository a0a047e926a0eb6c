"""Network weights as they travel between stages, and as they lie on disk: safetensors and JSON, never pickled."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write
from real_cloned.parameters.base import Parameters
from real_cloned.parameters.ingest import AudioParameters


@dataclass(frozen=True)
class Weights:
    """A network's tensors by name, and `config`: the parameters that made it, as JSON would hold them."""

    tensors: Mapping[str, Tensor]
    config: Mapping[str, Any]


def encoder_config(variant: "Parameters", audio: "AudioParameters") -> dict[str, Any]:
    """Return `config` of an encoder's weights: the variant's parameters, whatever its family, and the audio's."""
    return {"pretrain": variant.model_dump(mode="json"), "audio": audio.model_dump(mode="json")}


def read_weights(path: Path) -> Weights:
    """Return the weights at `path`. Raises RealClonedError when the file is damaged or is no safetensors file."""
    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return Weights(tensors, json.loads((file.metadata() or {})["made_from"]))
    except OSError as error:
        raise RealClonedError(f"{path} cannot be read ({error}): allow it (chmod, chown), or put it back") from error
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise RealClonedError(f"{path} holds no weights of this project ({error}); delete it and run again") from error


def write_weights(path: Path, weights: Weights) -> None:
    """Write `path` (.safetensors), and beside it under the same name a .json of what made the weights.

    The JSON also stands in the safetensors file, from which it is read, so that the two cannot part.
    """
    config = json.dumps(weights.config, indent=2)
    with atomic_write(path) as partial:
        _save(dict(weights.tensors), partial, config)
    with atomic_write(path.with_suffix(".json")) as partial:
        partial.write_text(config + "\n")


def _save(tensors: dict[str, Tensor], path: Path, config: str) -> None:
    try:
        save_file(tensors, str(path), {"made_from": config})
    except SafetensorError as error:  # it keeps the number of the system's error in its text
        raise RealClonedError(
            f"{path.with_suffix('')} cannot be written ({error}): free some space, and run again"
        ) from error
