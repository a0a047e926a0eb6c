"""What is played and sung in one track, drawn from its seed: melody, syllables, chords, bass line, drum pattern."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from real_cloned.demo import dsp
from real_cloned.demo.band import HAT, KICK, SNARE, Arrangement
from real_cloned.demo.voice import CONSONANTS_HZ, N_VOWELS, Melody

CHORD_PROGRESSIONS = np.array([[0, 7, 9, 5], [0, 5, 7, 7], [9, 5, 0, 7], [0, 9, 5, 7], [0, 3, 8, 10], [2, 7, 0, 0]])
MAJOR_SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
LANGUAGES = ("english", "french", "portuguese", "polish")


@dataclass(frozen=True)
class Groove:
    """How a band plays.

    Attributes:
        tempo_bpm: Tempo in beats per minute.
        swing: Delay of every second eighth note, as a share of it, in [0, 1].
        busyness: Density of notes and drum hits, in [0, 1].
    """

    tempo_bpm: float
    swing: float
    busyness: float


@dataclass(frozen=True)
class Score:
    """What is sung and played in a batch of tracks.

    Attributes:
        melody: What is sung.
        arrangement: What the band plays.
    """

    melody: Melody
    arrangement: Arrangement


def draw_score(rng: np.random.Generator, groove: Groove, language: str, duration_s: float, vocal_share: float) -> Score:
    """Draw the score of one track.

    Args:
        rng: Generator from which all is drawn.
        groove: How the band plays.
        language: One of LANGUAGES; decides how often each vowel is sung.
        duration_s: Length of the track in seconds.
        vocal_share: Share of the time that is sung, approximately, in [0, 1].

    Returns:
        A score with a batch axis of 1.
    """
    n_frames = round(duration_s / dsp.HOP_S)
    beat_frames = 60 / groove.tempo_bpm / dsp.HOP_S  # frames in a beat
    key = int(rng.integers(0, 12))
    chords = CHORD_PROGRESSIONS[rng.integers(len(CHORD_PROGRESSIONS))]
    arrangement = draw_arrangement(rng, groove, key, chords, n_frames)
    return Score(_draw_melody(rng, beat_frames, key, language, n_frames, vocal_share), arrangement)


def stack_scores(scores: list[Score]) -> Score:
    """Return all scores as rows of one batch.

    Args:
        scores: Scores of the same length.
    """
    melody = [torch.cat([getattr(score.melody, field.name) for score in scores]) for field in fields(Melody)]
    arrangement = [
        torch.cat([getattr(score.arrangement, field.name) for score in scores]) for field in fields(Arrangement)
    ]
    return Score(Melody(*melody), Arrangement(*arrangement))


def vocal_activity(melody: Melody, step_s: float = 0.1) -> NDArray[np.int8]:
    """Tell for each step whether the voice sounds in most of it.

    Args:
        melody: A batch of 1.
        step_s: Length of a step in seconds.

    Returns:
        (n_steps,) int8, 0 or 1.
    """
    frames = round(step_s / dsp.HOP_S)
    sounding = (melody.gate[0] > 0.05).float()
    steps = sounding[: len(sounding) // frames * frames].reshape(-1, frames).mean(dim=1)
    return (steps > 0.5).numpy().astype(np.int8)


def draw_arrangement(
    rng: np.random.Generator, groove: Groove, key: int, roots: NDArray[np.int64], n_frames: int
) -> Arrangement:
    """Draw what a band plays to a sequence of chords, which is repeated.

    Args:
        rng: Generator from which all is drawn.
        groove: How the band plays.
        key: Semitones from C to the key's tonic.
        roots: Semitones from the tonic to the root of each bar's chord. Shape: (n_bars,).
        n_frames: Length in frames of 10 ms.

    Returns:
        An arrangement with a batch axis of 1.
    """
    beat_frames = 60 / groove.tempo_bpm / dsp.HOP_S
    frame = np.arange(n_frames)
    bar = (frame / (4 * beat_frames)).astype(int)
    root = key + roots[bar % len(roots)]
    third = np.where(np.isin(roots[bar % len(roots)] % 12, [2, 4, 9]), 3, 4)
    chords = 52 + np.stack([root % 12, root % 12 + third, root % 12 + 7])
    chord_onsets = _onset_frames(beat_frames, n_frames, 2 if groove.busyness > 0.5 else 1, groove.swing)
    bass_onsets = _onset_frames(beat_frames, n_frames, 2 if rng.random() < groove.busyness else 1, 0.0)
    return Arrangement(
        chords=to_batch(chords),
        bass=to_batch(33 + root % 12),
        chord_age_s=to_batch(_frames_since(chord_onsets, n_frames) * dsp.HOP_S),
        bass_age_s=to_batch(_frames_since(bass_onsets, n_frames) * dsp.HOP_S),
        hits=to_batch(_draw_drum_hits(rng, groove, beat_frames, n_frames)),
    )


def _draw_drum_hits(rng: np.random.Generator, groove: Groove, beat_frames: float, n_frames: int) -> NDArray[np.float64]:
    pattern = np.zeros((3, 8))
    pattern[KICK, [0, 4]] = 1.0
    pattern[SNARE, [2, 6]] = 1.0
    pattern[HAT] = 0.6
    extra = rng.random((3, 8)) < groove.busyness * np.array([[0.35], [0.12], [0.0]])
    pattern = np.maximum(pattern, 0.7 * extra)
    steps = _onset_frames(beat_frames, n_frames, 2, groove.swing)
    hits = np.zeros((3, n_frames))
    hits[:, steps] = pattern[:, np.arange(len(steps)) % 8] * rng.uniform(0.8, 1.0, (3, len(steps)))
    return hits


def _draw_melody(
    rng: np.random.Generator, beat_frames: float, key: int, language: str, n_frames: int, vocal_share: float
) -> Melody:
    interval, gate, onset = np.zeros(n_frames), np.zeros(n_frames), np.zeros(n_frames)
    vowels, consonants = np.zeros((N_VOWELS, n_frames)), np.zeros((len(CONSONANTS_HZ), n_frames))
    weights = vowel_weights(language)
    degree, start = int(rng.integers(-3, 4)), _rest_length(rng, beat_frames, vocal_share)
    while start < n_frames:
        for _ in range(int(rng.integers(4, 11))):
            length = int(beat_frames * rng.choice([0.5, 1.0, 1.5, 2.0], p=[0.4, 0.35, 0.15, 0.1]))
            note = slice(start, min(start + length, n_frames))
            degree = int(np.clip(degree + rng.integers(-2, 3), -5, 5))
            interval[note] = 12 * (degree // 7) + MAJOR_SCALE[degree % 7] + (key % 5) - 2
            gate[note] = note_envelope(note.stop - note.start) * rng.uniform(0.7, 1.0)
            onset[note] = np.arange(note.stop - note.start) * dsp.HOP_S
            vowels[rng.choice(N_VOWELS, p=weights), note] = 1.0
            if rng.random() < 0.6:
                consonants[rng.integers(len(CONSONANTS_HZ)), start : start + 6] = np.hanning(8)[1:-1][
                    : n_frames - start
                ]
            start += length
            if start >= n_frames:
                break
        start += _rest_length(rng, beat_frames, vocal_share)
    vowels[0, vowels.sum(axis=0) == 0] = 1.0
    jitter = smooth(rng.normal(size=n_frames), 3)
    return Melody(
        *(
            to_batch(curve)
            for curve in (smooth(interval, 4), gate, smooth(vowels, 5), consonants, jitter / jitter.std(), onset)
        )
    )


def _rest_length(rng: np.random.Generator, beat_frames: float, vocal_share: float) -> int:
    """Return the frames of silence after a phrase of about seven beats."""
    return int(beat_frames * rng.uniform(0.5, 1.5) * 7 * (1 - vocal_share) / max(vocal_share, 0.05))


def vowel_weights(language: str) -> NDArray[np.float64]:
    """Return how often each vowel is sung, which sum to 1. Shape: (n_vowels,).

    Args:
        language: One of LANGUAGES.
    """
    weights = np.random.default_rng(LANGUAGES.index(language)).uniform(0.5, 2.0, N_VOWELS)
    return np.asarray(weights / weights.sum())


def note_envelope(n_frames: int) -> NDArray[np.float64]:
    """Return the loudness of a note, which rises and falls in a few frames. Shape: (n_frames,).

    Args:
        n_frames: Length of the note in frames of 10 ms.
    """
    ramp = np.arange(1, n_frames + 1)
    return np.asarray(np.clip(np.minimum(ramp / 4, (n_frames - ramp + 1) / 5), 0.0, 1.0))


def _onset_frames(beat_frames: float, n_frames: int, per_beat: int, swing: float) -> NDArray[np.int64]:
    positions = np.arange(0.0, n_frames, beat_frames / per_beat)
    positions[1::2] += swing * beat_frames / per_beat if per_beat > 1 else 0.0
    return positions[positions < n_frames].astype(int)


def _frames_since(onsets: NDArray[np.int64], n_frames: int) -> NDArray[np.int64]:
    frame = np.arange(n_frames)
    return np.asarray(frame - onsets[np.searchsorted(onsets, frame, side="right") - 1])


def smooth(curve: NDArray[np.float64], n_frames: int) -> NDArray[np.float64]:
    """Return the weighted running mean along the last axis; the curve is extended by its end values.

    Args:
        curve: Shape: (..., n).
        n_frames: Half of the width of the mean.
    """
    kernel = np.hanning(2 * n_frames + 1)
    padded = np.pad(curve, [(0, 0)] * (curve.ndim - 1) + [(n_frames, n_frames)], mode="edge")
    return np.apply_along_axis(lambda row: np.convolve(row, kernel / kernel.sum(), "valid"), -1, padded)


def to_batch(curve: NDArray[np.floating[Any]] | NDArray[np.int64]) -> torch.Tensor:
    """Return a curve as float32 with a batch axis of 1.

    Args:
        curve: Of any shape.
    """
    return torch.from_numpy(np.ascontiguousarray(curve)).float()[None]
