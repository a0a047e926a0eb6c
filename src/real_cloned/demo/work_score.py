"""What is played and sung in a version of a work.

A work is two sections of four bars, A and B: chords of one key, and a melody. A version sings and plays them in its own
key and tempo, in the order of its form, as often as its duration allows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from real_cloned.demo import dsp
from real_cloned.demo.discography import RandomStream
from real_cloned.demo.score import (
    LANGUAGES,
    Groove,
    Score,
    draw_arrangement,
    note_envelope,
    smooth,
    to_batch,
    vowel_weights,
)
from real_cloned.demo.voice import CONSONANTS_HZ, N_VOWELS, Melody

FORMS = ("AABA", "ABAB", "ABBA", "BABA", "AABB", "BAAB")
BARS, BEATS = 4, 4
"""Bars of a section, and beats of a bar."""
MINOR_ROOTS = (2, 4, 9)
"""Semitones from the tonic to the roots of minor chords, as `draw_arrangement` plays them; all others are major."""


@dataclass(frozen=True)
class Work:
    """What all versions of a work share.

    Attributes:
        key: Semitones from C to its tonic.
        roots: By section: semitones from the tonic to the root of each bar's chord. Shape: (BARS,).
        notes: By section: rows of first beat, length in beats and semitones from the tonic. Shape: (n_notes, 3).
    """

    key: int
    roots: dict[str, NDArray[np.int64]]
    notes: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Version:
    """One performance of a work.

    Attributes:
        subset: `train`, `validation` or `benchmark`.
        work: Number of the work, in all subsets together.
        number: Number of the version, in all works together; its seed.
        singer: Number of the singer.
        semitones: By which it is higher than the work.
        tempo_bpm: Tempo in beats per minute.
        form: One of FORMS.
    """

    subset: str
    work: int
    number: int
    singer: int
    semitones: int
    tempo_bpm: float
    form: str

    @property
    def work_id(self) -> str:
        """As Da-TACOS has them."""
        return f"W_{self.work:05d}"

    @property
    def performance_id(self) -> str:
        """As Da-TACOS has them."""
        return f"P_{self.number:06d}"

    @property
    def path(self) -> str:
        """Of its file, relative to the demo's root."""
        return f"{self.subset}/audio/{self.work_id}/{self.performance_id}.flac"


def draw_work(number: int, seed: int) -> Work:
    """Draw a work.

    Args:
        number: Of the work.
        seed: Of the demo.
    """
    rng = np.random.default_rng([seed, RandomStream.WORK, number])
    roots = {section: rng.choice(12, BARS, replace=False) for section in "AB"}
    return Work(int(rng.integers(12)), roots, {section: _draw_notes(rng, roots[section]) for section in "AB"})


def perform(work: Work, version: Version, groove: Groove, voice_midi: float, duration_s: int) -> Score:
    """Return the score of a version.

    Args:
        work: That it is a version of.
        version: Its key, tempo and form.
        groove: How the band plays, in the version's tempo.
        voice_midi: Middle of the singer's range, as a MIDI note.
        duration_s: Length in seconds.

    Returns:
        A score with a batch axis of 1.
    """
    rng = np.random.default_rng([version.number, RandomStream.VERSION])
    n_frames, key = round(duration_s / dsp.HOP_S), work.key + version.semitones
    roots = np.concatenate([work.roots[section] for section in version.form])
    arrangement = draw_arrangement(rng, groove, key, roots, n_frames)
    section_beats = BARS * BEATS
    notes = np.concatenate([work.notes[one] + [i * section_beats, 0, 0] for i, one in enumerate(version.form)])
    n_rounds = int(duration_s * groove.tempo_bpm / 60 // (len(version.form) * section_beats)) + 1
    rounds = [notes + [i * len(version.form) * section_beats, 0, 0] for i in range(n_rounds)]
    beat_frames = 60 / groove.tempo_bpm / dsp.HOP_S
    return Score(_sing(rng, np.concatenate(rounds), key, voice_midi, beat_frames, n_frames), arrangement)


def _draw_notes(rng: np.random.Generator, roots: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the notes of a section: of its chords on strong beats, else at most a tone from the note before."""
    notes: list[tuple[float, float, float]] = []
    beat, semitones = 0.0, 0
    while beat < BARS * BEATS:
        root = int(roots[int(beat // BEATS)])
        third = 3 if root in MINOR_ROOTS else 4
        step = int(rng.choice([0, third, 7]))
        semitones = (root + step) % 12 if beat % 2 == 0 else semitones + int(rng.integers(-2, 3))
        length = min(float(rng.choice([0.5, 1.0, 1.5, 2.0], p=[0.3, 0.4, 0.1, 0.2])), BARS * BEATS - beat)
        notes.append((beat, length, semitones))
        beat += length + float(rng.choice([0.0, 0.5], p=[0.8, 0.2]))
    return np.array(notes)


def _sing(
    rng: np.random.Generator, notes: NDArray[np.float64], key: int, voice_midi: float, beat_frames: float, n_frames: int
) -> Melody:
    """Return the melody of notes in a key, in the octave that is nearest to the middle of the singer's range."""
    interval, gate, onset = np.zeros(n_frames), np.zeros(n_frames), np.zeros(n_frames)
    vowels, consonants = np.zeros((N_VOWELS, n_frames)), np.zeros((len(CONSONANTS_HZ), n_frames))
    semitones = notes[:, 2]
    midi = 48 + key + semitones + 12 * round((voice_midi - 48 - key - semitones.mean()) / 12)
    weights = vowel_weights(LANGUAGES[0])
    for (beat, length, _), note in zip(notes, midi, strict=True):
        start = round(beat * beat_frames)
        sung = slice(start, min(round((beat + length) * beat_frames), n_frames))
        if start >= n_frames:
            break
        interval[sung] = note - voice_midi
        gate[sung] = note_envelope(sung.stop - start) * rng.uniform(0.7, 1.0)
        onset[sung] = np.arange(sung.stop - start) * dsp.HOP_S
        vowels[rng.choice(N_VOWELS, p=weights), sung] = 1.0
        if rng.random() < 0.6:
            burst = slice(start, min(start + 6, n_frames))
            consonants[rng.integers(len(CONSONANTS_HZ)), burst] = np.hanning(8)[1:-1][: burst.stop - start]
    vowels[0, vowels.sum(axis=0) == 0] = 1.0
    jitter = smooth(rng.normal(size=n_frames), 3)
    curves = (smooth(interval, 4), gate, smooth(vowels, 5), consonants, jitter / jitter.std(), onset)
    return Melody(*(to_batch(curve) for curve in curves))
