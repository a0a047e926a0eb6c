"""Voices of made-up singers: embeddings scattered around a direction of each one's own."""

import numpy as np

from real_cloned.identification.registry import Registry
from real_cloned.identification.voices import Voice

SIZE = 32
NAMES = [f"singer {number}" for number in range(12)]


def direction(name: str) -> np.ndarray:
    return np.random.default_rng(sum(map(ord, name)) * 7919).normal(size=SIZE)


def voice(*names: str, n_segments: int = 4, scatter: float = 0.5, seed: int = 0) -> Voice:
    """Return a voice that sings `n_segments` segments as each of the names in turn; 6 s each, without a gap."""
    rng = np.random.default_rng(seed)
    rows = [direction(name) + scatter * rng.normal(size=SIZE) for name in names for _ in range(n_segments)]
    offsets_s = 6.0 * np.arange(len(rows))
    return Voice(6.0 * len(rows) + 2.0, offsets_s, np.full(len(rows), 6.0), np.array(rows, np.float32))


def registry(names=NAMES, n_tracks: int = 4) -> Registry:
    """Return a registry of singers with so many tracks each, two per album."""
    made = Registry.empty({"encoder": "made up"})
    for place, name in enumerate(names):
        tracks = [f"{name}/{number}" for number in range(n_tracks)]
        voices = {track: voice(name, seed=100 * place + number) for number, track in enumerate(tracks)}
        made = made.add(name, voices, {track: f"{name}-{number // 2}" for number, track in enumerate(tracks)})
    return made
