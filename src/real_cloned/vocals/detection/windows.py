"""A track cut into the windows that a detector judges, and windows and segments numbered in their tracks."""

import numpy as np
from numpy.typing import NDArray


def split_windows(samples: NDArray[np.int16], window: int) -> NDArray[np.int16]:
    """Return the consecutive whole windows of a part of a track, (n_windows, n_channels, window) int16.

    Args:
        samples: (n_channels, n_samples) int16.
        window: Samples of a window.
    """
    n_windows = samples.shape[1] // window
    windows = samples[:, : n_windows * window].reshape(len(samples), n_windows, window)
    return np.ascontiguousarray(windows.transpose(1, 0, 2))


def numbers_in_groups(sizes: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return 0, 1, 2 and so on for each of the groups that follow each other. Shape: (sizes.sum(),).

    Args:
        sizes: How many each group has. Shape: (n_groups,).

    Example:
        >>> numbers_in_groups(np.array([2, 0, 3])).tolist()
        [0, 1, 0, 1, 2]
    """
    numbers = np.arange(sizes.sum(), dtype=np.int32)
    numbers -= np.repeat((sizes.cumsum() - sizes).astype(np.int32), sizes)
    return numbers
