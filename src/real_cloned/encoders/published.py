"""The weights of variants that are not trained here: published ones, and the fixed tables of MFCC."""

from real_cloned.artifacts.weights import Weights
from real_cloned.encoders.baselines.campplus import campplus_weights
from real_cloned.encoders.baselines.ge2e import ge2e_weights
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import CampplusParameters, Ge2eParameters, UntrainedVariant


def untrained_weights(variant: UntrainedVariant, audio: AudioParameters) -> Weights:
    """Return the weights of a variant that is not trained here.

    Args:
        variant: Parameters of the variant.
        audio: Sample rate, channels and segment length.

    Raises:
        RealClonedError: Published weights are not where the parameters say; the message says how to get them.
    """
    if isinstance(variant, Ge2eParameters):
        return ge2e_weights(variant, audio)
    if isinstance(variant, CampplusParameters):
        return campplus_weights(variant, audio)
    return mfcc_weights(variant, audio)
