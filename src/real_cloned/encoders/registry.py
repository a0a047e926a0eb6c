"""From weights to the encoder that they belong to, whatever its family.

Weights name the family in `config["pretrain"]["family"]`; those that name none are a transformer's.
"""

from collections.abc import Callable, Mapping

from torch import nn

from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.campplus import load_campplus
from real_cloned.encoders.baselines.campplus_network import PUBLISHED
from real_cloned.encoders.baselines.ge2e import NETWORK, load_ge2e
from real_cloned.encoders.baselines.mfcc import N_STATISTICS, load_mfcc
from real_cloned.encoders.contrastive.model import load_contrastive
from real_cloned.encoders.lstm.model import load_lstm

LOADERS: Mapping[str, Callable[[Weights], nn.Module]] = {
    "transformer": load_contrastive,
    "lstm": load_lstm,
    "ge2e": load_ge2e,
    "campplus": load_campplus,
    "student": load_campplus,
    "mfcc": load_mfcc,
}
"""How weights of each family are loaded. A loader raises KeyError, ValueError or RuntimeError where they do not fit."""
PUBLISHED_SIZES = {
    "ge2e": NETWORK.embedding_size,
    "campplus": PUBLISHED.embedding_size,
    "student": PUBLISHED.embedding_size,
}
"""Embedding size of the families whose weights, or first weights, are published."""


def load_encoder(weights: Weights) -> nn.Module:
    """Return the encoder that `weights` belong to, in evaluation mode.

    Args:
        weights: Tensors and config of an encoder of any family.

    Returns:
        A module from waveforms of one segment each, int16 or float32, shape (batch, n_channels, n_samples), to
        embeddings, shape (batch, embedding_size).

    Raises:
        RealClonedError: The family is unknown, or the tensors do not fit the config.

    Example:
        >>> import torch
        >>> from real_cloned.encoders.baselines.mfcc import mfcc_weights
        >>> from real_cloned.parameters.ingest import AudioParameters
        >>> from real_cloned.parameters.variants import MfccParameters
        >>> audio = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=1.0)
        >>> weights = mfcc_weights(MfccParameters(name="mfcc", inference_stem="vocals"), audio)
        >>> encoder = load_encoder(weights)
        >>> encoder(torch.randn(3, 1, 16000)).shape
        torch.Size([3, 80])
    """
    try:
        return LOADERS[encoder_family(weights)](weights).eval()
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(
            f"these weights are not those of an encoder of this version, or do not fit it ({error}): "
            "train it again with `kedro run --pipelines=pretrain`"
        ) from error


def encoder_family(weights: Weights) -> str:
    """Return the family of the encoder that `weights` belong to, a key of `LOADERS`.

    Args:
        weights: Of an encoder of any family.

    Raises:
        RealClonedError: The family is unknown.
    """
    name = str(weights.config.get("pretrain", {}).get("family", "transformer"))
    if name not in LOADERS:
        raise RealClonedError(f"these weights are of an encoder of family {name!r}; known are {', '.join(LOADERS)}")
    return name


def embedding_size(weights: Weights) -> int:
    """Return how many numbers an embedding has.

    Args:
        weights: Of an encoder of any family.

    Raises:
        RealClonedError: The family is unknown.
    """
    config = weights.config["pretrain"]
    family = encoder_family(weights)
    if family in PUBLISHED_SIZES:
        return PUBLISHED_SIZES[family]
    if family == "mfcc":
        return N_STATISTICS * int(config["n_mfcc"])
    return int(config["architecture" if family == "transformer" else "network"]["embedding_size"])
