"""What is played and sung in one track, drawn from its seed: melody, syllables, chords, bass line, drum pattern."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from real_cloned.demo import dsp
from real_cloned.demo.band import HAT, KICK, SNARE, Arrangement
from real_cloned.demo.voice import CONSONANTS_HZ, N_VOWELS, Melody

PROGRESSIONS = np.array([[0, 7, 9, 5], [0, 5, 7, 7], [9, 5, 0, 7], [0, 9, 5, 7], [0, 3, 8, 10], [2, 7, 0, 0]])
SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
LANGUAGES = ("english", "french", "portuguese", "polish")


@dataclass(frozen=True)
class Groove:
    """How a band plays: tempo in beats per minute; swing and busyness in [0, 1]."""

    tempo_bpm: float
    swing: float
    busy: float


@dataclass(frozen=True)
class Score:
    """One track's melody and arrangement, each with a batch axis of 1."""

    melody: Melody
    arrangement: Arrangement


def draw_score(rng: np.random.Generator, groove: Groove, language: str, duration_s: float, vocal_share: float) -> Score:
    """Return the score of a track of `duration_s` seconds sung for about `vocal_share` of the time."""
    n_frames = round(duration_s / dsp.HOP_S)
    beat = 60 / groove.tempo_bpm / dsp.HOP_S  # frames in a beat
    key = int(rng.integers(0, 12))
    chords = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    arrangement = _arrange(rng, groove, key, chords, n_frames)
    return Score(_melody(rng, beat, key, language, n_frames, vocal_share), arrangement)


def stack_scores(scores: list[Score]) -> Score:
    """Return one score whose batch holds all `scores`, which are of one length."""
    melody = [torch.cat([getattr(score.melody, field.name) for score in scores]) for field in fields(Melody)]
    arrangement = [
        torch.cat([getattr(score.arrangement, field.name) for score in scores]) for field in fields(Arrangement)
    ]
    return Score(Melody(*melody), Arrangement(*arrangement))


