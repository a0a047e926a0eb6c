"""Two ways to tell how likely a window holds singing: the trained detector, and the loudness of separated vocals."""

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from real_cloned.audio.store import ShardStore
from real_cloned.errors import RealClonedError
from real_cloned.vocal_parameters import VocalFilterParameters
from real_cloned.vocals.detector import VocalDetector, load_detector
from real_cloned.vocals.energy import EnergyListener
from real_cloned.weights import read_weights

SHIPPED = Path(__file__).with_name("vocal_detector.safetensors")
"""The detector that ships with the package (`kedro run --pipelines=train_vocal_detector` trains it)."""

N_TOGETHER = 20
"""Windows that go through the network at once."""


class Listener(Protocol):
    """Anything that hears singing."""

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return (n_windows,) probabilities of singing in the whole windows of `window` samples, side by side.

        samples : (n_channels, n_samples) int16, a stretch of the track
        """
        ...


class DetectorListener:
    """The trained detector."""

    def __init__(self, detector: VocalDetector):
        self.detector = detector

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return what the detector says of each window; what is left after the last whole window is not heard."""
        count = samples.shape[1] // window
        if not count:
            return np.zeros(0, np.float32)
        windows = samples[:, : count * window].reshape(len(samples), count, window).transpose(1, 0, 2)
        with torch.inference_mode():
            parts = [torch.sigmoid(self.detector(part)) for part in torch.from_numpy(windows.copy()).split(N_TOGETHER)]
        return torch.cat(parts).numpy()  # type: ignore[no-any-return]


def load_listener(parameters: VocalFilterParameters, audio: ShardStore) -> Listener:
    """Return the listener that `parameters` name, for tracks of `audio`.

    Raises RealClonedError when its weights are not there, are no detector's, or are for another sample rate.
    """
    if parameters.method == "energy":
        return EnergyListener.load(parameters, audio)
    detector = open_detector(parameters.detector)
    if detector.sample_rate_hz != audio.sample_rate_hz:
        raise RealClonedError(
            f"vocal_filter.detector {parameters.detector} hears audio at {detector.sample_rate_hz} Hz, and "
            f"audio.sample_rate_hz is {audio.sample_rate_hz}: train one at that rate, or set vocal_filter.method to "
            "energy"
        )
    return DetectorListener(detector)


def open_detector(name: str) -> VocalDetector:
    """Return the detector that ships with the package (`shipped`), or that of the .safetensors file at path `name`.

    Raises RealClonedError for any other kind of file, and where there is none.
    """
    path = SHIPPED if name == "shipped" else Path(name)
    if path.suffix != ".safetensors":
        raise RealClonedError(
            f"vocal_filter.detector is {name}: give `shipped` or the path of a .safetensors file, as "
            "`kedro run --pipelines=train_vocal_detector` writes it; nothing else is read as weights"
        )
    if not path.is_file():
        raise RealClonedError(f"vocal_filter.detector names {path}, and there is no such file")
    return load_detector(read_weights(path))
