"""Decoded frames to int16 samples of one sample rate and channel count, and whether two channels cancel each other."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

BLOCK_SAMPLES = 16384
"""Samples that the resampler returns at once; one MP3 frame at a time takes half as long again."""

OPPOSITE_PHASE = 0.05
"""Two channels are in opposite phase if their mean has less than this share of their power (13 dB less)."""


def is_opposite_phase(products: NDArray[Any]) -> bool:
    """Tell whether two channels cancel each other when they are averaged, as if one were inverted.

    Args:
        products: (2, 2), the scalar products of the channels: `samples @ samples.T` of (2, n_samples).

    Example:
        >>> left, right = np.array([1.0, -2.0, 3.0]), np.array([-1.0, 2.0, -2.9])
        >>> [is_opposite_phase(np.stack(pair) @ np.stack(pair).T) for pair in ((left, right), (left, left))]
        [True, False]
    """
    mean_power, power = products.sum() / 4, products.trace() / 2
    return bool(mean_power < OPPOSITE_PHASE * power)


class FrameConverter:
    """Converts decoded frames to int16 samples of one sample rate and channel count.

    A damaged file may change its frame format midway, HE-AAC and the parts of an Ogg file do so by design: a new
    resampler is made then.

    Args:
        sample_rate_hz: Sample rate of the result, in hertz.
        n_channels: Channels of the result, 1 or 2.
        first_channel_only: Leave out the second channel of stereo.

    Attributes:
        n_samples_by_source: Samples that were added, by sample rate in hertz and number of channels.
    """

    def __init__(self, sample_rate_hz: int, n_channels: int, *, first_channel_only: bool = False):
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.first_channel_only = first_channel_only
        self.n_samples_by_source: Counter[tuple[int, int]] = Counter()
        self._format: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None
        self._products = np.zeros((2, 2))

    def add(self, frame: AudioFrame) -> Iterator[NDArray[np.int16]]:
        """Add a frame, and yield the samples that are ready.

        Args:
            frame: Of any format.

        Yields:
            (n_channels, n) int16.
        """
        frame_format = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or frame_format != self._format:
            yield from self.flush()
            layout = "stereo" if frame.layout.nb_channels > 2 else frame.layout
            self._resampler = AudioResampler("s16p", layout, self.sample_rate_hz, frame_size=BLOCK_SAMPLES)
            self._format = frame_format
        self.n_samples_by_source[frame.sample_rate, frame.layout.nb_channels] += frame.samples
        frame.pts = None  # a jump in time stamps must neither stop the resampler nor insert silence
        yield from map(self._convert, self._resampler.resample(frame))

    def flush(self) -> Iterator[NDArray[np.int16]]:
        """Yield the samples that the resampler still holds.

        Yields:
            (n_channels, n) int16.
        """
        if self._resampler is not None:
            yield from map(self._convert, self._resampler.resample(None))
        self._resampler = None

    @property
    def is_opposite_phase(self) -> bool:
        """Whether the channels so far, if they are two, are in opposite phase."""
        return is_opposite_phase(self._products)

    def _convert(self, frame: AudioFrame) -> NDArray[np.int16]:
        samples = np.asarray(frame.to_ndarray(), np.int16)
        if samples.shape[0] == 2:
            as_float = samples.astype(np.float32)
            self._products += as_float @ as_float.T
            samples = samples[:1] if self.first_channel_only else samples
        return _to_channels(samples, self.n_channels)


def _to_channels(samples: NDArray[np.int16], n_channels: int) -> NDArray[np.int16]:
    if samples.shape[0] == n_channels:
        return samples
    if n_channels == 2:
        return np.repeat(samples, 2, axis=0)
    mean = samples.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.asarray(np.rint(mean), np.int16)
