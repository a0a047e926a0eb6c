"""The weights of variants that are not trained here: published ones, and the fixed tables of MFCC."""

from collections.abc import Callable, Mapping

from torch import Tensor

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.campplus import campplus_tensors
from real_cloned.encoders.baselines.ge2e import ge2e_tensors
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import MfccParameters, UntrainedVariant

TENSORS: Mapping[str, Callable[[str], Mapping[str, Tensor]]] = {"campplus": campplus_tensors, "ge2e": ge2e_tensors}
"""How the published weights of each family are read, from a path or from the installed package."""


def untrained_weights(variant: UntrainedVariant, audio: AudioParameters) -> Weights:
    """Return the weights of a variant that is not trained here.

    Args:
        variant: Parameters of the variant.
        audio: Sample rate, channels and segment length.

    Raises:
        RealClonedError: The parameters name no published weights, or these are not there; the message says how to get
            them.
    """
    if isinstance(variant, MfccParameters):
        return mfcc_weights(variant, audio)
    if variant.weights is None:
        raise RealClonedError(f"pretrain.{variant.name}.weights is null: name a file, or `installed`")
    return Weights(TENSORS[variant.family](variant.weights), encoder_config(variant, audio))
