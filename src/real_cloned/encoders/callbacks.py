"""What goes on beside the training: a progress bar, when to stop, a picture of the embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from lightning.pytorch.loggers import TensorBoardLogger
from tqdm import tqdm

if TYPE_CHECKING:
    from real_cloned.encoder_parameters import PretrainParameters

N_PROJECTED = 1024
"""Segments in TensorBoard's projector."""


def early_stopping(parameters: PretrainParameters) -> EarlyStopping:
    """Return what stops a training whose validation loss no longer falls."""
    return EarlyStopping("validation_loss", patience=parameters.stop_patience)


class Progress(Callback):
    """One bar per training, a tick per step, with the losses of the last epoch."""

    def __init__(self, name: str):
        self.name = name

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Show the bar, where an earlier attempt stopped."""
        self.bar = tqdm(
            total=int(trainer.estimated_stepping_batches), initial=trainer.global_step, desc=f"pretrain {self.name}",
            unit="step", mininterval=1.0, disable=not trainer.is_global_zero,
        )  # fmt: skip

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Tick."""
        self.bar.update()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write the losses of the epoch before beside the bar."""
        history: list[dict[str, float]] = getattr(pl_module, "history", [])
        if history:
            last = history[-1]
            self.bar.set_postfix(train=f"{last['train_loss']:.2f}", validation=f"{last['validation_loss']:.2f}")

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Leave the bar as it is."""
        self.bar.close()


class Projection(Callback):
    """At the end, TensorBoard gets the embeddings of validation segments, each with the number of its singer."""

    @torch.inference_mode()
    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Log them."""
        if not isinstance(trainer.logger, TensorBoardLogger) or not trainer.is_global_zero:
            return
        batches: Any = trainer.datamodule.val_dataloader()  # type: ignore[attr-defined]
        batch = batches.batch(0)
        sides = batch.sides.transpose(1, 2)[:N_PROJECTED].to(pl_module.device)  # (n, n_channels, n_samples)
        encoder: Any = pl_module.encoder
        encoder.eval()
        labels = batch.labels.repeat(2)[: len(sides)].tolist()
        trainer.logger.experiment.add_embedding(encoder(sides).float().cpu(), metadata=labels, tag="validation")
