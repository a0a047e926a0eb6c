"""The folder that a training of the LSTM leaves: what it was told, what came of it, and from which run it started.

    <name>/parameters.yaml, weights.safetensors, weights.json, history.csv, run.json, tensorboard/

A run that started from another's weights lies inside that one's folder, so that folders are a family tree.

Runs and their descendants, printed as a tree.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from torch import nn

from real_cloned.artifacts.weights import Weights, read_weights, write_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write

NOTE, WEIGHTS = "run.json", "weights.safetensors"


def run_folder(runs: Path, name: str, init_from: Path | None = None) -> Path:
    """Return the folder of a run: in `runs`, or in that of the run that it starts from.

    Raises RealClonedError when `init_from` is no run, or when the name is no name of a folder.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise RealClonedError(f"a run's name becomes a folder's, and {name!r} cannot be one: use letters and digits")
    return _checked(init_from) / name if init_from else runs / name


def ancestors(folder: Path) -> list[str]:
    """Return the names of the runs that the run in `folder` descends from, oldest first.

    Raises RealClonedError when it is no run.
    """
    return list(read_note(folder)["ancestors"])


def write_run(folder: Path, weights: Weights, history: pd.DataFrame, init_from: Path | None = None) -> None:
    """Write a run to its folder; one that was there is replaced, and its descendants stay.

    history : a row per block, as `train_voices` returns; init_from : the run that this one started from
    """
    write_weights(folder / WEIGHTS, weights)
    with atomic_write(folder / "parameters.yaml") as path:
        path.write_text(yaml.safe_dump(dict(weights.config), sort_keys=False, allow_unicode=True), encoding="utf-8")
    with atomic_write(folder / "history.csv") as path:
        history.to_csv(path, index=False)
    descent = [*ancestors(init_from), init_from.name] if init_from else []
    best = history.iloc[int(history["validation_loss"].argmin())]
    note: dict[str, Any] = {"name": folder.name, "ancestors": descent, "blocks": len(history)}
    note |= {"best_block": int(best["epoch"]), "best_validation_loss": float(best["validation_loss"])}
    note |= {name: float(best[name]) for name in ("pairwise_eer", "in_batch_eer")}
    with atomic_write(folder / NOTE) as path:
        path.write_text(json.dumps(note, indent=2) + "\n")


def read_note(folder: Path) -> dict[str, Any]:
    """Return `run.json` of a run: name, ancestors, blocks, best_block, best_validation_loss, pairwise_eer,
    in_batch_eer.

    Raises RealClonedError when `folder` holds no run.
    """
    try:
        note: dict[str, Any] = json.loads((folder / NOTE).read_text())
    except (OSError, ValueError) as error:
        raise RealClonedError(
            f"{folder} holds no run ({error}): name a folder that a training left, with {NOTE} in it"
        ) from error
    return note


def start_from(module: nn.Module, init_from: Path) -> None:
    """Fill `module` with the weights of the run in `init_from`. Raises RealClonedError when they do not fit."""
    weights = read_weights(_checked(init_from) / WEIGHTS)
    try:
        module.load_state_dict(dict(weights.tensors))
    except RuntimeError as error:
        raise RealClonedError(
            f"the weights of the run {init_from} do not fit this network ({error}): train one of the same sizes, "
            "front end and number of bins"
        ) from error


def weights_of(module: nn.Module, config: dict[str, Any]) -> Weights:
    """Return the tensors of `module` on the CPU, with what made them."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    return Weights(tensors, config)


def _checked(folder: Path) -> Path:
    read_note(folder)
    return folder


def family_tree(folder: Path) -> str:
    """Return the family of the run in `folder`, from its oldest ancestor on, a line per run; `*` marks itself.

    folder : a run, or a folder of runs, of which all families are shown

    Raises RealClonedError when there is no run.
    """
    here = folder.resolve()
    roots = [_oldest(here)] if (here / NOTE).is_file() else _children(here)
    if not roots:
        raise RealClonedError(
            f"{folder} holds no runs: name a folder that a training left, or the folder that holds such"
        )
    return "\n".join(line for root in roots for line in _lines(root, here))


def _oldest(run: Path) -> Path:
    while (run.parent / NOTE).is_file():
        run = run.parent
    return run


def _children(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob(f"*/{NOTE}"))


def _lines(run: Path, marked: Path, before: str = "", joint: str = "") -> Iterator[str]:
    """Yield the lines of a run and its descendants; before, joint : what stands left of them, and of its name."""
    note = read_note(run)
    best = f"best validation loss {note['best_validation_loss']:.3f} at block {note['best_block']} of {note['blocks']}"
    rate = f"equal error rate {100 * note['pairwise_eer']:.1f} % pairwise, {100 * note['in_batch_eer']:.1f} % in batch"
    yield f"{before}{joint}{note['name']}{' *' if run == marked else ''}  ({best}, {rate})"
    below = before + {"": "", "├── ": "│   ", "└── ": "    "}[joint]
    children = _children(run)
    for child in children:
        yield from _lines(child, marked, below, "└── " if child == children[-1] else "├── ")
