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
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from real_cloned.encoders.lstm import LstmEncoder, VoiceLstm
from real_cloned.encoders.utterances import Utterances
from real_cloned.encoders.voice_batches import VoiceBatches
from real_cloned.encoders.voice_progress import BlockProgress
from real_cloned.encoders.voice_training import VoiceTraining
from real_cloned.variant_parameters import VoiceTrainingParameters

logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)

Encoder = TypeVar("Encoder", VoiceLstm, LstmEncoder)

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
    folder : where TensorBoard's files go; None: nowhere
    label : what the progress bar says

    History columns: epoch, train_loss, validation_loss, learning_rate, seconds, in_batch_eer, pairwise_eer (of the
    validation block, 0 to 1).
    """
    lightning.seed_everything(training.seed, verbose=False)
    encoder = make_encoder()
    model = VoiceTraining(encoder, training, len(train.singers))
    drawn = VoiceBatches(train, training, training.train_steps)
    fixed = VoiceBatches(validation, training, training.validation_steps, fixed=True)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers, which is not for the user
        best = ModelCheckpoint(scratch, monitor="validation_loss", save_weights_only=True)
        stop = EarlyStopping("validation_loss", patience=training.patience)
        trainer = lightning.Trainer(
            accelerator="auto", devices=1, max_epochs=training.max_blocks, num_sanity_val_steps=0,
            logger=TensorBoardLogger(folder, name="", version=TENSORBOARD) if folder else False, log_every_n_steps=10,
            enable_progress_bar=False, enable_model_summary=False, callbacks=[best, stop, BlockProgress(label)],
        )  # fmt: skip
        trainer.fit(model, DataLoader(drawn, batch_size=None), DataLoader(fixed, batch_size=None))
        model.load_state_dict(torch.load(best.best_model_path, weights_only=True)["state_dict"])
    return encoder.eval(), pd.DataFrame(model.history)
