"""Where a training stands: checkpoints to go on from after a kill, and only for the same work."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger

from real_cloned.artifacts.weights import encoder_config
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters

NOTE = "made_from.txt"
"""Holds the identity of the work that the folder's checkpoints belong to."""

CODE = Path(__file__).parents[1]
"""The package, parts of which make the weights what they are."""


def identity(parameters: PretrainParameters, audio: AudioParameters, train: PairSource, validation: PairSource) -> str:
    """Return a hash of all that the outcome of a training on pairs depends on."""
    parts = []
    for source in (train, validation):
        parts += [source.bank.fingerprint().encode()]
        parts += [source.discographies.items_of.tobytes(), source.discographies.segments_of.tobytes()]
    return work(encoder_config(parameters, audio), parts)


def work(settings: Mapping[str, Any], data: Iterable[bytes]) -> str:
    """Return a hash of parameters, of what tells the data from others, of the code, torch, and the kind of device."""
    digest = hashlib.sha256()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    digest.update(json.dumps([settings, torch.__version__, device], sort_keys=True).encode())
    files = sorted([*CODE.glob("encoders/**/*.py"), *CODE.glob("audio/*.py"), CODE / "core/nn.py"])
    for part in chain(data, (file.read_bytes() for file in files)):
        digest.update(part)
    return digest.hexdigest()


@dataclass(frozen=True)
class Attempt:
    """One training and its folder: `last.ckpt`, `best.ckpt` (weights alone), and TensorBoard's `logs`."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, identity: str) -> Attempt:
        """Return the attempt at this work in `folder`; the checkpoints of other work are deleted."""
        note = folder / NOTE
        if not note.is_file() or note.read_text() != identity:
            for checkpoint in folder.glob("*.ckpt"):
                checkpoint.unlink()
            folder.mkdir(parents=True, exist_ok=True)
            note.write_text(identity)
        return cls(folder)

    @property
    def is_finished(self) -> bool:
        """Whether the training came to its end."""
        return self.unfinished is not None and bool(self.read("last")["finished"])

    @property
    def unfinished(self) -> Path | None:
        """The checkpoint to go on from, if there is one."""
        last = self.folder / "last.ckpt"
        return last if last.is_file() else None

    def read(self, name: str) -> dict[str, Any]:
        """Return what `name`.ckpt holds, on the CPU; nothing but tensors and plain values is read."""
        return torch.load(self.folder / f"{name}.ckpt", map_location="cpu", weights_only=True)  # type: ignore[no-any-return]

    def keepers(self, interval_s: float) -> list[ModelCheckpoint]:
        """Return the callbacks that write the two checkpoints; the last one must know of the best.

        interval_s : seconds, at least, between two checkpoints to go on from
        """
        best = ModelCheckpoint(
            self.folder, filename="best", monitor="validation_loss", save_weights_only=True,
            enable_version_counter=False, save_on_train_epoch_end=True,
        )  # fmt: skip
        return [best, LastCheckpoint(self.folder, interval_s)]

    def logger(self) -> TensorBoardLogger:
        """Return TensorBoard's logger: `tensorboard --logdir` this folder."""
        return TensorBoardLogger(self.folder, name="", version="logs")


class LastCheckpoint(ModelCheckpoint):
    """Writes `last.ckpt` at the end of an epoch, unless less than `interval_s` have passed; always at the very end.

    Each epoch draws its own numbers, so that going on from any of them leads to the same end.
    """

    def __init__(self, folder: Path, interval_s: float):
        super().__init__(folder, filename="last", enable_version_counter=False, save_on_train_epoch_end=True)
        self.interval_s, self.written = interval_s, time.monotonic()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write, when it is time."""
        is_end = trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs
        if is_end or time.monotonic() - self.written >= self.interval_s:
            super().on_train_epoch_end(trainer, pl_module)
            self.written = time.monotonic()
