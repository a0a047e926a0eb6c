"""What the machine at hand trains fastest with, as settings of Lightning's Trainer and of torch.

What goes on beside the training: a progress bar, when to stop, a picture of the embeddings.
"""

from __future__ import annotations

from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from lightning.pytorch.loggers import TensorBoardLogger
from torch import nn
from tqdm import tqdm

from real_cloned.core.runtime import is_deterministic, wants_bfloat16
from real_cloned.encoders.contrastive.model import Encoder
from real_cloned.parameters.pretrain import PretrainParameters


def trainer_settings(parameters: PretrainParameters) -> dict[str, Any]:
    """Return accelerator, devices, strategy and precision.

    Several processes are started by multiprocessing, not by running the program again: whoever trains has done other
    work before. On GPUs they share the statistics of batch normalisation; on CPUs torch cannot.
    """
    several = parameters.devices > 1
    return {
        "accelerator": "cuda" if torch.cuda.is_available() else "cpu",
        "devices": parameters.devices,
        "strategy": "ddp_spawn" if several else "auto",
        "sync_batchnorm": several and torch.cuda.is_available(),
        "precision": lightning_precision(parameters.precision),
    }


def lightning_precision(precision: str) -> str:
    """Return Lightning's word for a precision of the parameters."""
    return "bf16-mixed" if wants_bfloat16(precision) else "32-true"


def compiled(encoder: Encoder, device: torch.device, wanted: str) -> Encoder:
    """Return the encoder, its transformer compiled where parameters want it; its weights keep their names.

    wanted : `always`, `never`, or `auto`: where a GPU trains it, and need not give the same numbers each time
    """
    if wanted == "always" or (wanted == "auto" and device.type == "cuda" and not is_deterministic()):
        encoder.trunk.compile()
    return encoder


def adam(module: nn.Module, learning_rate: float) -> torch.optim.Adam:
    """Return Adam over the weights of `module` (authors' code: eps 1e-9), in one kernel."""
    return torch.optim.Adam(module.parameters(), lr=learning_rate, eps=1e-9, fused=True)


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
