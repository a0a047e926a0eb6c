"""How loud segments are."""

from torch import Tensor

MIN_RMS = 1.0
"""Lowest root mean square that a level is compared with, in steps of int16, so that silence is not amplified."""


def rms(waveforms: Tensor, minimum: float = MIN_RMS) -> Tensor:
    """Return the root mean square of each segment, over all its channels.

    Args:
        waveforms: Float32. Shape: (n, n_channels, n_samples).
        minimum: Least value that is returned.

    Returns:
        Shape (n,).
    """
    return waveforms.square().mean(dim=(1, 2)).sqrt().clamp(min=minimum)
