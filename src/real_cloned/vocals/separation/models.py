"""Demucs models: the small one that ships with the package, published ones by name, and any from a file.

Weights are read from .safetensors files only; a pickle can run any code when it is opened.
"""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from real_cloned.core.errors import RealClonedError

SMALL_SEPARATOR = Path(__file__).with_name("small_separator.safetensors")
"""The small HDemucs that ships with the package (`kedro run --pipelines=train_separator` trains it)."""
DEMUCS_CLASSES = ("demucs.demucs.Demucs", "demucs.hdemucs.HDemucs", "demucs.htdemucs.HTDemucs")
PICKLE_SUFFIXES = (".th", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin")


def load_model(name: str) -> Any:
    """Return a Demucs model or bag of models, ready for use.

    Args:
        name: `small` for the one in the package, the path of a .safetensors file, or the name of a published model.

    Raises:
        RealClonedError: When a file is missing, a pickle or no Demucs model, or when a published model is unknown or
            its weights can be neither found nor downloaded.
    """
    path = str(SMALL_SEPARATOR) if name == "small" else name
    if path.endswith(PICKLE_SUFFIXES):
        raise RealClonedError(
            f"separation.separator names {name}: a pickle, which can run any code when it is opened. Set it to the "
            "name of a model, or to a .safetensors file; https://huggingface.co/adefossez has one of every Demucs model"
        )
    model = _from_file(Path(path)) if path.endswith(".safetensors") else _published(path)
    if "vocals" not in model.sources:
        raise RealClonedError(f"separator {name} knows no vocals: its sources are {', '.join(model.sources)}")
    return model.eval()


def remote_files(name: str) -> list[str]:
    """Return the URLs of a published model's weights, as Demucs lists them; none for an unknown name.

    Args:
        name: Name of a model or of a bag of models.
    """
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
            class_name = (file.metadata() or {}).get("klass")
        if class_name not in DEMUCS_CLASSES:  # Demucs calls the named class with arguments from the file
            raise ValueError(f"class {class_name} is none of {', '.join(DEMUCS_CLASSES)}")
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
        raise RealClonedError(_unavailable_message(name, error)) from error


def _unavailable_message(name: str, error: BaseException) -> str:
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
        "the path of a .safetensors file of a Demucs model, to `spleeter` (docs/weights.md), or to `small`, which "
        "ships with the package"
    )
