"""One step of the LSTM's training: embeddings, the loss that parameters name, and both equal error rates.

One progress bar per training of voices: a tick per step, with what the last block came to.
"""

import time
from typing import Any

import lightning
import pandas as pd
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics import MeanMetric
from tqdm import tqdm

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.losses import GE2E, in_batch_eer, nt_xent
from real_cloned.encoders.lstm.data import VoiceBatch
from real_cloned.encoders.lstm.model import LstmEncoder, VoiceLstm
from real_cloned.metrics.verification import pairwise_eer, trial_list
from real_cloned.parameters.variants import VoiceTrainingParameters


class VoiceTraining(lightning.LightningModule):
    """An encoder of voices and its loss; `history` grows by one row per block.

    encoder : pieces (n, ...) to embeddings (n, size); n_singers : classes of the classification loss
    """

    def __init__(self, encoder: VoiceLstm | LstmEncoder, training: VoiceTrainingParameters, n_singers: int):
        super().__init__()
        self.encoder, self.settings, self.ge2e = encoder, training, GE2E()
        classifies = training.loss in ("classification", "both")
        self.classifier = nn.Linear(encoder.embedding_size, n_singers) if classifies else None
        self.losses = nn.ModuleDict({name: MeanMetric() for name in ("train_loss", "validation_loss", "in_batch_eer")})
        self.pairwise_eer = float("nan")
        self.heard: list[tuple[Tensor, Tensor, Tensor]] = []
        self.history: list[dict[str, float]] = []
        self.started = time.monotonic()

    def training_step(self, batch: VoiceBatch, batch_idx: int) -> Tensor:
        """Return the loss of one batch."""
        loss = self.loss(self.embeddings(batch), batch.singers)
        self._note("train_loss", loss.detach())
        return loss

    def validation_step(self, batch: VoiceBatch, batch_idx: int) -> None:
        """Note the loss and the in-batch error rate of one batch, and keep its embeddings for the pairwise one."""
        embeddings = self.embeddings(batch)
        self._note("validation_loss", self.validation_loss(embeddings, batch.singers))
        self._note("in_batch_eer", torch.tensor(in_batch_eer(embeddings)))
        singers = batch.singers.repeat_interleave(embeddings.shape[1])
        self.heard.append((embeddings.flatten(0, 1).cpu(), singers.cpu(), batch.utterances.cpu()))

    def on_validation_epoch_end(self) -> None:
        """Log the pairwise error rate of all that the block has heard."""
        embeddings, singers, utterances = (torch.cat(side) for side in zip(*self.heard, strict=True))
        self.heard.clear()
        clips = pd.DataFrame({"singer_id": singers.numpy(), "album_id": utterances.numpy()})
        try:
            trials = trial_list(clips, self.settings.n_trials, self.settings.seed, different_albums=True)
            self.pairwise_eer = pairwise_eer(trials, embeddings.numpy())
        except RealClonedError:  # one utterance per singer: nothing to pair
            self.pairwise_eer = float("nan")
        self.log("pairwise_eer", self.pairwise_eer)

    def on_train_epoch_end(self) -> None:
        """Add a row to the history; Lightning calls this after the validation block."""
        means = {name: metric.compute().item() for name, metric in self.losses.items()}  # type: ignore[operator]
        learning_rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        row = {"epoch": self.current_epoch, "learning_rate": learning_rate, "seconds": time.monotonic() - self.started}
        self.history.append(row | means | {"pairwise_eer": self.pairwise_eer})
        self.started = time.monotonic()
        for metric in self.losses.values():
            metric.reset()  # type: ignore[operator]

    def on_train_epoch_start(self) -> None:
        """Draw the batches of this block."""
        if self.trainer.train_dataloader is not None:
            self.trainer.train_dataloader.dataset.set_block(self.current_epoch)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the history, and whether this was the last block."""
        checkpoint["history"] = self.history
        checkpoint["finished"] = self.trainer.should_stop or self.current_epoch + 1 == self.settings.max_blocks

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the history up again."""
        self.history = checkpoint["history"]

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Cut the gradients of the LSTM and of the similarity to their norm, together, as the original does."""
        nn.utils.clip_grad_norm_([*self.encoder.parameters(), *self.ge2e.parameters()], self.settings.clip_norm)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam."""
        return torch.optim.Adam(self.parameters(), lr=self.settings.learning_rate)

    def embeddings(self, batch: VoiceBatch) -> Tensor:
        """Return (n_singers, n_utterances, size)."""
        return self.encoder(batch.pieces).unflatten(0, (len(batch.singers), -1))  # type: ignore[no-any-return]

    def loss(self, embeddings: Tensor, singers: Tensor) -> Tensor:
        """Return what is minimised, a scalar, for embeddings (n_singers, n_utterances, size) of `singers`."""
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
        """Return what validation is judged by: GE2E, since its singers are none of the classes, or NT-Xent."""
        nt_xent_alone = self.settings.loss == "nt_xent"
        return self.loss(embeddings, singers) if nt_xent_alone else self.ge2e(embeddings)

    def _note(self, name: str, value: Tensor) -> None:
        self.losses[name].update(value)  # type: ignore[operator]
        self.log(name, value, batch_size=1)


def voice_nt_xent(embeddings: Tensor, singers: Tensor, temperature: float) -> Tensor:
    """Return NT-Xent (a scalar) of pairs made of the first and the second half of each singer's utterances.

    embeddings : (n_singers, n_utterances, size); of an odd number of utterances the last is left out
    """
    half = embeddings.shape[1] // 2
    first, second = embeddings[:, :half].flatten(0, 1), embeddings[:, half : 2 * half].flatten(0, 1)
    return nt_xent(first, second, singers.repeat_interleave(half), temperature)


class BlockProgress(Callback):
    """Shows losses and both equal error rates of the last block behind the bar."""

    def __init__(self, label: str):
        self.label = label

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Open the bar."""
        steps = int(trainer.estimated_stepping_batches)
        self.bar = tqdm(total=steps, desc=f"pretrain {self.label}", unit="step", mininterval=1.0)

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Tick."""
        self.bar.update()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Show the last row of the history."""
        if isinstance(pl_module, VoiceTraining) and pl_module.history:
            last = pl_module.history[-1]
            losses = {name: f"{last[f'{name}_loss']:.2f}" for name in ("train", "validation")}
            rates = {f"eer_{name}": f"{100 * last[f'{name}_eer']:.1f} %" for name in ("pairwise", "in_batch")}
            self.bar.set_postfix(**losses, **rates)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Close the bar."""
        self.bar.close()
