"""Small sounds and audio files, made on the fly."""

import numpy as np
import pytest

from tests import sounds


@pytest.fixture
def noise():
    """Band-limited noise: a signal whose place in time is unmistakable."""

    def make(sample_rate_hz, duration_s, n_channels=2, seed=0):
        white = np.random.default_rng(seed).normal(size=(n_channels, round(duration_s * sample_rate_hz)))
        smooth = np.stack([np.convolve(channel, np.hanning(32), "same") for channel in white])
        return (smooth / np.abs(smooth).max() * 16000).astype(np.int16)

    return make


@pytest.fixture
def write_audio():
    """Write (n_channels, n) int16 with any of FFmpeg's codecs."""
    return sounds.write_audio
