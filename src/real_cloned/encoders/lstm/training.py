"""Training of the voice-identity LSTM with Lightning: a block of training, a block of validation, and so on.

A block of training is what Lightning calls an epoch. Training stops when validation no longer improves, or at the
maximum, and the weights of the best block are kept (O'Connor et al., Trebolium/singer_id_encoder).

The two ways to train the voice-identity LSTM: on the segments of a corpus, or on a folder of features.
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

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.audio.shard_store import SegmentReader
from real_cloned.encoders import checkpoints
from real_cloned.encoders.lstm.data import FeatureUtterances, Utterances, VoiceBatches, segment_utterances
from real_cloned.encoders.lstm.features import FeatureFolder
from real_cloned.encoders.lstm.model import LogMelWindows, LstmEncoder, VoiceLstm
from real_cloned.encoders.lstm.module import BlockProgress, VoiceTraining
from real_cloned.encoders.lstm.runs import run_folder, start_from, weights_of, write_run
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import FeatureRunParameters, LstmVariantParameters, VoiceTrainingParameters

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


Corpus = tuple[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], SegmentReader]
"""Tracks, splits, segments; and what reads the segments."""


def build_lstm(parameters: LstmVariantParameters) -> LstmEncoder:
    """Return the untrained encoder of a variant, for segments at the log-mel's sample rate."""
    front_end = LogMelWindows(parameters.log_mel, parameters.network.window_frames)
    return LstmEncoder(front_end, VoiceLstm(parameters.network, parameters.log_mel.n_mels))


def load_lstm(weights: Weights) -> LstmEncoder:
    """Return the encoder of `weights`. Raises KeyError, ValueError or RuntimeError when they are not those of one."""
    encoder = build_lstm(LstmVariantParameters.model_validate(weights.config["pretrain"]))
    encoder.load_state_dict(dict(weights.tensors))
    return encoder


def pretrain_lstm(
    parameters: LstmVariantParameters,
    audio: AudioParameters,
    train: Corpus,
    validation: Corpus,
    runs: Path | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Return the weights of the block with the lowest validation loss, and the history table, a row per block.

    The run is left in a folder of the variant's name: in `init_from` where that is given, else in `runs`, or nowhere.
    Raises RealClonedError where singers or their tracks are too few, or where `init_from` is no run, or one of another
    network.
    """
    init_from = Path(parameters.init_from) if parameters.init_from else None
    kept = init_from or runs
    folder = run_folder(kept, parameters.name, init_from) if kept else None
    piece_s = parameters.network.window_frames * parameters.log_mel.hop_length / parameters.log_mel.sample_rate_hz
    sources = [segment_utterances(*side, piece_s, list(parameters.train_stems)) for side in (train, validation)]

    def make() -> LstmEncoder:
        encoder = build_lstm(parameters)
        if init_from:
            start_from(encoder, init_from)
        return encoder

    encoder, history = train_voices(make, parameters.training, sources[0], sources[1], folder, parameters.name)
    weights = weights_of(encoder, encoder_config(parameters, audio))
    if folder:
        write_run(folder, weights, history, init_from)
    return weights, history


def train_on_features(
    features: Path, parameters: FeatureRunParameters, runs: Path, init_from: Path | None = None
) -> Path:
    """Train on a features folder, and return the folder of the run, which lies in `runs` or in that of `init_from`.

    Raises RealClonedError as `FeatureFolder.of` and `run_folder` do.
    """
    found = FeatureFolder.of(features)
    folder = run_folder(runs, parameters.name, init_from)
    window = parameters.network.window_frames

    def make() -> VoiceLstm:
        network = VoiceLstm(parameters.network, found.parameters.num_feats)
        if init_from:
            start_from(network, init_from)
        return network

    train, validation = FeatureUtterances(found.train, window), FeatureUtterances(found.val, window)
    network, history = train_voices(make, parameters.training, train, validation, folder, parameters.name)
    config = {"features": found.parameters.model_dump(mode="json"), "run": parameters.model_dump(mode="json")}
    write_run(folder, weights_of(network, config), history, init_from)
    return folder
