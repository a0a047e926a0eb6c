"""Training of the vocal detector on the demo's ground truth, remixed on the fly."""

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from real_cloned.audio.store import ShardStore
from real_cloned.parameters import VocalFilterParameters
from real_cloned.vocals.detector import VocalDetector, save_detector
from real_cloned.weights import Weights

ACTIVITY_STEP_S = 0.1
LEVELS_DB = (-8.0, 8.0)
A_CAPPELLA, INSTRUMENTAL = 0.2, 0.4


def train_vocal_detector(stems: ShardStore, truth: pd.DataFrame, parameters: VocalFilterParameters) -> Weights:
    """Return a detector trained on windows of the demo's stems.

    stems : vocals and accompaniment of every track in `truth`; truth : schemas.DemoTruth

    Each example is a track's voice over the accompaniment of any track, both at random levels; some voices stand alone
    and some bands too, so that neither the mix nor its loudness gives the answer away.
    """
    torch.manual_seed(parameters.seed)
    rng = np.random.default_rng(parameters.seed)
    detector = VocalDetector(parameters, stems.sample_rate_hz)
    optimizer = torch.optim.Adam(detector.parameters(), lr=parameters.learning_rate)
    for _ in trange(parameters.n_steps, desc="train vocal detector", unit="step", mininterval=1.0):
        windows, labels = _batch(stems, truth, parameters, rng)
        optimizer.zero_grad()
        functional.binary_cross_entropy_with_logits(detector(windows), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return save_detector(detector, parameters, stems.sample_rate_hz)


def _batch(
    stems: ShardStore, truth: pd.DataFrame, parameters: VocalFilterParameters, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    examples = [_example(stems, truth, parameters.window_s, rng) for _ in range(parameters.batch_size)]
    windows, labels = zip(*examples, strict=True)
    return torch.from_numpy(np.stack(windows)), torch.tensor(labels, dtype=torch.float32)


def _example(
    stems: ShardStore, truth: pd.DataFrame, window_s: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], float]:
    """A window (n_channels, n_samples) and its label: does the voice sound in at least half of it?"""
    singer, band = truth.iloc[rng.integers(len(truth))], truth.iloc[rng.integers(len(truth))]
    steps, activity = round(window_s / ACTIVITY_STEP_S), np.asarray(singer["vocal_activity"])
    start = int(rng.integers(max(1, len(activity) - steps)))
    share = 0.0 if rng.random() < INSTRUMENTAL else float(activity[start : start + steps].mean())
    window = np.zeros((stems.n_channels, round(window_s * stems.sample_rate_hz)), np.float32)
    if share > 0:
        window += _gain(rng) * stems.read(singer["track_id"], "vocals", start * ACTIVITY_STEP_S, window_s)
    if share == 0 or rng.random() > A_CAPPELLA:
        offset_s = float(rng.uniform(0, max(0.0, stems.duration_s(band["track_id"], "accompaniment") - window_s)))
        window += _gain(rng) * stems.read(band["track_id"], "accompaniment", offset_s, window_s)
    return window, float(share >= 0.5)


def _gain(rng: np.random.Generator) -> np.float32:
    return np.float32(10 ** (rng.uniform(*LEVELS_DB) / 20))