def vocal_activity(melody: Melody, step_s: float = 0.1) -> NDArray[np.int8]:
    """Return 0 or 1 per `step_s` seconds (n_steps,): does the voice sound in most of it? For a batch of 1."""
    frames = round(step_s / dsp.HOP_S)
    sounding = (melody.gate[0] > 0.05).float()
    steps = sounding[: len(sounding) // frames * frames].reshape(-1, frames).mean(dim=1)
    return (steps > 0.5).numpy().astype(np.int8)


def _arrange(
    rng: np.random.Generator, groove: Groove, key: int, roots: NDArray[np.int64], n_frames: int
) -> Arrangement:
    beat = 60 / groove.tempo_bpm / dsp.HOP_S
    frame = np.arange(n_frames)
    bar = (frame / (4 * beat)).astype(int)
    root = key + roots[bar % len(roots)]
    third = np.where(np.isin(roots[bar % len(roots)] % 12, [2, 4, 9]), 3, 4)
    chords = 52 + np.stack([root % 12, root % 12 + third, root % 12 + 7])
    strokes = _grid(beat, n_frames, 2 if groove.busy > 0.5 else 1, groove.swing)
    plucks = _grid(beat, n_frames, 2 if rng.random() < groove.busy else 1, 0.0)
    return Arrangement(
        chords=_row(chords),
        bass=_row(33 + root % 12),
        chord_age_s=_row(_age(strokes, n_frames) * dsp.HOP_S),
        bass_age_s=_row(_age(plucks, n_frames) * dsp.HOP_S),
        hits=_row(_drum_hits(rng, groove, beat, n_frames)),
    )


def _drum_hits(rng: np.random.Generator, groove: Groove, beat: float, n_frames: int) -> NDArray[np.float64]:
    pattern = np.zeros((3, 8))
    pattern[KICK, [0, 4]] = 1.0
    pattern[SNARE, [2, 6]] = 1.0
    pattern[HAT] = 0.6
    extra = rng.random((3, 8)) < groove.busy * np.array([[0.35], [0.12], [0.0]])
    pattern = np.maximum(pattern, 0.7 * extra)
    steps = _grid(beat, n_frames, 2, groove.swing)
    hits = np.zeros((3, n_frames))
    hits[:, steps] = pattern[:, np.arange(len(steps)) % 8] * rng.uniform(0.8, 1.0, (3, len(steps)))
    return hits


def _melody(
    rng: np.random.Generator, beat: float, key: int, language: str, n_frames: int, vocal_share: float
) -> Melody:
    interval, gate, onset = np.zeros(n_frames), np.zeros(n_frames), np.zeros(n_frames)
    vowels, consonants = np.zeros((N_VOWELS, n_frames)), np.zeros((len(CONSONANTS_HZ), n_frames))
    vowel_weights = _vowel_weights(language)
    step, start = int(rng.integers(-3, 4)), _rest(rng, beat, vocal_share)
    while start < n_frames:
        for _ in range(int(rng.integers(4, 11))):
            length = int(beat * rng.choice([0.5, 1.0, 1.5, 2.0], p=[0.4, 0.35, 0.15, 0.1]))
            here = slice(start, min(start + length, n_frames))
            step = int(np.clip(step + rng.integers(-2, 3), -5, 5))
            interval[here] = 12 * (step // 7) + SCALE[step % 7] + (key % 5) - 2
            gate[here] = _note_envelope(here.stop - here.start) * rng.uniform(0.7, 1.0)
            onset[here] = np.arange(here.stop - here.start) * dsp.HOP_S
            vowels[rng.choice(N_VOWELS, p=vowel_weights), here] = 1.0
            if rng.random() < 0.6:
                consonants[rng.integers(len(CONSONANTS_HZ)), start : start + 6] = np.hanning(8)[1:-1][
                    : n_frames - start
                ]
            start += length
            if start >= n_frames:
                break
        start += _rest(rng, beat, vocal_share)
    vowels[0, vowels.sum(axis=0) == 0] = 1.0
    wander = _smooth(rng.normal(size=n_frames), 3)
    return Melody(
        *(
            _row(curve)
            for curve in (_smooth(interval, 4), gate, _smooth(vowels, 5), consonants, wander / wander.std(), onset)
        )
    )


def _rest(rng: np.random.Generator, beat: float, vocal_share: float) -> int:
    """Frames of silence after a phrase of about seven beats."""
    return int(beat * rng.uniform(0.5, 1.5) * 7 * (1 - vocal_share) / max(vocal_share, 0.05))


def _vowel_weights(language: str) -> NDArray[np.float64]:
    weights = np.random.default_rng(LANGUAGES.index(language)).uniform(0.5, 2.0, N_VOWELS)
    return np.asarray(weights / weights.sum())


def _note_envelope(n_frames: int) -> NDArray[np.float64]:
    ramp = np.arange(1, n_frames + 1)
    return np.asarray(np.clip(np.minimum(ramp / 4, (n_frames - ramp + 1) / 5), 0.0, 1.0))


def _grid(beat: float, n_frames: int, per_beat: int, swing: float) -> NDArray[np.int64]:
    places = np.arange(0.0, n_frames, beat / per_beat)
    places[1::2] += swing * beat / per_beat if per_beat > 1 else 0.0
    return places[places < n_frames].astype(int)


def _age(onsets: NDArray[np.int64], n_frames: int) -> NDArray[np.int64]:
    frame = np.arange(n_frames)
    return np.asarray(frame - onsets[np.searchsorted(onsets, frame, side="right") - 1])


def _smooth(curve: NDArray[np.float64], n_frames: int) -> NDArray[np.float64]:
    """Running mean along the last axis; what lies beyond an end is taken to be as the end is."""
    kernel = np.hanning(2 * n_frames + 1)
    padded = np.pad(curve, [(0, 0)] * (curve.ndim - 1) + [(n_frames, n_frames)], mode="edge")
    return np.apply_along_axis(lambda row: np.convolve(row, kernel / kernel.sum(), "valid"), -1, padded)


def _row(curve: NDArray[np.floating[Any]] | NDArray[np.int64]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(curve)).float()[None]
