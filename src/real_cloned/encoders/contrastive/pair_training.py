"""What all trainings on pairs of segments share: Lightning's steps, the course of the epochs, checkpoints.

Which loss a batch has, and of which network, is `PairTraining.loss`.
"""

import time
from abc import abstractmethod
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torchmetrics import MeanMetric

from real_cloned.core.nn import adam, plateau_schedule
from real_cloned.core.runtime import is_deterministic, use_deterministic_algorithms
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.draws import RandomDraws
from real_cloned.parameters.pretrain import PairTrainingParameters

METRICS = ("train_loss", "train_pair_accuracy", "validation_loss", "validation_pair_accuracy")


class PairTraining(lightning.LightningModule):
    """A training on pairs of segments of one singer each.

    Args:
        parameters: Of the variant.

    Attributes:
        settings: The parameters.
        history: A row per epoch; it is part of the checkpoints.
        means: Means of `METRICS` over the epoch.
    """

    def __init__(self, parameters: PairTrainingParameters):
        super().__init__()
        self.settings = parameters
        # A check for NaN would wait for the GPU at every step; early stopping checks once per epoch.
        self.means = nn.ModuleDict({name: MeanMetric(nan_strategy="disable") for name in METRICS})
        self.history: list[dict[str, float]] = []
        self.plateau_state: dict[str, Any] | None = None
        self.is_deterministic = is_deterministic()
        self.started = time.monotonic()

    @abstractmethod
    def loss(self, batch: Batch, draws: RandomDraws | None = None) -> tuple[Tensor, Tensor]:
        """Return the loss of a batch, and for each segment whether the nearest one is the other of its pair.

        Args:
            batch: Of either corpus, cropped.
            draws: Random numbers of the augmentation; None: of the batch's seed.

        Returns:
            A scalar; and bool, shape (2 n_pairs,) over all processes.
        """

    @abstractmethod
    def embed_segments(self, segments: Tensor) -> Tensor:
        """Return the embeddings of segments as they are.

        Args:
            segments: As in `Batch.segments`.

        Returns:
            Shape (n, embedding_size).
        """

    @abstractmethod
    def crop(self, batch: Batch) -> Batch:
        """Return the section of a batch that a step hears: where the parameters say so, a random one.

        Args:
            batch: Of either corpus.
        """

    def setup(self, stage: str) -> None:
        """Let this process use deterministic algorithms if that which made the module does.

        Args:
            stage: Not used.
        """
        if self.is_deterministic:
            use_deterministic_algorithms()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch of pairs.

        Args:
            batch: Of the training corpus.
            batch_idx: Not used.
        """
        return self.shared_step(batch, "train")

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the loss of a batch of fixed pairs.

        Args:
            batch: Of the validation corpus.
            batch_idx: Not used.
        """
        loss = self.shared_step(batch, "validation")
        # One value for all processes, since each decides by it whether to stop and which weights are the best.
        self.log("validation_loss", loss, batch_size=len(batch.labels), logger=False, sync_dist=True)

    def shared_step(self, batch: Batch, split: str) -> Tensor:
        """Return the loss of a batch; it and the pair accuracy enter the epoch's means.

        The pair accuracy is the share of segments whose nearest one is the other segment of the pair.

        Args:
            batch: Of either corpus.
            split: `train` or `validation`.
        """
        batch = self.crop(batch)
        loss, hits = self.loss(batch)
        self.update_means(split, loss, hits)
        return loss

    def update_means(self, split: str, loss: Tensor, hits: Tensor) -> None:
        """Add a step's loss and pair accuracy to the means of the epoch.

        Args:
            split: `train` or `validation`.
            loss: A scalar.
            hits: As `loss` returns them. Shape: (2 n_pairs,).
        """
        self._mean(f"{split}_loss").update(loss.detach())
        self._mean(f"{split}_pair_accuracy").update(hits.float())

    def on_train_epoch_start(self) -> None:
        """Draw the pairs of this epoch, and start the clock."""
        if self.trainer.train_dataloader is not None:
            self.trainer.train_dataloader.set_epoch(self.current_epoch)
        self.started = time.monotonic()

    def on_train_epoch_end(self) -> None:
        """Add a row to the history and to the log, then lower the learning rate where the loss has stopped falling."""
        learning_rate = float(self.trainer.optimizers[0].param_groups[0]["lr"])
        means = {name: self._mean(name).compute().item() for name in METRICS}
        seconds = time.monotonic() - self.started
        self.history.append({"epoch": self.current_epoch, "learning_rate": learning_rate, **means, "seconds": seconds})
        if self.logger is not None:
            n_pairs = self.settings.pairs_per_batch * self.settings.steps_per_epoch + self.settings.n_validation_pairs
            speed = {"learning_rate": learning_rate, "segments_per_second": 2 * n_pairs / seconds}
            self.logger.log_metrics({**means, **speed}, step=self.current_epoch)
        self.plateau.step(means["validation_loss"])
        for name in METRICS:
            self._mean(name).reset()

    def configure_optimizers(self) -> torch.optim.Adam:
        """Return Adam.

        The plateau schedule is stepped in `on_train_epoch_end`: Lightning would step it after writing the checkpoint,
        so that an epoch of a resumed training would have another learning rate.
        """
        optimizer = adam(self.parameters(), self.settings.learning_rate)
        self.plateau = plateau_schedule(
            optimizer,
            factor=self.settings.plateau_factor,
            patience=self.settings.plateau_patience,
            min_factor=self.settings.min_learning_rate_factor,
        )
        if self.plateau_state is not None:
            self.plateau.load_state_dict(self.plateau_state)
        return optimizer

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what a resumed training needs beside the weights and Adam's state.

        Args:
            checkpoint: That is written.
        """
        checkpoint["history"], checkpoint["plateau"] = self.history, self.plateau.state_dict()
        checkpoint["random"] = torch.get_rng_state()
        checkpoint["finished"] = self.trainer.should_stop or self.current_epoch + 1 == self.settings.max_epochs

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore what `on_save_checkpoint` has added.

        Args:
            checkpoint: That was read.
        """
        self.history, self.plateau_state = checkpoint["history"], checkpoint["plateau"]
        torch.set_rng_state(checkpoint["random"])

    def _mean(self, name: str) -> MeanMetric:
        return self.means[name]  # type: ignore[return-value]
