"""Instrumental parts for the vocal detector's training: leads, chords, arpeggios, drums and noise, one per clip."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt
from tqdm import trange

from real_cloned.vocals.instruments import Instrument, draw_instrument

Samples = NDArray[np.float32]
SCALE = np.array([0, 2, 3, 5, 7, 9, 10])
DISTORTED = 0.35


def draw_distractors(rng: np.random.Generator, count: int, clip_s: float, sample_rate_hz: int) -> NDArray[np.float16]:
    """Return (count, n_samples) instrumental parts of `clip_s` seconds, each at a root mean square of 1."""
    clips = np.empty((count, round(clip_s * sample_rate_hz)), np.float16)
    for row in trange(count, desc="draw distractors", unit="clip", mininterval=1.0):
        clips[row] = _level(_part(rng, clip_s, sample_rate_hz))
    return clips


def _part(rng: np.random.Generator, clip_s: float, rate: int) -> Samples:
    kind = rng.choice(["lead", "chords", "drums", "noise"], p=[0.4, 0.3, 0.25, 0.05])
    if kind == "drums":
        return draw_drums(rng, clip_s, rate)
    if kind == "noise":
        return draw_noise(rng, clip_s, rate)
    part = draw_phrases(rng, draw_instrument(rng, rate), clip_s, rate, chords=kind == "chords")
    return distorted(rng, part, rate) if rng.random() < DISTORTED else part


def draw_phrases(rng: np.random.Generator, play: Instrument, clip_s: float, rate: int, chords: bool) -> Samples:
    """Return (n_samples,) of `play` in a random rhythm: a melody with rests, or strummed chords."""
    part, start_s, step = np.zeros(round(clip_s * rate), np.float32), 0.0, 0
    beat_s, centre = 60 / rng.uniform(70, 170), rng.uniform(36, 60) if chords else rng.uniform(40, 80)
    lengths = rng.choice([0.25, 0.5, 0.5, 1.0, 2.0, 4.0], 3) * (2 if chords else 1)
    legato, strum_s, rest = rng.uniform(0.4, 1.2), rng.uniform(0, 0.03), rng.choice([0.0, 0.15])
    while start_s < clip_s:
        length_s = beat_s * rng.choice(lengths)
        step = int(np.clip(step + rng.integers(-3, 4), -7, 7))
        if rng.random() >= rest:
            notes = centre + 12 * (step // 7) + SCALE[step % 7] + (_chord(rng) if chords else np.zeros(1))
            for place, note in enumerate(notes):
                tone = play(440 * 2 ** ((note - 69) / 12), length_s * legato + 0.03)
                _lay(part, tone * rng.uniform(0.5, 1), round((start_s + place * strum_s) * rate))
        start_s += length_s
    return part


def draw_drums(rng: np.random.Generator, clip_s: float, rate: int) -> Samples:
    """Return (n_samples,) of a drum kit with a pattern of sixteenths, from kicks to cymbals that ring."""
    kit = [_shot(rng, rate) for _ in range(rng.integers(2, 6))]
    pattern = rng.random((len(kit), 16)) < rng.uniform(0.05, 0.5, (len(kit), 1))
    part, step_s = np.zeros(round(clip_s * rate), np.float32), 60 / rng.uniform(70, 170) / 4
    for step in range(int(clip_s / step_s)):
        for shot, hits in zip(kit, pattern, strict=True):
            if hits[step % 16]:
                _lay(part, shot * np.float32(rng.uniform(0.6, 1)), round(step * step_s * rate))
    return part


def draw_noise(rng: np.random.Generator, clip_s: float, rate: int) -> Samples:
    """Return (n_samples,) of noise in a band, that swells and fades as wind, a crowd or a riser does."""
    knots = rng.uniform(0.05, 1, rng.integers(2, 20))
    swell = np.interp(np.linspace(0, 1, round(clip_s * rate)), np.linspace(0, 1, len(knots)), knots)
    return np.asarray(_band(rng, rng.normal(size=len(swell)), rate) * swell, np.float32)


def distorted(rng: np.random.Generator, part: Samples, rate: int) -> Samples:
    """Return `part` through an overdriven amplifier and its cabinet."""
    driven = np.tanh(10 ** rng.uniform(0, 1.8) * _level(part))
    cabinet = butter(2, min(rng.uniform(1500, 6000), 0.45 * rate), fs=rate, output="sos")
    return np.asarray(sosfilt(cabinet, driven), np.float32)


def _chord(rng: np.random.Generator) -> NDArray[np.int64]:
    chords = [(0, 7, 12), (0, 4, 7), (0, 3, 7), (0, 7, 12, 16, 19), (0, 7, 12, 15, 19, 24), (0, 4, 7, 11)]
    return np.array(chords[rng.integers(len(chords))])


def _shot(rng: np.random.Generator, rate: int) -> Samples:
    time_s = np.arange(round(1.5 * rate)) / rate
    hertz, ring_s, hiss_s = 10 ** rng.uniform(1.6, 2.7), 10 ** rng.uniform(-2, -0.7), 10 ** rng.uniform(-2.3, 0)
    drum = np.sin(2 * np.pi * hertz * (time_s + 0.03 * (1 - np.exp(-time_s / 0.02)))) * np.exp(-time_s / ring_s)
    hiss = _band(rng, rng.normal(size=len(time_s)), rate) * np.exp(-time_s / hiss_s)
    share = rng.random()
    return np.asarray(share * drum + (1 - share) * hiss / max(1e-6, hiss[:800].std()), np.float32)


def _band(rng: np.random.Generator, noise: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    low, high = np.sort(10 ** rng.uniform(1.8, np.log10(0.45 * rate), 2))
    return np.asarray(sosfilt(butter(1, (low, high * 1.05), "band", fs=rate, output="sos"), noise))


def _lay(part: Samples, tone: Samples, start: int) -> None:
    part[start : start + len(tone)] += tone[: max(0, len(part) - start)]


def _level(samples: Samples) -> Samples:
    return np.asarray(samples / max(np.float32(1e-6), samples.std()), np.float32)
