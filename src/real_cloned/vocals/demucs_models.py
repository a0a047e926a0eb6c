"""Demucs models by name or from a file, and what to do by hand where they cannot be had."""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from real_cloned.errors import RealClonedError

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
