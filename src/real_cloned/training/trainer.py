"""One way to train a network with Lightning: early stopping, checkpoints to go on from, TensorBoard, a progress bar."""

import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback, EarlyStopping
from lightning.pytorch.loggers import TensorBoardLogger

from real_cloned.core.files import AnyPath
from real_cloned.training.checkpoints import CheckpointDir, checkpoint_callbacks
from real_cloned.training.progress import TrainingProgressBar

logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)


@dataclass(frozen=True)
class TrainerSettings:
    """What the trainer needs to know of a training.

    Attributes:
        label: Shown before the progress bar.
        max_epochs: The training ends after so many epochs.
        patience: It ends earlier after so many epochs without a lower validation loss.
        checkpoint_s: Least number of seconds between two checkpoints to go on from.
        logs: Folder of TensorBoard's files; one on a remote file system gets them when the training ends or fails.
    """

    label: str
    max_epochs: int
    patience: int
    checkpoint_s: float
    logs: AnyPath


def fit(
    module: lightning.LightningModule,
    data: Sequence[Any] | lightning.LightningDataModule,
    checkpoints: CheckpointDir,
    settings: TrainerSettings,
    *callbacks: Callback,
    **options: Any,
) -> None:
    """Train until the validation loss no longer falls, from the last checkpoint where there is one.

    Args:
        module: Logs `validation_loss`, has a `history` with a row per epoch; its weights are changed in place.
        data: Batches to train on and batches to validate with, or a data module that has both.
        checkpoints: Where the training is kept.
        settings: How long it lasts, and how it is shown.
        *callbacks: In addition to the trainer's own.
        **options: Arguments of `lightning.Trainer`, such as `accelerator`; with `enable_progress_bar=False` the trainer
            draws none.
    """
    stop = EarlyStopping("validation_loss", patience=settings.patience)
    bar = [TrainingProgressBar(settings.label)] if options.get("enable_progress_bar", True) else []
    own = [*bar, *callbacks, stop]
    loaders = {"datamodule": data} if isinstance(data, lightning.LightningDataModule) else dict(
        zip(("train_dataloaders", "val_dataloaders"), data, strict=True)
    )  # fmt: skip
    last = checkpoints.last
    with local_folder(settings.logs) as logs, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers and logging, which is not for the user
        logger = TensorBoardLogger(logs.parent, name="", version=logs.name)
        trainer = lightning.Trainer(
            max_epochs=settings.max_epochs, num_sanity_val_steps=0, logger=logger, enable_model_summary=False,
            callbacks=[*own, *checkpoint_callbacks(checkpoints, settings.checkpoint_s)], **options,
        )  # fmt: skip
        trainer.fit(module, **loaders, ckpt_path=str(last) if last else None, weights_only=True)


@contextmanager
def local_folder(folder: AnyPath) -> Iterator[Path]:
    """Yield a folder itself if it is local; else a local one, whose files are added to it at the end.

    TensorBoard appends to its files, which object storage cannot.

    Args:
        folder: On any file system.
    """
    if isinstance(folder, Path):
        yield folder
        return
    with tempfile.TemporaryDirectory() as parent:
        local = Path(parent) / folder.name
        local.mkdir()
        try:
            yield local
        finally:
            folder.fs.put(f"{local}/", folder.path, recursive=True)
