"""Contrastive pretraining of one variant with Lightning (paper, section 3.2)."""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import lightning
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics import MeanMetric

from real_cloned.artifacts.weights import Weights
from real_cloned.core.nn import mlp
from real_cloned.encoders import checkpoints
from real_cloned.encoders.contrastive.augment import heard
from real_cloned.encoders.contrastive.datamodule import Batch, PairData
from real_cloned.encoders.contrastive.model import Encoder, save_encoder
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.contrastive.trainer import (
    Progress,
    Projection,
    adam,
    compiled,
    early_stopping,
    trainer_settings,
)
from real_cloned.encoders.losses import contrast, of_all_processes
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters

logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
log = logging.getLogger(__name__)

MEANS = ("train_loss", "train_pair_accuracy", "validation_loss", "validation_pair_accuracy")


class ContrastiveTraining(lightning.LightningModule):
    """An encoder, its projector and the loss; `history` grows by one row per epoch and travels in the checkpoints."""

    def __init__(self, encoder: Encoder, parameters: PretrainParameters):
        super().__init__()
        self.encoder = encoder
        self.projector = mlp([parameters.architecture.embedding_size, *parameters.architecture.projector_sizes])
        self.settings = parameters
        # Looking for NaN would wait for the GPU at every step; early stopping looks once an epoch.
        self.means = nn.ModuleDict({name: MeanMetric(nan_strategy="disable") for name in MEANS})
        self.history: list[dict[str, float]] = []
        self.plateau_state: dict[str, Any] | None = None
        self.started = time.monotonic()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of one batch of pairs."""
        return self.measured(batch, "train")

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the loss of one batch of fixed pairs."""
        self.log("validation_loss", self.measured(batch, "validation"), batch_size=len(batch.labels), logger=False)

    def measured(self, batch: Batch, split: str) -> Tensor:
        """Return NT-Xent of a batch; it and the share of sides whose partner is the nearest enter the epoch's means."""
        settings = self.settings
        sound = heard(batch, settings.mix, settings.augment, settings.log_mel.sample_rate_hz)
        projections = self.projector(self.encoder(sound)).float()  # (2 n_pairs, size)
        with torch.autocast(projections.device.type, enabled=False):
            first, second, labels = of_all_processes(*projections.chunk(2), batch.labels)
            logits, partner = contrast(first, second, labels, settings.temperature)  # (2 n_pairs, 2 n_pairs)
            loss = functional.cross_entropy(logits, partner)
        self._mean(f"{split}_loss").update(loss.detach())
        self._mean(f"{split}_pair_accuracy").update((logits.detach().argmax(dim=1) == partner).float())
        return loss

    def on_train_epoch_start(self) -> None:
        """Draw the pairs of this epoch, and start the clock."""
        if self.trainer.train_dataloader is not None:
            self.trainer.train_dataloader.set_epoch(self.current_epoch)
        self.started = time.monotonic()

    def on_train_epoch_end(self) -> None:
        """Add a row to the history and to the log, then lower the learning rate where the loss has stopped falling."""
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        means = {name: self._mean(name).compute().item() for name in MEANS}
        seconds = time.monotonic() - self.started
        self.history.append({"epoch": self.current_epoch, "learning_rate": rate, **means, "seconds": seconds})
        if self.logger is not None:
            n_pairs = self.settings.pairs_per_batch * self.settings.steps_per_epoch + self.settings.n_validation_pairs
            speed = {"learning_rate": rate, "segments_per_second": 2 * n_pairs / seconds}
            self.logger.log_metrics({**means, **speed}, step=self.current_epoch)
        self.plateau.step(means["validation_loss"])
        for name in MEANS:
            self._mean(name).reset()

    def configure_optimizers(self) -> torch.optim.Adam:
        """Return Adam. The plateau schedule is stepped by hand: Lightning would do so after writing the checkpoint."""
        optimizer = adam(self, self.settings.learning_rate)
        self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=self.settings.plateau_factor, patience=self.settings.plateau_patience
        )
        if self.plateau_state is not None:
            self.plateau.load_state_dict(self.plateau_state)
        compiled(self.encoder, self.device, self.settings.compile)
        return optimizer

    def _mean(self, name: str) -> MeanMetric:
        return self.means[name]  # type: ignore[return-value]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what a training that goes on needs beside weights and Adam's state."""
        checkpoint["history"], checkpoint["plateau"] = self.history, self.plateau.state_dict()
        checkpoint["random"] = torch.get_rng_state()
        checkpoint["finished"] = self.trainer.should_stop or self.current_epoch + 1 == self.settings.max_epochs

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take it up again."""
        self.history, self.plateau_state = checkpoint["history"], checkpoint["plateau"]
        torch.set_rng_state(checkpoint["random"])


def pretrain(
    parameters: PretrainParameters,
    audio: AudioParameters,
    train: PairSource,
    validation: PairSource,
    folder: Path | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Return the encoder's weights of the epoch with the lowest validation loss, and the history table.

    folder : where checkpoints and TensorBoard logs are kept; a training that was killed goes on from there, one that is
    done is not done again. Without a folder, nothing is kept.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return pretrain(parameters, audio, train, validation, Path(name))
    attempt = checkpoints.Attempt.at(folder, checkpoints.identity(parameters, audio, train, validation))
    lightning.seed_everything(parameters.seed, verbose=False)
    model = ContrastiveTraining(Encoder(parameters, audio), parameters)
    if attempt.is_finished:
        log.info("%s: pretrained before, with the same parameters and data (%s)", parameters.name, folder)
    else:
        fit(model, PairData(train, validation, parameters), attempt)
    model.load_state_dict(attempt.read("best")["state_dict"])
    return save_encoder(model.encoder, parameters, audio), history_table(attempt.read("last")["history"])


def fit(model: ContrastiveTraining, data: PairData, attempt: checkpoints.Attempt) -> None:
    """Train, from where an earlier attempt was stopped, until the validation loss no longer falls."""
    settings = model.settings
    beside = [Progress(settings.name), Projection(), early_stopping(settings)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers and logging, which is not for the user
        trainer = lightning.Trainer(
            **trainer_settings(settings), max_epochs=settings.max_epochs, logger=attempt.logger(),
            num_sanity_val_steps=0, enable_progress_bar=False, enable_model_summary=False,
            callbacks=[*beside, *attempt.keepers(settings.checkpoint_s)], use_distributed_sampler=False,
        )  # fmt: skip
        trainer.fit(model, datamodule=data, ckpt_path=attempt.unfinished, weights_only=True)


def history_table(history: list[dict[str, float]]) -> pd.DataFrame:
    """Return schemas.History of a module's history."""
    return pd.DataFrame(history)[["epoch", "train_loss", "validation_loss", "learning_rate", "seconds"]]
