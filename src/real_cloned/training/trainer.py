"""One way to train a network with Lightning: early stopping, checkpoints to go on from, TensorBoard, a progress bar."""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback, EarlyStopping
from lightning.pytorch.loggers import TensorBoardLogger

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
        logs: Folder of TensorBoard's files.
    """

    label: str
    max_epochs: int
    patience: int
    checkpoint_s: float
    logs: Path


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
        **options: Arguments of `lightning.Trainer`, such as `accelerator`.
    """
    stop = EarlyStopping("validation_loss", patience=settings.patience)
    own = [TrainingProgressBar(settings.label), *callbacks, stop]
    logger = TensorBoardLogger(settings.logs.parent, name="", version=settings.logs.name)
    loaders = {"datamodule": data} if isinstance(data, lightning.LightningDataModule) else dict(
        zip(("train_dataloaders", "val_dataloaders"), data, strict=True)
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers and logging, which is not for the user
        trainer = lightning.Trainer(
            max_epochs=settings.max_epochs, num_sanity_val_steps=0, logger=logger, enable_model_summary=False,
            callbacks=[*own, *checkpoint_callbacks(checkpoints, settings.checkpoint_s)], **options,
        )  # fmt: skip
        trainer.fit(module, **loaders, ckpt_path=checkpoints.last, weights_only=True)
