"""Checkpoints of a training: one that was killed goes on from them, one that is finished is not done again.

A folder of checkpoints belongs to one training. Its fingerprint is a hash of the parameters, the data, the versions and
the source code that determine the weights; checkpoints of any other fingerprint are deleted, so that a training is only
resumed by the code and the parameters that began it. The folder may lie on any file system that fsspec knows.
"""

import hashlib
import json
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath

FINGERPRINT_FILE = "made_from.txt"
"""Holds the fingerprint of the training that the folder's checkpoints belong to."""

PACKAGE = Path(__file__).parents[1]
CODE = ("encoders/**/*.py", "covers/*.py", "training/*.py", "audio/*.py", "core/nn.py", "core/runtime.py")
"""Files of the package that determine the weights. Kedro's incremental runs decide when a training is started again;
without these in the fingerprint, one started again because its code has changed would return the old weights."""


def training_fingerprint(config: Mapping[str, Any], data: Iterable[bytes], device: str | None = None) -> str:
    """Return a hash of all that the weights depend on: parameters, data, code, torch's version, and kind of device.

    Args:
        config: Parameters, as JSON holds them.
        data: Bytes that differ where the training data differ.
        device: `cuda` or `cpu`, where another machine trains; None: what this one has.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    digest = hashlib.sha256(json.dumps([config, torch.__version__, device], sort_keys=True).encode())
    for part in (*data, *(file.read_bytes() for file in code_files())):
        digest.update(part)
    return digest.hexdigest()


def code_files() -> list[Path]:
    """Return the source files that determine the weights, in a fixed order."""
    return sorted(file for pattern in CODE for file in PACKAGE.glob(pattern))


@dataclass(frozen=True)
class CheckpointDir:
    """The folder of one training, with `last.ckpt` to go on from and `best.ckpt`, which holds weights alone.

    Attributes:
        path: The folder.
        fingerprint: Of the training.
    """

    path: AnyPath
    fingerprint: str

    @classmethod
    def open(cls, path: AnyPath, fingerprint: str) -> "CheckpointDir":
        """Return the folder, after deleting the checkpoints of any other training.

        Args:
            path: The folder; it is made where it is missing.
            fingerprint: Of the training (`training_fingerprint`).
        """
        folder = cls(path, fingerprint)
        if folder.noted() != fingerprint:
            for checkpoint in path.glob("*.ckpt"):
                checkpoint.unlink()
            path.mkdir(parents=True, exist_ok=True)
            (path / FINGERPRINT_FILE).write_text(fingerprint)
        return folder

    def noted(self) -> str | None:
        """Return the fingerprint that the folder's checkpoints belong to; None where there is none."""
        note = self.path / FINGERPRINT_FILE
        return note.read_text() if note.is_file() else None

    def check_access(self) -> None:
        """Make sure that this machine sees the folder that was opened, perhaps by another machine.

        Raises:
            RealClonedError: It does not, or another training has taken it.
        """
        if self.noted() != self.fingerprint:
            raise RealClonedError(
                f"{platform.node()} does not see the training in {self.path}, or another training has begun there: put "
                "the folder of data on storage that all machines share (`data` in conf/*/globals.yml)"
            )

    @property
    def is_finished(self) -> bool:
        """Whether the training came to its end."""
        return self.last is not None and bool(self.read("last")["finished"])

    @property
    def last(self) -> AnyPath | None:
        """The checkpoint to go on from; None where there is none."""
        last = self.path / "last.ckpt"
        return last if last.is_file() else None

    def read(self, name: str) -> dict[str, Any]:
        """Return the contents of a checkpoint, on the CPU; nothing but tensors and plain values is unpickled.

        Args:
            name: `last` or `best`.
        """
        with (self.path / f"{name}.ckpt").open("rb") as file:
            return torch.load(file, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]


def checkpoint_callbacks(folder: CheckpointDir, interval_s: float) -> list[ModelCheckpoint]:
    """Return the callbacks that write the two checkpoints of a training.

    The best one comes first, since Lightning keeps the state of all callbacks in each checkpoint, and the last one must
    hold which was the best.

    Args:
        folder: Where they are written.
        interval_s: Least number of seconds between two checkpoints to go on from.
    """
    best = ModelCheckpoint(
        str(folder.path), filename="best", monitor="validation_loss", save_weights_only=True,
        enable_version_counter=False, save_on_train_epoch_end=True,
    )  # fmt: skip
    return [best, LastCheckpoint(folder.path, interval_s)]


class LastCheckpoint(ModelCheckpoint):
    """Writes `last.ckpt` at the end of an epoch unless `interval_s` have not passed; always at the end of the training.

    Each epoch has random numbers of its own, so that going on from any epoch leads to the same weights. Of several
    processes the first decides by its clock for all, since all of them take part in the writing: one that did not would
    be waited for.

    Args:
        folder: Where it is written.
        interval_s: Least number of seconds between two writes.
    """

    def __init__(self, folder: AnyPath, interval_s: float):
        super().__init__(str(folder), filename="last", enable_version_counter=False, save_on_train_epoch_end=True)
        self.interval_s, self.written = interval_s, time.monotonic()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write the checkpoint where it is due."""
        is_end = trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs
        is_due = is_end or time.monotonic() - self.written >= self.interval_s
        if trainer.strategy.broadcast(is_due):
            super().on_train_epoch_end(trainer, pl_module)
            self.written = time.monotonic()
