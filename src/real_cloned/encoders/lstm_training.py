"""Training of the voice-identity LSTM with Lightning: a block of training, a block of validation, and so on.

A block of training is what Lightning calls an epoch. Training stops when validation no longer improves, or at the
maximum, and the weights of the best block are kept (O'Connor et al., Trebolium/singer_id_encoder).
"""

import logging
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import lightning
import pandas as pd
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.loggers import TensorBoardLogger
from torch import nn
from torch.utils.data import DataLoader

from real_cloned.encoders import checkpoints
from real_cloned.encoders.lstm import LstmEncoder, VoiceLstm
from real_cloned.encoders.utterances import Utterances
from real_cloned.encoders.voice_batches import VoiceBatches
from real_cloned.encoders.voice_progress import BlockProgress
from real_cloned.encoders.voice_training import VoiceTraining
from real_cloned.variant_parameters import VoiceTrainingParameters

logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)

Encoder = TypeVar("Encoder", VoiceLstm, LstmEncoder)

CHECKPOINTS = "checkpoints"
TENSORBOARD = "tensorboard"
"""The folder of a run in which `tensorboard --logdir` finds its course."""


def train_voices(
    make_encoder: Callable[[], Encoder],
    training: VoiceTrainingParameters,
    train: Utterances,
    validation: Utterances,
    folder: Path | None = None,
    label: str = "lstm",
) -> tuple[Encoder, pd.DataFrame]:
    """Return the encoder of the block with the lowest validation loss, and the history, a row per block.

    make_encoder : makes the untrained encoder, which turns pieces of utterances into (n, size) embeddings; it is called
        once the seed is set
    folder : where checkpoints and TensorBoard's files go; a training that was killed goes on from there, one that is
        done is not done again. None: nowhere
    label : what the progress bar says

    History columns: epoch, train_loss, validation_loss, learning_rate, seconds, in_batch_eer, pairwise_eer (of the
    validation block, 0 to 1).
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return train_voices(make_encoder, training, train, validation, Path(name), label)
    lightning.seed_everything(training.seed, verbose=False)
    encoder = make_encoder()
    attempt = checkpoints.Attempt.at(folder / CHECKPOINTS, voices_identity(encoder, training, train, validation))
    model = VoiceTraining(encoder, training, len(train.singers))
    if not attempt.is_finished:
        fit(model, train, validation, attempt, label)
    model.load_state_dict(attempt.read("best")["state_dict"])
    return encoder.eval(), pd.DataFrame(attempt.read("last")["history"])


def fit(
    model: VoiceTraining, train: Utterances, validation: Utterances, attempt: checkpoints.Attempt, label: str
) -> None:
    """Train, from where an earlier attempt was stopped, until validation no longer improves."""
    training = model.settings
    drawn = VoiceBatches(train, training, training.train_steps)
    fixed = VoiceBatches(validation, training, training.validation_steps, fixed=True)
    logger = TensorBoardLogger(attempt.folder.parent, name="", version=TENSORBOARD)
    stop = EarlyStopping("validation_loss", patience=training.patience)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers, which is not for the user
        trainer = lightning.Trainer(
            accelerator="auto", devices=1, max_epochs=training.max_blocks, num_sanity_val_steps=0, logger=logger,
            log_every_n_steps=10, enable_progress_bar=False, enable_model_summary=False,
            callbacks=[stop, BlockProgress(label), *attempt.keepers(training.checkpoint_s)],
        )  # fmt: skip
        loaders = DataLoader(drawn, batch_size=None), DataLoader(fixed, batch_size=None)
        trainer.fit(model, *loaders, ckpt_path=attempt.unfinished, weights_only=True)


def voices_identity(
    encoder: nn.Module, training: VoiceTrainingParameters, train: Utterances, validation: Utterances
) -> str:
    """Return a hash of all that the outcome of a training of voices depends on; `encoder` is the untrained one."""
    weights = (tensor.detach().cpu().numpy().tobytes() for tensor in encoder.state_dict().values())
    data = [train.fingerprint().encode(), validation.fingerprint().encode()]
    return checkpoints.work(training.model_dump(mode="json"), [*data, *weights])
