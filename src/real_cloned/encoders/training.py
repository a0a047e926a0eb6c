"""Contrastive pretraining of one variant with Lightning (paper, section 3.2)."""

import logging
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import lightning
import pandas as pd
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import Tensor
from torch.utils.data import DataLoader
from torchmetrics import MeanMetric
from tqdm import tqdm

from real_cloned.encoders.losses import nt_xent
from real_cloned.encoders.pairs import Batch, PairBatches, PairSource
from real_cloned.encoders.transformer import Encoder, save_encoder
from real_cloned.heads import mlp_head
from real_cloned.parameters import AudioParameters, PretrainParameters
from real_cloned.weights import Weights

logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)


class ContrastiveTraining(lightning.LightningModule):
    """An encoder, its projector and the loss; `history` grows by one row per epoch."""

    def __init__(self, encoder: Encoder, parameters: PretrainParameters):
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head([parameters.architecture.embedding_size, *parameters.architecture.projector_sizes])
        self.settings = parameters
        self.train_loss, self.validation_loss = MeanMetric(), MeanMetric()
        self.history: list[dict[str, float]] = []
        self.started = time.monotonic()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of one batch of pairs."""
        loss = self._loss(batch)
        self.train_loss.update(loss.detach())
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the loss of one batch of fixed pairs."""
        loss = self._loss(batch)
        self.validation_loss.update(loss)
        self.log("validation_loss", loss, batch_size=len(batch[2]))

    def on_train_epoch_end(self) -> None:
        """Add a row to the history."""
        row = {"epoch": self.current_epoch, "learning_rate": self.trainer.optimizers[0].param_groups[0]["lr"]}
        row |= {
            "train_loss": self.train_loss.compute().item(),
            "validation_loss": self.validation_loss.compute().item(),
        }
        self.history.append(row | {"seconds": time.monotonic() - self.started})
        self.started = time.monotonic()
        self.train_loss.reset()
        self.validation_loss.reset()

    def configure_optimizers(self) -> Any:
        """Return Adam with the paper's plateau schedule."""
        optimizer = torch.optim.Adam(self.parameters(), lr=self.settings.learning_rate, eps=1e-9)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=self.settings.plateau_factor, patience=self.settings.plateau_patience
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "monitor": "validation_loss"}}

    def _loss(self, batch: Batch) -> Tensor:
        first, second, singers = batch
        projections = self.projector(self.encoder(torch.cat([first, second])))  # (2 n_pairs, size)
        return nt_xent(projections[: len(first)], projections[len(first) :], singers, self.settings.temperature)


def pretrain(
    parameters: PretrainParameters, audio: AudioParameters, train: PairSource, validation: PairSource
) -> tuple[Weights, pd.DataFrame]:
    """Return the encoder's weights of the epoch with the lowest validation loss, and the history table."""
    lightning.seed_everything(parameters.seed, verbose=False)
    model = ContrastiveTraining(Encoder(parameters, audio), parameters)
    n_pairs = parameters.pairs_per_batch
    drawn = _batches(train, parameters).sized(n_pairs, parameters.steps_per_epoch)
    fixed = _batches(validation, parameters, fixed=True).sized(n_pairs, -(-parameters.n_validation_pairs // n_pairs))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers and logging, which is not for the user
        best = ModelCheckpoint(folder, monitor="validation_loss", save_weights_only=True)
        stop = EarlyStopping("validation_loss", patience=parameters.stop_patience)
        trainer = lightning.Trainer(
            accelerator="auto", devices=1, max_epochs=parameters.max_epochs, logger=False, num_sanity_val_steps=0,
            enable_progress_bar=False, enable_model_summary=False, callbacks=[best, stop, _Progress(parameters.name)],
        )  # fmt: skip
        trainer.fit(model, DataLoader(drawn, batch_size=None), DataLoader(fixed, batch_size=None))
        model.load_state_dict(torch.load(Path(best.best_model_path), weights_only=True)["state_dict"])
    return save_encoder(model.encoder, parameters, audio), pd.DataFrame(model.history)


def _batches(source: PairSource, parameters: PretrainParameters, *, fixed: bool = False) -> PairBatches:
    stems: list[str] = list(parameters.train_stems)
    return PairBatches(source.discographies, source.reader, stems, parameters.seed, fixed=fixed)


class _Progress(Callback):
    """One bar per training, a tick per step, with the losses of the last epoch."""

    def __init__(self, name: str):
        self.name = name

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self.bar = tqdm(
            total=int(trainer.estimated_stepping_batches), desc=f"pretrain {self.name}", unit="step", mininterval=1.0
        )

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        self.bar.update()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        if isinstance(pl_module, ContrastiveTraining) and pl_module.history:
            last = pl_module.history[-1]
            self.bar.set_postfix(train=f"{last['train_loss']:.2f}", validation=f"{last['validation_loss']:.2f}")

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self.bar.close()
