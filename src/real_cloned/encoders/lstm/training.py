"""Training of the voice-identity LSTM with Lightning, on the segments of a corpus or on a features folder.

A block of training steps, which is what Lightning calls an epoch, is followed by a block of validation steps, and so
on. Training stops when the validation loss no longer improves, or at the greatest number of blocks, and the weights of
the best block are kept (O'Connor et al., https://github.com/Trebolium/singer_id_encoder).
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import lightning
import pandas as pd
from torch.utils.data import DataLoader

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.lstm.data import SegmentUtterances, Utterances, VoiceBatches
from real_cloned.encoders.lstm.features import FeatureFolder, FeatureUtterances
from real_cloned.encoders.lstm.model import LstmEncoder, VoiceLstm, build_lstm
from real_cloned.encoders.lstm.module import VoiceTraining
from real_cloned.encoders.lstm.runs import load_initial_weights, module_weights, run_folder, write_parameters, write_run
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import FeatureRunParameters, LstmVariantParameters, VoiceTrainingParameters
from real_cloned.training import trainer
from real_cloned.training.checkpoints import CheckpointDir, training_fingerprint
from real_cloned.training.trainer import TrainerSettings

Encoder = TypeVar("Encoder", VoiceLstm, LstmEncoder)

CHECKPOINTS, TENSORBOARD = "checkpoints", "tensorboard"
"""Folders inside that of a run; `tensorboard --logdir` takes the latter."""


def pretrain_lstm(
    parameters: LstmVariantParameters,
    audio: AudioParameters,
    train: TrainingCorpus,
    validation: TrainingCorpus,
    runs: Path | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Return the weights of a variant's best block, and the history of its training.

    The run is left in a folder of the variant's name: inside `parameters.init_from` where that is given, else in
    `runs`.

    Args:
        parameters: Of the variant.
        audio: Length of a segment.
        train: The corpus to train on.
        validation: The corpus to validate with.
        runs: Folder of runs; None: the run is not kept.

    Returns:
        As `train_voices`.

    Raises:
        RealClonedError: There are too few singers or tracks, `init_from` holds no run, or one of another network.
    """
    init_from = Path(parameters.init_from) if parameters.init_from else None
    parent = init_from or runs
    folder = run_folder(parent, parameters.name, init_from) if parent else None
    crop_s = parameters.network.window_frames * parameters.log_mel.hop_length / parameters.log_mel.sample_rate_hz
    train_source, validation_source = (
        SegmentUtterances.from_corpus(corpus, list(parameters.train_stems), audio.segment_s, crop_s)
        for corpus in (train, validation)
    )
    make_encoder = _started_from(init_from, lambda: build_lstm(parameters))
    config = encoder_config(parameters, audio)
    if folder:
        write_parameters(folder, config)
    encoder, history = train_voices(make_encoder, parameters.training, train_source, validation_source, folder)
    weights = module_weights(encoder, config)
    if folder:
        write_run(folder, weights, history, init_from)
    return weights, history


def train_on_features(
    features: Path, parameters: FeatureRunParameters, runs: Path, init_from: Path | None = None
) -> Path:
    """Train on a features folder, and return the folder of the run.

    Args:
        features: The features folder.
        parameters: Name of the run, network and training.
        runs: Folder of runs, in which the run is left; not used where `init_from` is given.
        init_from: Folder of the run whose weights this one starts from, and in which it is left.

    Raises:
        RealClonedError: The features folder is wrong (`FeatureFolder.read`), the name cannot be a folder's, or
            `init_from` holds no run, or one of another network.
    """
    contents = FeatureFolder.read(features)
    folder = run_folder(runs, parameters.name, init_from)
    make_encoder = _started_from(init_from, lambda: VoiceLstm(parameters.network, contents.parameters.num_feats))
    window = parameters.network.window_frames
    train, validation = FeatureUtterances(contents.train, window), FeatureUtterances(contents.val, window)
    config = {"features": contents.parameters.model_dump(mode="json"), "run": parameters.model_dump(mode="json")}
    write_parameters(folder, config)
    network, history = train_voices(make_encoder, parameters.training, train, validation, folder)
    write_run(folder, module_weights(network, config), history, init_from)
    return folder


def train_voices(
    make_encoder: Callable[[], Encoder],
    training: VoiceTrainingParameters,
    train: Utterances,
    validation: Utterances,
    folder: Path | None = None,
) -> tuple[Encoder, pd.DataFrame]:
    """Return the encoder of the block with the lowest validation loss, and the history.

    Args:
        make_encoder: Makes the untrained encoder, from crops (n, ...) to embeddings (n, size); it is called once the
            seed is set.
        training: How it is trained.
        train: Utterances to train on.
        validation: Utterances to validate with, of other singers.
        folder: Of the run, for checkpoints and TensorBoard's files: a training that was killed goes on from there, and
            one that is finished is not done again. None: nothing is kept.

    Returns:
        The encoder in evaluation mode; and a table with a row per block: epoch, learning_rate, seconds, train_loss,
        validation_loss, in_batch_eer and pairwise_eer (of the validation block, 0 to 1), and the parts of the loss
        (`VoiceTraining.parts`) after `train_` and `validation_`; all are means over the block.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return train_voices(make_encoder, training, train, validation, Path(name) / "lstm")
    lightning.seed_everything(training.seed, verbose=False)
    encoder = make_encoder()
    initial_weights: list[bytes] = [tensor.detach().cpu().numpy().tobytes() for tensor in encoder.state_dict().values()]
    data: list[bytes] = [train.fingerprint().encode(), validation.fingerprint().encode()]
    fingerprint = training_fingerprint(training.model_dump(mode="json"), [*data, *initial_weights])
    checkpoints = CheckpointDir.open(folder / CHECKPOINTS, fingerprint)
    module = VoiceTraining(encoder, training, len(train.singers))
    if not checkpoints.is_finished:
        fit(module, train, validation, checkpoints)
    module.load_state_dict(checkpoints.read("best")["state_dict"])
    return encoder.eval(), pd.DataFrame(checkpoints.read("last")["history"])


def fit(module: VoiceTraining, train: Utterances, validation: Utterances, checkpoints: CheckpointDir) -> None:
    """Train until validation no longer improves, from the last checkpoint where there is one.

    Args:
        module: Its weights are changed in place.
        train: Utterances to train on.
        validation: Utterances to validate with.
        checkpoints: Where the training is kept, in the folder of the run.
    """
    settings, run = module.settings, checkpoints.path.parent
    train_batches = VoiceBatches(train, settings, settings.train_steps)
    validation_batches = VoiceBatches(validation, settings, settings.validation_steps, fixed=True)
    plan = TrainerSettings(
        f"pretrain {run.name}", settings.max_blocks, settings.patience, settings.checkpoint_s, run / TENSORBOARD
    )
    options = {"accelerator": "auto", "devices": 1, "log_every_n_steps": 10, "gradient_clip_val": settings.clip_norm}
    loaders = [DataLoader(batches, batch_size=None) for batches in (train_batches, validation_batches)]
    trainer.fit(module, loaders, checkpoints, plan, **options)


def _started_from(init_from: Path | None, make_untrained: Callable[[], Encoder]) -> Callable[[], Encoder]:
    """Return what makes an encoder with the weights of the run in `init_from`, or an untrained one."""

    def make() -> Encoder:
        encoder = make_untrained()
        if init_from:
            load_initial_weights(encoder, init_from)
        return encoder

    return make
