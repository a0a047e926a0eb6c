"""The folder that a training of the LSTM leaves, and the lineage of such runs.

    <name>/parameters.yaml, weights.safetensors, weights.json, history.csv, run.json, checkpoints/, tensorboard/

A run that started from another's weights lies inside that one's folder, so that the folders form a tree.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from torch import nn

from real_cloned.artifacts.weights import Weights, read_weights, write_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write

RUN_FILE, WEIGHTS_FILE = "run.json", "weights.safetensors"


def run_folder(runs: Path, name: str, init_from: Path | None = None) -> Path:
    """Return the folder of a run: in `runs`, or inside that of the run that it starts from.

    Args:
        runs: Folder of runs; not used where `init_from` is given.
        name: Of the run.
        init_from: Folder of the run whose weights this one starts from.

    Raises:
        RealClonedError: `init_from` holds no run, or the name cannot be a folder's.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise RealClonedError(f"a run's name becomes a folder's, and {name!r} cannot be one: use letters and digits")
    if init_from is None:
        return runs / name
    read_run(init_from)
    return init_from / name


def write_parameters(folder: Path, config: Mapping[str, Any]) -> None:
    """Write what a run is made with to its folder, at its start, so that a broken-off run says what it was.

    Args:
        folder: Of the run.
        config: What builds the network again, as JSON holds it.

    Raises:
        RealClonedError: The file cannot be written.
    """
    with atomic_write(folder / "parameters.yaml") as path:
        path.write_text(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True), encoding="utf-8")


def write_run(folder: Path, weights: Weights, history: pd.DataFrame, init_from: Path | None = None) -> None:
    """Write a run to its folder, in place of one that was there; runs inside the folder stay.

    Args:
        folder: Of the run.
        weights: Of its best block.
        history: A row per block, as `training.train_voices` returns it.
        init_from: Folder of the run whose weights this one started from.

    Raises:
        RealClonedError: `init_from` holds no run, or a file cannot be written.
    """
    write_weights(folder / WEIGHTS_FILE, weights)
    write_parameters(folder, weights.config)
    with atomic_write(folder / "history.csv") as path:
        history.to_csv(path, index=False)
    best = history.iloc[int(history["validation_loss"].argmin())]
    run: dict[str, Any] = {
        "name": folder.name,
        "ancestors": [*ancestors(init_from), init_from.name] if init_from else [],
        "blocks": len(history),
        "best_block": int(best["epoch"]),
        "best_validation_loss": float(best["validation_loss"]),
        **{name: float(best[name]) for name in ("pairwise_eer", "in_batch_eer")},
    }
    with atomic_write(folder / RUN_FILE) as path:
        path.write_text(json.dumps(run, indent=2) + "\n")


def read_run(folder: Path) -> dict[str, Any]:
    """Return the contents of a run's `run.json`.

    Args:
        folder: Of the run.

    Returns:
        name, ancestors, blocks, best_block, best_validation_loss, pairwise_eer and in_batch_eer (0 to 1).

    Raises:
        RealClonedError: `folder` holds no run.
    """
    try:
        run: dict[str, Any] = json.loads((folder / RUN_FILE).read_text())
    except (OSError, ValueError) as error:
        raise RealClonedError(
            f"{folder} holds no run ({error}): name a folder that a training left, with {RUN_FILE} in it"
        ) from error
    return run


def ancestors(folder: Path) -> list[str]:
    """Return the names of the runs that a run descends from, oldest first.

    Args:
        folder: Of the run.

    Raises:
        RealClonedError: `folder` holds no run.
    """
    return list(read_run(folder)["ancestors"])


def load_initial_weights(module: nn.Module, init_from: Path) -> None:
    """Load the weights of a run into an untrained module.

    Args:
        module: Changed in place.
        init_from: Folder of the run.

    Raises:
        RealClonedError: `init_from` holds no run, or its weights do not fit the module.
    """
    read_run(init_from)
    weights = read_weights(init_from / WEIGHTS_FILE)
    try:
        module.load_state_dict(dict(weights.tensors))
    except RuntimeError as error:
        raise RealClonedError(
            f"the weights of the run {init_from} do not fit this network ({error}): train one of the same sizes, "
            "front end and number of bins"
        ) from error


def module_weights(module: nn.Module, config: dict[str, Any]) -> Weights:
    """Return the weights of a module, on the CPU.

    Args:
        module: On any device.
        config: What builds the module again, as JSON holds it.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    return Weights(tensors, config)


def run_lineage(folder: Path) -> str:
    """Return a tree of runs as text, a line per run, each below the run that it started from.

    Args:
        folder: A run, whose oldest ancestor is the root of the tree, and which is marked with `*`; or a folder of runs,
            each of which is the root of a tree.

    Raises:
        RealClonedError: There is no run.
    """
    marked = folder.resolve()
    roots = [_oldest_ancestor(marked)] if (marked / RUN_FILE).is_file() else _children(marked)
    if not roots:
        raise RealClonedError(
            f"{folder} holds no runs: name a folder that a training left, or the folder that holds such"
        )
    return "\n".join(line for root in roots for line in _tree_lines(root, marked))


def _oldest_ancestor(run: Path) -> Path:
    while (run.parent / RUN_FILE).is_file():
        run = run.parent
    return run


def _children(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob(f"*/{RUN_FILE}"))


def _tree_lines(folder: Path, marked: Path, indent: str = "", branch: str = "") -> Iterator[str]:
    """Yield the lines of a run and its descendants; `indent` and `branch` are drawn left of its name."""
    run = read_run(folder)
    best = f"best validation loss {run['best_validation_loss']:.3f} at block {run['best_block']} of {run['blocks']}"
    rate = f"equal error rate {100 * run['pairwise_eer']:.1f} % pairwise, {100 * run['in_batch_eer']:.1f} % in batch"
    yield f"{indent}{branch}{run['name']}{' *' if folder == marked else ''}  ({best}, {rate})"
    child_indent = indent + {"": "", "├── ": "│   ", "└── ": "    "}[branch]
    children = _children(folder)
    for child in children:
        yield from _tree_lines(child, marked, child_indent, "└── " if child == children[-1] else "├── ")
