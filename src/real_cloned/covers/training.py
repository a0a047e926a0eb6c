"""The trainings of the two networks with Lightning, by the trainer that all trainings of this project share."""

import math
import tempfile
import time
from pathlib import Path
from typing import Any

import lightning
import pandas as pd
import torch
from timm.optim.lookahead import Lookahead
from torch import Tensor
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

from real_cloned.artifacts.weights import Weights
from real_cloned.covers.batches import CoverPairs, PairBatches
from real_cloned.covers.losses import encoder_loss, hard_pairs_loss, partner_ranks
from real_cloned.covers.networks import CoverEncoder, SiameseNetwork, network_weights
from real_cloned.covers.profiles import Profiles
from real_cloned.parameters.covers import CoverEncoderParameters, NetworkTrainingParameters, SiameseParameters
from real_cloned.training import trainer
from real_cloned.training.checkpoints import CheckpointDir, training_fingerprint
from real_cloned.training.trainer import TrainerSettings

LOGS = "logs"
"""Folder of TensorBoard's files, beside the checkpoints."""
MEANS = ("train_loss", "validation_loss", "validation_accuracy")


def train_siamese(
    parameters: SiameseParameters, train: Profiles, validation: Profiles, folder: Path | None = None
) -> tuple[Weights, pd.DataFrame]:
    """Return the Siamese network of the epoch with the lowest validation loss, and the history.

    Args:
        parameters: Of the network and its training.
        train: Performances to train on.
        validation: Performances of other works to validate with, as they are.
        folder: Of checkpoints and TensorBoard's files: a training that was killed goes on from there, and one that is
            finished is not done again. None: nothing is kept.

    Returns:
        The weights; and table `schemas.covers.CoverHistory`.

    Raises:
        RealClonedError: There are too few works in several versions.
    """
    n_pairs, steps, seed = parameters.pairs_per_batch, parameters.steps_per_epoch, parameters.seed
    n_batches = -(-parameters.n_validation_pairs // n_pairs)
    batches = (
        PairBatches(train, n_pairs, steps, seed, judged=not parameters.hard_negatives, augment=parameters.augment),
        PairBatches(validation, n_pairs, n_batches, seed, judged=True),
    )
    return _train("siamese", parameters, batches, folder)


def train_cover_encoder(
    parameters: CoverEncoderParameters, train: Profiles, validation: Profiles, folder: Path | None = None
) -> tuple[Weights, pd.DataFrame]:
    """Return the retrieval encoder of the epoch with the lowest validation loss, and the history.

    Args:
        parameters: Of the network and its training.
        train: As in `train_siamese`.
        validation: As in `train_siamese`.
        folder: As in `train_siamese`.

    Returns:
        As `train_siamese`.

    Raises:
        RealClonedError: There are too few works in several versions.
    """
    n_works, steps, seed = parameters.works_per_batch, parameters.steps_per_epoch, parameters.seed
    n_batches = -(-parameters.n_validation_works // n_works)
    batches = (
        PairBatches(train, n_works, steps, seed, judged=False, augment=parameters.augment),
        PairBatches(validation, n_works, n_batches, seed, judged=False),
    )
    return _train("encoder", parameters, batches, folder)


class CoverTraining(lightning.LightningModule):
    """A network and its loss; `history` has a row per epoch and is part of the checkpoints.

    Args:
        network: That is trained.
        parameters: Of its training.
    """

    def __init__(self, network: SiameseNetwork | CoverEncoder, parameters: SiameseParameters | CoverEncoderParameters):
        super().__init__()
        self.network, self.settings = network, parameters
        self.history: list[dict[str, float]] = []
        self.started = time.monotonic()

    def embed(self, batch: CoverPairs) -> tuple[Tensor, Tensor]:
        """Return the embeddings of both sides, each (n_pairs, size).

        Args:
            batch: Of either set.
        """
        first, second = self.network.embed(torch.cat([batch.first, batch.second])).chunk(2)
        return first, second

    def training_step(self, batch: CoverPairs, batch_idx: int) -> Tensor:
        """Return the loss of a batch, and log it.

        Args:
            batch: Of the training set.
            batch_idx: Not used.
        """
        first, second = self.embed(batch)
        if isinstance(self.settings, CoverEncoderParameters):
            loss = encoder_loss(first, second, batch.labels, self.settings)
        elif isinstance(self.network, SiameseNetwork) and self.settings.hard_negatives:
            both = torch.cat([first, second])
            loss = hard_pairs_loss(
                self.network.compare(both, both), batch.labels.repeat(2), self.settings.hard_negatives
            )
        else:
            logits = self.network(first, second)
            loss = functional.binary_cross_entropy_with_logits(logits, batch.labels.float())
        self._log_means(len(batch.labels), train_loss=loss.detach())
        return loss

    def validation_step(self, batch: CoverPairs, batch_idx: int) -> None:
        """Log the loss and the accuracy of a batch; the loss of the encoder is 1 less the mean reciprocal rank.

        NT-Xent of works that were not trained on tells little of their order, since a low temperature makes few wrong
        neighbours expensive.

        Args:
            batch: Of the validation set.
            batch_idx: Not used.
        """
        first, second = self.embed(batch)
        if isinstance(self.network, SiameseNetwork):
            logits, labels = self.network(first, second), batch.labels.float()
            loss = functional.binary_cross_entropy_with_logits(logits, labels)
            is_right = (logits > 0) == (labels > 0.5)
        else:
            ranks = partner_ranks(first, second, batch.labels)
            loss, is_right = 1 - ranks.float().reciprocal().mean(), ranks == 1
        self._log_means(len(batch.labels), validation_loss=loss, validation_accuracy=is_right.float().mean())

    def on_train_epoch_start(self) -> None:
        """Draw the batches of this epoch, and start the clock."""
        if self.trainer.train_dataloader is not None:
            self.trainer.train_dataloader.dataset.set_epoch(self.current_epoch)
        self.started = time.monotonic()

    def on_train_epoch_end(self) -> None:
        """Add a row to the history; Lightning calls this after the validation."""
        means = {name: self.trainer.callback_metrics[name].item() for name in MEANS}
        learning_rate = float(self.trainer.optimizers[0].param_groups[0]["lr"])
        seconds = time.monotonic() - self.started
        self.history.append({"epoch": self.current_epoch, **means, "learning_rate": learning_rate, "seconds": seconds})

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the history, and whether this was the last epoch.

        Args:
            checkpoint: That is written.
        """
        checkpoint["history"] = self.history
        checkpoint["finished"] = self.trainer.should_stop or self.current_epoch + 1 == self.settings.max_epochs

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the history.

        Args:
            checkpoint: That was read.
        """
        self.history = checkpoint["history"]

    def configure_optimizers(self) -> Any:
        """Return Adam with Lookahead where the parameters say so, and the schedule of its warm-up."""
        settings = self.settings
        optimizer: Any = torch.optim.Adam(self.parameters(), lr=settings.learning_rate)
        if settings.lookahead:
            optimizer = Lookahead(optimizer, alpha=settings.lookahead_alpha, k=settings.lookahead)
        schedule = LambdaLR(optimizer, lambda step: learning_rate_factor(step, settings))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _log_means(self, batch_size: int, **values: Tensor) -> None:
        self.log_dict(values, on_step=False, on_epoch=True, batch_size=batch_size)


def learning_rate_factor(step: int, parameters: NetworkTrainingParameters) -> float:
    """Return by what the learning rate is multiplied at a step.

    Args:
        step: Number of the step, from 0.
        parameters: Steps of the warm-up and of the whole training, and the decay.
    """
    if step < parameters.warmup_steps:
        return (step + 1) / parameters.warmup_steps
    n_steps = parameters.steps_per_epoch * parameters.max_epochs - parameters.warmup_steps
    share = (step - parameters.warmup_steps) / max(1, n_steps)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, share))) if parameters.decay == "cosine" else 1.0


def _train(
    label: str,
    parameters: SiameseParameters | CoverEncoderParameters,
    batches: tuple[PairBatches, PairBatches],
    folder: Path | None,
) -> tuple[Weights, pd.DataFrame]:
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return _train(label, parameters, batches, Path(name))
    data = [part for one in batches for part in (one.profiles.values.tobytes(), one.works.tobytes())]
    checkpoints = CheckpointDir.open(folder, training_fingerprint(parameters.model_dump(mode="json"), data))
    lightning.seed_everything(parameters.seed, verbose=False)
    network = SiameseNetwork(parameters) if isinstance(parameters, SiameseParameters) else CoverEncoder(parameters)
    module = CoverTraining(network, parameters)
    if not checkpoints.is_finished:
        plan = TrainerSettings(
            f"train {label}", parameters.max_epochs, parameters.stop_patience, parameters.checkpoint_s, folder / LOGS
        )
        loaders = [DataLoader(one, batch_size=None) for one in batches]
        trainer.fit(module, loaders, checkpoints, plan, accelerator="auto", devices=1, log_every_n_steps=10)
    module.load_state_dict(checkpoints.read("best")["state_dict"])
    return network_weights(network, parameters), pd.DataFrame(checkpoints.read("last")["history"])
