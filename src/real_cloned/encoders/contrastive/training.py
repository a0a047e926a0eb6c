"""Contrastive pretraining of one variant with Lightning (paper, section 3.2)."""

import logging
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import lightning
import pandas as pd
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.core.files import AnyPath
from real_cloned.core.runtime import wants_bfloat16
from real_cloned.encoders.contrastive.datamodule import PairData
from real_cloned.encoders.contrastive.graph import GraphTraining, wants_cuda_graph
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights
from real_cloned.encoders.contrastive.module import ContrastiveTraining
from real_cloned.encoders.contrastive.pair_training import PairTraining
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PairTrainingParameters, PretrainParameters
from real_cloned.training import trainer
from real_cloned.training.checkpoints import CheckpointDir, training_fingerprint
from real_cloned.training.ray_training import TrainingJob, train_on_ray, wants_ray
from real_cloned.training.trainer import TrainerSettings

log = logging.getLogger(__name__)

Training = TypeVar("Training", bound=PairTraining)

LOGS = "logs"
"""Folder of TensorBoard's files, beside the checkpoints."""
N_PROJECTED = 1024
"""Segments in TensorBoard's projector."""


def pretrain_contrastive(
    parameters: PretrainParameters,
    audio: AudioParameters,
    train: PairSource,
    validation: PairSource,
    folder: AnyPath | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Return the encoder's weights of the epoch with the lowest validation loss, and the history.

    Args:
        parameters: Of the variant.
        audio: Channels and length of a segment.
        train: Source of the pairs to train on.
        validation: Source of the pairs to validate with.
        folder: Of checkpoints and TensorBoard's files: a training that was killed goes on from there, and one that is
            finished is not done again. None: nothing is kept.

    Returns:
        The weights; and table `schemas.corpora.History`, a row per epoch.

    Raises:
        RealClonedError: The devices cannot share the pairs of a batch equally, or a CUDA graph is asked for without a
            GPU.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return pretrain_contrastive(parameters, audio, train, validation, Path(name))
    training_class = GraphTraining if wants_cuda_graph(parameters) else ContrastiveTraining
    make = partial(contrastive_training, training_class, parameters, audio)
    module, history = train_on_pairs(make, audio, PairData(train, validation, parameters), folder)
    return contrastive_weights(module.encoder, parameters, audio), history


def contrastive_training(
    training_class: type[ContrastiveTraining], parameters: PretrainParameters, audio: AudioParameters
) -> ContrastiveTraining:
    """Return a training before its first step, with random weights.

    Args:
        training_class: How a step is done.
        parameters: Of the variant.
        audio: Channels and length of a segment.
    """
    return training_class(ContrastiveEncoder(parameters, audio), parameters)


def train_on_pairs(
    make: Callable[[], Training], audio: AudioParameters, data: PairData, folder: AnyPath
) -> tuple[Training, pd.DataFrame]:
    """Return a training with the weights of the epoch with the lowest validation loss, and the history.

    It runs in this process, in several that this one starts, or where trainings are to use Ray (`use_ray`), in workers
    on its cluster.

    Args:
        make: Returns the training before its first step; random numbers are seeded before. Ray's workers call it, too,
            so that it has to be picklable.
        audio: Channels and length of a segment.
        data: Batches of pairs.
        folder: Of checkpoints and TensorBoard's files, as in `pretrain_contrastive`.

    Returns:
        The training; and table `schemas.corpora.History`, a row per epoch.
    """
    settings, cluster = data.settings, wants_ray()
    sources = [*data.train.fingerprint(), *data.validation.fingerprint()]
    fingerprint = training_fingerprint(encoder_config(settings, audio), sources, cluster.device if cluster else None)
    checkpoints = CheckpointDir.open(folder, fingerprint)
    lightning.seed_everything(settings.seed, verbose=False)
    module = make()
    if checkpoints.is_finished:
        log.info("%s: pretrained before, with the same parameters and data (%s)", settings.name, folder)
    elif cluster is not None:
        make_remotely = partial(_make_where_audio_is, make, data)
        job = TrainingJob(_label(settings), settings.devices, settings.seed, make_remotely, fit, data, checkpoints)
        train_on_ray(job, cluster)
    else:
        fit(module, data, checkpoints)
    module.load_state_dict(checkpoints.read("best")["state_dict"])
    return module, _history_table(checkpoints.read("last")["history"])


def fit(module: PairTraining, data: PairData, checkpoints: CheckpointDir, *callbacks: Callback, **options: Any) -> None:
    """Train until the validation loss no longer falls, from the last checkpoint where there is one.

    Args:
        module: Its weights are changed in place.
        data: Batches of pairs.
        checkpoints: Where the training is kept.
        *callbacks: In addition to the trainer's own.
        **options: Arguments of `lightning.Trainer`, in the place of those that `trainer_settings` returns.
    """
    settings = module.settings
    plan = TrainerSettings(
        _label(settings), settings.max_epochs, settings.stop_patience, settings.checkpoint_s,
        checkpoints.path / LOGS,
    )  # fmt: skip
    options = {**trainer_settings(settings), "use_distributed_sampler": False, **options}
    trainer.fit(module, data, checkpoints, plan, EmbeddingProjector(), *callbacks, **options)


def trainer_settings(parameters: PairTrainingParameters) -> dict[str, Any]:
    """Return accelerator, devices, strategy and precision of Lightning's Trainer for the machine at hand.

    Several processes are started by multiprocessing, not by running the program again, since the program has done other
    work before. On GPUs they share the statistics of batch normalisation; on CPUs torch cannot.

    Args:
        parameters: Of the variant; devices and precision are used. Ray's workers have other devices and another
            strategy (`training.ray_training`).
    """
    several = parameters.devices > 1
    return {
        "accelerator": "cuda" if torch.cuda.is_available() else "cpu",
        "devices": parameters.devices,
        "strategy": "ddp_spawn" if several else "auto",
        "sync_batchnorm": several and torch.cuda.is_available(),
        "precision": "bf16-mixed" if wants_bfloat16(parameters.precision) else "32-true",
    }


class EmbeddingProjector(Callback):
    """Adds embeddings of validation segments, with the numbers of their singers, to TensorBoard at the end."""

    @torch.inference_mode()
    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Log the embeddings.

        Args:
            trainer: Of which the data module and the logger are used.
            pl_module: Of which the encoder is used.
        """
        if not isinstance(trainer.logger, TensorBoardLogger) or not trainer.is_global_zero:
            return
        batches: Any = trainer.val_dataloaders  # that of the training: another one would be a second copy on a GPU
        batch = batches.batch(0)
        segments = batch.segments[:N_PROJECTED].to(pl_module.device)
        module: Any = pl_module
        module.encoder.eval()
        labels = batch.labels.repeat(2)[: len(segments)].tolist()
        embeddings = module.embed_segments(segments).float().cpu()  # (n, embedding_size)
        trainer.logger.experiment.add_embedding(embeddings, metadata=labels, tag="validation")


def _history_table(history: list[dict[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(history)[["epoch", "train_loss", "validation_loss", "learning_rate", "seconds"]]


def _label(settings: PairTrainingParameters) -> str:
    return f"pretrain {settings.name}"


def _make_where_audio_is(make: Callable[[], Training], data: PairData) -> Training:
    data.check_access()
    return make()
