"""A track cut into the windows that a detector judges."""

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
