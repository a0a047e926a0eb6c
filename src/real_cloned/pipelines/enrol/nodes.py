"""Nodes of the registry of singers."""

import pandas as pd

from real_cloned.api.identification import enrol_corpus
from real_cloned.artifacts.weights import Weights
from real_cloned.encoders.published import untrained_weights
from real_cloned.identification.registry import Registry
from real_cloned.parameters.enrol import EnrolParameters
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters


def take_published_encoder(variant: VariantParameters, audio: AudioParameters) -> Weights:
    """Return the weights of a variant that is not trained here.

    Args:
        variant: Of a family with published weights, or without any to learn.
        audio: Sample rate, channels and segment length.
    """
    return untrained_weights(variant.root, audio)  # type: ignore[arg-type]  # the pipeline asks for no other family


def enrol_singers(
    encoder: Weights, parameters: EnrolParameters, detection: VocalFilterParameters
) -> tuple[tuple[Registry, Weights], pd.DataFrame, pd.DataFrame]:
    """Return the registry with its encoder, its EnrolledSingers, and the recordings that are Rejected.

    Args:
        encoder: Weights of an encoder of any family.
        parameters: Who is enrolled, and how answers are calibrated.
        detection: How singing is found.
    """
    registry, rejected = enrol_corpus(encoder, parameters, detection)
    return (registry, encoder), registry.singers, rejected
