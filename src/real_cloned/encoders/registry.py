"""The families of encoder: how weights become the encoder that they are of, whatever made them.

A variant's weights record the family in `config["pretrain"]`; what has none is a transformer.
"""

from collections.abc import Callable, Mapping

from torch import nn

from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.mfcc import N_STATISTICS, load_mfcc
from real_cloned.encoders.baselines.speaker import NETWORK, load_speaker
from real_cloned.encoders.contrastive import model as transformer
from real_cloned.encoders.lstm.training import load_lstm

LOADERS: Mapping[str, Callable[[Weights], nn.Module]] = {
    "transformer": transformer.load_encoder,
    "lstm": load_lstm,
    "speaker": load_speaker,
    "mfcc": load_mfcc,
}


def family(weights: Weights) -> str:
    """Return the family of the encoder that `weights` are of. Raises RealClonedError when it is not a known one."""
    name = str(weights.config.get("pretrain", {}).get("family", "transformer"))
    if name not in LOADERS:
        raise RealClonedError(f"these weights are of an encoder of family {name!r}; known are {', '.join(LOADERS)}")
    return name


def is_there(weights: Weights) -> bool:
    """Tell whether there is an encoder: a variant that is not configured has weights without tensors."""
    return len(weights.tensors) > 0


def load_encoder(weights: Weights) -> nn.Module:
    """Return the encoder of `weights`, ready for inference: (batch, n_channels, n_samples) to (batch, embedding_size).

    Raises RealClonedError when the tensors do not fit the parameters that are said to have made them.
    """
    try:
        return LOADERS[family(weights)](weights).eval()
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(f"these weights are not those of an encoder, or do not fit it: {error}") from error


def embedding_size(weights: Weights) -> int:
    """Return how many numbers an embedding has."""
    told = weights.config["pretrain"]
    of_family = family(weights)
    if of_family == "speaker":
        return NETWORK.embedding_size
    if of_family == "mfcc":
        return N_STATISTICS * int(told["n_mfcc"])
    return int(told["architecture" if of_family == "transformer" else "network"]["embedding_size"])
