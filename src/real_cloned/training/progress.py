"""How far a training is: a progress bar on a terminal, lines from a worker elsewhere."""

import sys
import time
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback, TQDMProgressBar
from lightning.pytorch.callbacks.progress.tqdm_progress import Tqdm

METRICS = ("train_loss", "validation_loss", "pairwise_eer", "in_batch_eer")
"""Columns of a training's history that are shown behind the bar, where it has them."""


class TrainingProgressBar(TQDMProgressBar):
    """Lightning's progress bar, as one bar for the whole training instead of one per epoch.

    It advances with every step, is drawn once a second at most, and shows `METRICS` of the last finished epoch, which
    it reads from the LightningModule's `history`, a list with a dictionary per epoch.

    Args:
        label: What is trained, as in "pretrain vocal".
    """

    def __init__(self, label: str):
        super().__init__()
        self.label = label

    def init_train_tqdm(self) -> Tqdm:
        """Return the bar over all steps, which begins at the step that an interrupted training reached."""
        return Tqdm(
            total=int(self.trainer.estimated_stepping_batches), initial=self.trainer.global_step,
            desc=self.label, unit="step", mininterval=1.0, disable=self.is_disabled,
        )  # fmt: skip

    def init_validation_tqdm(self) -> Tqdm:
        """Return a bar that is never drawn: validation takes little of the time."""
        return Tqdm(disable=True)

    def on_train_epoch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Leave the bar where it is, where Lightning would begin another."""

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Advance by one step."""
        self.train_progress_bar.update()

    def on_exception(self, *_: Any) -> None:
        """Close the bar."""
        self.train_progress_bar.close()

    def get_metrics(  # type: ignore[override]
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> dict[str, str]:
        """Return the metrics of the last finished epoch, as they are shown.

        Args:
            trainer: Not used.
            pl_module: Its `history` is read.
        """
        return last_metrics(pl_module)


def last_metrics(module: lightning.LightningModule) -> dict[str, str]:
    """Return `METRICS` of the last finished epoch, as they are shown.

    Args:
        module: Its `history` is read.
    """
    history: list[dict[str, float]] = getattr(module, "history", [])
    return {name: f"{history[-1][name]:.3g}" for name in METRICS if history and name in history[-1]}


class EpochLines(Callback):
    """Prints how far a training is, a line for the start, one now and then, and one for the end.

    For a process whose output is forwarded line by line, where a bar would never show.

    Args:
        label: What is trained, as in "pretrain vocal".
        interval_s: Least number of seconds between two lines.
    """

    def __init__(self, label: str, interval_s: float = 10.0):
        self.label, self.interval_s, self.printed = label, interval_s, time.monotonic()

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Print at which epoch the training begins, and who takes part."""
        workers = f"{trainer.world_size} worker(s), {pl_module.device.type}"
        self._print(f"begins at epoch {trainer.current_epoch + 1} of at most {trainer.max_epochs}, {workers}")

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Print the metrics of the epoch, where the last line is old enough or there is no other epoch."""
        is_end = trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs
        if is_end or time.monotonic() - self.printed >= self.interval_s:
            metrics = ", ".join(f"{name} {value}" for name, value in last_metrics(pl_module).items())
            self._print(f"epoch {trainer.current_epoch + 1} of at most {trainer.max_epochs}, {metrics}")

    def _print(self, text: str) -> None:
        sys.stdout.write(f"{self.label}: {text}\n")  # Ray Train forwards what `print` prints twice
        sys.stdout.flush()
        self.printed = time.monotonic()
