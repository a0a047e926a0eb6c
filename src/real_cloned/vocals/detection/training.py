"""Training of the vocal detector on windows of backing with and without voices, mixed anew for each batch.

Voices are the demo's, one to three at once, at another speed, with pitch glides and moving filters. Backings are the
demo's bands and the instruments of `synthesis`, some of them reversed. Voices and backings get reverberation and
filters of the same kinds, so that neither of these indicates a voice.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from real_cloned.artifacts.weights import Weights
from real_cloned.audio import rooms
from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters
from real_cloned.vocals.detection import augmentation
from real_cloned.vocals.detection.model import VocalDetector, detector_weights
from real_cloned.vocals.detection.synthesis import draw_distractors, scale_to_unit_std

ACTIVITY_STEP_S = 0.1
CLIP_S = 8.0
N_RIRS = 64
SUNG, A_CAPPELLA, DEMO_BAND, REVERSED = 0.5, 0.1, 0.35, 0.08
VOICE_WARPED, BACKING_WARPED = 0.5, 0.2
"""Share of voices, and of backings, with each kind of modulation: a voice must be detected without them, and they must
not indicate a voice."""
VOICE_DB = (-8.0, 12.0)
"""Level of the voices, where they sound, over that of the backing."""

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class ExampleBatch:
    """One batch of examples.

    Attributes:
        windows: (batch, 1, n_samples) float32.
        activity: (batch, n_steps), 0 or 1 per 0.1 s.
    """

    windows: Tensor
    activity: Tensor


def train_vocal_detector(stems: ShardStore, truth: pd.DataFrame, parameters: DetectorTrainingParameters) -> Weights:
    """Return the weights of a detector trained on the corpora that the parameters name.

    Args:
        stems: Vocals and accompaniment of every track in `truth`.
        truth: `schemas.corpora.DemoTruth`.
        parameters: Corpora, size of the network, and its training.

    Raises:
        RealClonedError: When the demo has no track of these corpora.
    """
    torch.manual_seed(parameters.seed)
    chosen = truth[truth["corpus"].isin(parameters.corpora)]
    if chosen.empty:
        raise RealClonedError(
            f"train_vocal_detector.corpora is {parameters.corpora}, and the demo made no track of these: run "
            "`kedro run --pipelines=ingest` in the demo environment first"
        )
    examples = ExampleGenerator(stems, chosen, parameters)
    detector = VocalDetector(parameters, stems.sample_rate_hz)
    optimizer = torch.optim.AdamW(detector.parameters(), lr=parameters.learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, parameters.learning_rate, parameters.n_steps)
    bar = trange(parameters.n_steps, desc="train vocal detector", unit="step", mininterval=1.0)
    for _ in bar:
        optimizer.zero_grad()
        loss = detection_loss(detector, examples.draw(parameters.batch_size))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.3f}")
    return detector_weights(detector, parameters, stems.sample_rate_hz)


def detection_loss(detector: VocalDetector, examples: ExampleBatch) -> Tensor:
    """Return the sum of the cross entropies of frames and of windows.

    A window counts as sung from a share of one half on; its weight is the distance from one half, times two.

    Args:
        detector: The network.
        examples: A batch.
    """
    windows, frames = detector.logits(examples.windows)
    share = examples.activity.mean(dim=1)
    frame_loss = functional.binary_cross_entropy_with_logits(frames, examples.activity)
    weight = (2 * share - 1).abs()
    return frame_loss + functional.binary_cross_entropy_with_logits(windows, (share >= 0.5).float(), weight)


class ExampleGenerator:
    """Draws examples from the demo's stems and from synthetic instruments.

    Args:
        stems: Vocals and accompaniment of every track in `truth`.
        truth: `schemas.corpora.DemoTruth`.
        parameters: window_s, n_distractors and seed are read.
    """

    def __init__(self, stems: ShardStore, truth: pd.DataFrame, parameters: DetectorTrainingParameters):
        self.stems, self.rate = stems, stems.sample_rate_hz
        self.track_ids = truth["track_id"].tolist()
        self.activity = [np.asarray(activity, np.float32) for activity in truth["vocal_activity"]]
        self.n_samples = round(parameters.window_s * self.rate)
        self.rng = np.random.default_rng(parameters.seed)
        self.parts = draw_distractors(self.rng, parameters.n_distractors, CLIP_S, self.rate)
        self.rirs = rooms.draw_rirs(self.rng, N_RIRS, self.rate)

    def draw(self, count: int) -> ExampleBatch:
        """Return a batch of examples, about half of them without a voice.

        Args:
            count: Size of the batch.
        """
        sung = self.rng.random(count) < SUNG
        vocals, activity = self._vocals(sung)
        alone = torch.from_numpy(sung & (self.rng.random(count) < A_CAPPELLA))[:, None]
        mixed = vocals * self._gains(count, VOICE_DB) + torch.where(alone, 0.0, self._backings(count))
        return ExampleBatch(self._master(mixed)[:, None], activity)

    def _vocals(self, sung: NDArray[np.bool_]) -> tuple[Tensor, Tensor]:
        """(batch, n_samples) at a level of 1 where they sound, and their activity (batch, n_steps)."""
        pairs = [self._voices() if one else self._silence() for one in sung]
        vocals, activity = (torch.from_numpy(np.stack(parts)) for parts in zip(*pairs, strict=True))
        points_db = self._points_db(len(sung), 1, 6.0) + self._moving_db(len(sung), VOICE_WARPED)
        vocals = self._saturate(augmentation.apply_eq(vocals, points_db), share=0.3)
        vocals = augmentation.normalize_rms(self._reverberate(vocals))
        return vocals / activity.mean(dim=1, keepdim=True).clamp(min=0.1).sqrt(), activity

    def _voices(self) -> tuple[Samples, Samples]:
        """One voice, or two or three at once; it sounds where any of them does."""
        n_voices = int(self.rng.choice([1, 2, 3], p=[0.8, 0.13, 0.07]))
        voices, activities = zip(*(self._voice() for _ in range(n_voices)), strict=True)
        return np.sum(voices, axis=0, dtype=np.float32), np.max(activities, axis=0)

    def _voice(self) -> tuple[Samples, Samples]:
        """A window of one singer, and where it sounds."""
        row = self.rng.integers(len(self.track_ids))
        positions = self._positions(VOICE_WARPED, 1.2)
        samples, start_s = self._read_warped(self.track_ids[row], "vocals", positions)
        middles = positions[round(ACTIVITY_STEP_S * self.rate / 2) :: round(ACTIVITY_STEP_S * self.rate)]
        steps = ((start_s + middles / self.rate) / ACTIVITY_STEP_S).astype(int)
        known = self.activity[row]
        activity = np.where(steps < len(known), known[steps.clip(max=len(known) - 1)], np.float32(0))
        if self.rng.random() < VOICE_WARPED:
            samples = augmentation.add_consonants(self.rng, samples, activity, self.rate)
        return scale_to_unit_std(samples), activity

    def _silence(self) -> tuple[Samples, Samples]:
        n_steps = len(range(round(ACTIVITY_STEP_S * self.rate / 2), self.n_samples, round(ACTIVITY_STEP_S * self.rate)))
        return np.zeros(self.n_samples, np.float32), np.zeros(n_steps, np.float32)

    def _backings(self, count: int) -> Tensor:
        """(batch, n_samples) at a level of 1."""
        backings = torch.from_numpy(np.stack([self._band() for _ in range(count)]))
        points_db = self._points_db(count, 1, 4.0) + self._moving_db(count, BACKING_WARPED)
        backings = augmentation.apply_eq(self._reverberate(backings), points_db)
        return augmentation.normalize_rms(backings)

    def _band(self) -> Samples:
        """One to four parts, of the demo's bands or of other instruments, at levels and speeds of their own."""
        band = np.zeros(self.n_samples, np.float32)
        for _ in range(self.rng.integers(1, 5)):
            positions = self._positions(BACKING_WARPED, 0.6)
            part = self._demo_band(positions) if self.rng.random() < DEMO_BAND else self._part(positions)
            part = part[::-1] if self.rng.random() < REVERSED else part
            band += scale_to_unit_std(part) * np.float32(10 ** (self.rng.normal(0, 6) / 20))
        return band

    def _demo_band(self, positions: NDArray[np.float64]) -> Samples:
        return self._read_warped(str(self.rng.choice(self.track_ids)), "accompaniment", positions)[0]

    def _part(self, positions: NDArray[np.float64]) -> Samples:
        clip = self.parts[self.rng.integers(len(self.parts))].astype(np.float32)
        start = self.rng.uniform(0, max(1.0, len(clip) - positions[-1] - 1))
        return _read_at(clip, positions + start)

    def _read_warped(self, track_id: str, stem: str, positions: NDArray[np.float64]) -> tuple[Samples, float]:
        """A stem read at `positions` from a random start, and that start in seconds."""
        length_s = (positions[-1] + 2) / self.rate
        start_s = float(self.rng.uniform(0, max(0.0, self.stems.duration_s(track_id, stem) - length_s)))
        samples = self.stems.read(track_id, stem, start_s, length_s).mean(axis=0, dtype=np.float32) / 32768
        return _read_at(samples, positions), start_s

    def _master(self, mixed: Tensor) -> Tensor:
        """The finished mix: noise, filter, a carrier's low-pass, saturation."""
        count = len(mixed)
        noise = torch.from_numpy(self.rng.standard_normal(mixed.shape, np.float32))
        mixed = augmentation.normalize_rms(mixed) + noise * self._gains(count, (-75.0, -25.0))
        points_db = self._points_db(count, 1, 4.0)
        closed = self.rng.random(count) < 0.25
        points_db[torch.from_numpy(closed), -1] -= 40
        return self._saturate(augmentation.apply_eq(mixed, points_db), share=0.4)

    def _saturate(self, waveforms: Tensor, share: float) -> Tensor:
        pressed = torch.from_numpy(self.rng.random(len(waveforms)) < share)[:, None]
        return augmentation.saturate(waveforms, self._gains(len(waveforms), (-10.0, 10.0)) * pressed)

    def _reverberate(self, waveforms: Tensor) -> Tensor:
        return rooms.convolve_rir(waveforms, self.rirs[self.rng.integers(len(self.rirs), size=len(waveforms))])

    def _points_db(self, count: int, n_times: int, deviation_db: float) -> Tensor:
        return torch.from_numpy(self.rng.normal(0, deviation_db, (count, 8, n_times))).float()

    def _moving_db(self, count: int, share: float) -> Tensor:
        """Filters that move, more or less, for `share` of them; the others do nothing."""
        depth = self.rng.random((count, 1, 1)) * (self.rng.random((count, 1, 1)) < share)
        return self._points_db(count, int(self.rng.integers(2, 24)), 6.0) * torch.from_numpy(depth).float()

    def _positions(self, share: float, most: float) -> NDArray[np.float64]:
        """Where to read a sound: at another speed, with glides of up to `most` semitones in `share` of them."""
        glide = self.rng.uniform(0, most) * (self.rng.random() < share)
        return augmentation.warp_positions(self.rng, self.n_samples, self.rate, glide)

    def _gains(self, count: int, span_db: tuple[float, float]) -> Tensor:
        return torch.from_numpy(10 ** (self.rng.uniform(*span_db, (count, 1)) / 20)).float()


def _read_at(samples: Samples, positions: NDArray[np.float64]) -> Samples:
    return np.interp(positions, np.arange(len(samples)), samples, right=0.0).astype(np.float32)
