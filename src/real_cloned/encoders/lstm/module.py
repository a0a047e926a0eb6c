"""The LightningModule of the LSTM's training: the loss that parameters name, and two equal error rates.

The losses are GE2E, classification of the training singers, the sum of both, or NT-Xent (`training.losses`).
"""

import time
from typing import Any

import lightning
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.data import VoiceBatch
from real_cloned.encoders.lstm.model import LstmEncoder, VoiceLstm
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import pairwise_eer
from real_cloned.parameters.variants import VoiceTrainingParameters
from real_cloned.training.losses import GE2E, in_batch_eer, nt_xent


class VoiceTraining(lightning.LightningModule):
    """An encoder and its loss.

    Args:
        encoder: From crops (n, ...) to embeddings (n, size).
        training: How it is trained.
        n_singers: Training singers, the classes of the classification loss.

    Attributes:
        history: A row per block, with the means of all measures over it; it is part of the checkpoints.
    """

    def __init__(self, encoder: VoiceLstm | LstmEncoder, training: VoiceTrainingParameters, n_singers: int):
        super().__init__()
        self.encoder, self.settings, self.ge2e = encoder, training, GE2E()
        classifies = training.loss in ("classification", "both")
        self.classifier = nn.Linear(encoder.embedding_size, n_singers) if classifies else None
        self.validation_outputs: list[tuple[Tensor, Tensor, Tensor]] = []
        self.history: list[dict[str, float]] = []
        self.started = time.monotonic()

    def training_step(self, batch: VoiceBatch, batch_idx: int) -> Tensor:
        """Return the loss of a batch, and log it and its parts.

        Args:
            batch: Of the training singers.
            batch_idx: Not used.
        """
        embeddings = self.embeddings(batch)
        loss = self.loss(embeddings, batch.singers)
        self._log_means(train_loss=loss.detach())
        self._log_parts("train", embeddings, batch.singers)
        return loss

    def validation_step(self, batch: VoiceBatch, batch_idx: int) -> None:
        """Log the loss, its parts and the in-batch error rate of a batch; keep its embeddings for the pairwise rate.

        Args:
            batch: Of the validation singers.
            batch_idx: Not used.
        """
        embeddings = self.embeddings(batch)
        loss = self.validation_loss(embeddings, batch.singers)
        self._log_means(validation_loss=loss, in_batch_eer=torch.tensor(in_batch_eer(embeddings)))
        self._log_parts("validation", embeddings)
        singers = batch.singers.repeat_interleave(embeddings.shape[1])
        self.validation_outputs.append((embeddings.flatten(0, 1).cpu(), singers.cpu(), batch.utterances.cpu()))

    def on_validation_epoch_end(self) -> None:
        """Log the pairwise error rate of all crops of the block."""
        embeddings, singers, utterances = (torch.cat(parts) for parts in zip(*self.validation_outputs, strict=True))
        self.validation_outputs.clear()
        crops = pd.DataFrame({"singer_id": singers.numpy(), "album_id": utterances.numpy()})
        try:
            trials = trial_list(crops, self.settings.n_trials, self.settings.seed, different_albums=True)
            rate = pairwise_eer(trials, embeddings.numpy())
        except RealClonedError:  # one utterance per singer: no pairs
            rate = float("nan")
        self._log_means(pairwise_eer=torch.tensor(rate, dtype=torch.float64))

    def on_train_epoch_end(self) -> None:
        """Add a row to the history; Lightning calls this after the validation block."""
        means = {name: value.item() for name, value in self.trainer.callback_metrics.items()}
        learning_rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        row = {"epoch": self.current_epoch, "learning_rate": learning_rate, "seconds": time.monotonic() - self.started}
        self.history.append(row | {name: means[name] for name in sorted(means)})
        self.started = time.monotonic()

    def on_train_epoch_start(self) -> None:
        """Draw the batches of this block."""
        if self.trainer.train_dataloader is not None:
            self.trainer.train_dataloader.dataset.set_block(self.current_epoch)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the history, and whether this was the last block.

        Args:
            checkpoint: That is written.
        """
        checkpoint["history"] = self.history
        checkpoint["finished"] = self.trainer.should_stop or self.current_epoch + 1 == self.settings.max_blocks

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the history.

        Args:
            checkpoint: That was read.
        """
        self.history = checkpoint["history"]

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam."""
        return torch.optim.Adam(self.parameters(), lr=self.settings.learning_rate)

    def embeddings(self, batch: VoiceBatch) -> Tensor:
        """Return the embeddings of a batch, (n_singers, n_utterances, size).

        Args:
            batch: Of any singers.
        """
        return self.encoder(batch.crops).unflatten(0, (len(batch.singers), -1))  # type: ignore[no-any-return]

    def loss(self, embeddings: Tensor, singers: Tensor) -> Tensor:
        """Return the loss that is minimised, a scalar.

        Args:
            embeddings: Shape: (n_singers, n_utterances, size).
            singers: Number of each singer, its class. Shape: (n_singers,).
        """
        if self.settings.loss == "nt_xent":
            return voice_nt_xent(embeddings, singers, self.settings.temperature)
        loss = torch.zeros((), device=embeddings.device)
        if self.settings.loss != "classification":
            loss = loss + self.ge2e(embeddings)
        if self.classifier is not None:
            classes = singers.repeat_interleave(embeddings.shape[1])
            loss = loss + functional.cross_entropy(self.classifier(embeddings.flatten(0, 1)), classes)
        return loss

    def validation_loss(self, embeddings: Tensor, singers: Tensor) -> Tensor:
        """Return the loss of validation, a scalar: NT-Xent where it is trained with, else GE2E.

        The validation singers are none of the classes, so that there is no classification loss of them.

        Args:
            embeddings: Shape: (n_singers, n_utterances, size).
            singers: Number of each singer. Shape: (n_singers,).
        """
        return self.loss(embeddings, singers) if self.settings.loss == "nt_xent" else self.ge2e(embeddings)

    @torch.no_grad()
    def parts(self, embeddings: Tensor, classes: Tensor | None = None) -> dict[str, Tensor]:
        """Return the loss and the accuracy (0 to 1) of GE2E and of classification, as far as the training has them.

        GE2E is right where an utterance is nearest to its own singer's centroid, classification where the likeliest
        class is the singer.

        Args:
            embeddings: Shape: (n_singers, n_utterances, size).
            classes: Class of each singer; None for singers who are no classes. Shape: (n_singers,).

        Returns:
            Scalars named `ge2e_loss`, `ge2e_accuracy`, `classification_loss` and `classification_accuracy`.
        """
        parts = {} if self.settings.loss == "nt_xent" else {"ge2e": self.ge2e.logits(embeddings)}
        if self.classifier is not None and classes is not None:
            targets = classes.repeat_interleave(embeddings.shape[1])
            parts["classification"] = self.classifier(embeddings.flatten(0, 1)), targets
        measures = {}
        for name, (logits, targets) in parts.items():
            measures[f"{name}_loss"] = functional.cross_entropy(logits, targets)
            measures[f"{name}_accuracy"] = (logits.argmax(dim=1) == targets).float().mean()
        return measures

    def _log_parts(self, split: str, embeddings: Tensor, classes: Tensor | None = None) -> None:
        self._log_means(**{f"{split}_{name}": value for name, value in self.parts(embeddings, classes).items()})

    def _log_means(self, **values: Tensor) -> None:
        self.log_dict(values, on_step=False, on_epoch=True, batch_size=1)


def voice_nt_xent(embeddings: Tensor, singers: Tensor, temperature: float) -> Tensor:
    """Return NT-Xent of pairs made of the first and the second half of each singer's utterances.

    Args:
        embeddings: Of an odd number of utterances the last is left out. Shape: (n_singers, n_utterances, size).
        singers: Number of each singer. Shape: (n_singers,).
        temperature: Divides the cosine similarities.

    Returns:
        A scalar.
    """
    half = embeddings.shape[1] // 2
    first, second = embeddings[:, :half].flatten(0, 1), embeddings[:, half : 2 * half].flatten(0, 1)
    return nt_xent(first, second, singers.repeat_interleave(half), temperature)
