"""Runs and their descendants, printed as a tree."""

from collections.abc import Iterator
from pathlib import Path

from real_cloned.encoders.runs import NOTE, read_note
from real_cloned.errors import RealClonedError


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
