"""The two ways to train the voice-identity LSTM: on the segments of a corpus, or on a folder of features."""

from pathlib import Path

import pandas as pd

from real_cloned.audio.segments import SegmentReader
from real_cloned.encoders.feature_folder import FeatureFolder
from real_cloned.encoders.lstm import LogMelWindows, LstmEncoder, VoiceLstm
from real_cloned.encoders.lstm_training import train_voices
from real_cloned.encoders.runs import run_folder, start_from, weights_of, write_run
from real_cloned.encoders.segment_utterances import segment_utterances
from real_cloned.encoders.utterances import FeatureUtterances
from real_cloned.parameters import AudioParameters
from real_cloned.variant_parameters import FeatureRunParameters, LstmVariantParameters
from real_cloned.weights import Weights, recipe

Corpus = tuple[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], SegmentReader]
"""Tracks, splits, segments; and what reads the segments."""


def build_lstm(parameters: LstmVariantParameters) -> LstmEncoder:
    """Return the untrained encoder of a variant, for segments at the log-mel's sample rate."""
    front_end = LogMelWindows(parameters.log_mel, parameters.network.window_frames)
    return LstmEncoder(front_end, VoiceLstm(parameters.network, parameters.log_mel.n_mels))


def load_lstm(weights: Weights) -> LstmEncoder:
    """Return the encoder of `weights`. Raises KeyError, ValueError or RuntimeError when they are not those of one."""
    encoder = build_lstm(LstmVariantParameters.model_validate(weights.made_from["pretrain"]))
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
    weights = weights_of(encoder, recipe(parameters, audio))
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
    made_from = {"features": found.parameters.model_dump(mode="json"), "run": parameters.model_dump(mode="json")}
    write_run(folder, weights_of(network, made_from), history, init_from)
    return folder
