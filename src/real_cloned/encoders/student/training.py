"""Training of a student of CAM++, and its weights."""

import tempfile
from functools import partial
from pathlib import Path

import pandas as pd

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.core.files import AnyPath
from real_cloned.encoders.baselines.campplus import CampplusEncoder, campplus_tensors
from real_cloned.encoders.contrastive.datamodule import PairData
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.contrastive.training import train_on_pairs
from real_cloned.encoders.student.module import StudentTraining
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import StudentParameters


def pretrain_student(
    parameters: StudentParameters,
    audio: AudioParameters,
    train: PairSource,
    validation: PairSource,
    folder: AnyPath | None = None,
) -> tuple[Weights, pd.DataFrame]:
    """Return the student's weights of the epoch with the lowest validation loss, and the history.

    Args:
        parameters: Of the variant.
        audio: Sample rate, channels and length of a segment.
        train: Source of the pairs to train on.
        validation: Source of the pairs to validate with.
        folder: Of checkpoints and TensorBoard's files; as in `contrastive.training.pretrain_contrastive`.

    Returns:
        The weights, with the names of CAM++; and table `schemas.corpora.History`, a row per epoch.

    Raises:
        RealClonedError: The teacher's weights are not there, or the devices cannot share a batch equally.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return pretrain_student(parameters, audio, train, validation, Path(name))
    data = PairData(train, validation, parameters)
    module, history = train_on_pairs(partial(student_training, parameters, audio), audio, data, folder)
    return student_weights(module, audio), history


def student_training(parameters: StudentParameters, audio: AudioParameters) -> StudentTraining:
    """Return the training before its first step, with a student that is the teacher's copy.

    Args:
        parameters: Of the variant; they name the teacher's weights.
        audio: Sample rate of the segments.

    Raises:
        RealClonedError: The teacher's weights are not there.
    """
    teacher = CampplusEncoder(audio.sample_rate_hz)
    teacher.network.load_state_dict(dict(campplus_tensors(parameters.init_from)))
    return StudentTraining(teacher, parameters)


def student_weights(module: StudentTraining, audio: AudioParameters) -> Weights:
    """Return the student's weights with the config that builds it again.

    Args:
        module: On any device.
        audio: That it was built with.
    """
    state = module.encoder.network.state_dict()
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    return Weights(tensors, encoder_config(module.settings, audio))
