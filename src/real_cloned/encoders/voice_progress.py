"""One progress bar per training of voices: a tick per step, with what the last block came to."""

from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback
from tqdm import tqdm

from real_cloned.encoders.voice_training import VoiceTraining


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
