"""Works in several versions, for version identification: each has another singer, band, key, tempo and form.

A work is two sections of four bars, A and B: chords of one key, and a melody. A version sings and plays them in its own
key and tempo, in the order of its form, as often as its duration allows. All numbers come from the seeds of work and
version, so that each version can be rendered alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.encode import encode_flac
from real_cloned.core.files import atomic_write
from real_cloned.demo import dsp
from real_cloned.demo.discography import RandomStream, TrackPlan, singer_name
from real_cloned.demo.effects import GENRES
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
from real_cloned.demo.song import draw_band, draw_voice, render_tracks
from real_cloned.demo.voice import CONSONANTS_HZ, N_VOWELS, Melody
from real_cloned.parameters.covers import CoverDemoParameters
from real_cloned.parameters.ingest import DemoParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import CoverWorks

FORMS = ("AABA", "ABAB", "ABBA", "BABA", "AABB", "BAAB")
BARS, BEATS = 4, 4
"""Bars of a section, and beats of a bar."""
MINOR_ROOTS = (2, 4, 9)
"""Semitones from the tonic to the roots of minor chords, as `draw_arrangement` plays them; all others are major."""
FIRST_SINGER = 2**20
"""Far from the numbers of the study's singers, and so from their voices."""


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


def make_works(parameters: CoverDemoParameters, demo: DemoParameters) -> pd.DataFrame:
    """Write the audio of all versions, and a manifest for each subset; return what they are.

    Args:
        parameters: How many works and versions there are, and where they are written.
        demo: Of what population singers and bands are; the seed and the sample rate.

    Returns:
        `schemas.covers.CoverWorks`.
    """
    versions = list(plan_versions(parameters, demo.seed))
    tasks = [delayed(_write_version)(version, parameters, demo) for version in versions]
    written = Parallel(n_jobs=parameters.n_jobs, return_as="generator")(tasks)
    list(tqdm(written, total=len(tasks), desc="make works", unit="track", mininterval=1.0))
    table = pd.DataFrame([_row(version) for version in versions], columns=list(empty_table(CoverWorks)))
    for subset, rows in table.groupby("subset"):
        names = {"performance_id": "track_id", "singer_id": "singer_name"}
        manifest = rows.rename(columns=names)[["track_id", "path", "work_id", "singer_name"]]
        with atomic_write(Path(parameters.root) / str(subset) / "manifest.csv") as path:
            manifest.assign(path=manifest["path"].str.removeprefix(f"{subset}/")).to_csv(path, index=False)
    return table


def plan_versions(parameters: CoverDemoParameters, seed: int) -> Iterator[Version]:
    """Yield the versions of all works; singers of different subsets are different, and so are those of one work.

    Args:
        parameters: How many works and versions there are.
        seed: Of the demo.
    """
    work, number, singer = 0, 0, FIRST_SINGER
    for subset, n_works in parameters.n_works.items():
        n_versions = parameters.n_versions[subset]
        n_singers = max(n_versions, n_works)
        counts = [n_versions] * n_works + [1] * (parameters.n_noise if subset == "benchmark" else 0)
        for count in counts:
            rng = np.random.default_rng([seed, RandomStream.WORK, work, 1])
            singers = singer + rng.choice(n_singers, count, replace=False)
            keys, forms = rng.choice(12, count, replace=count > 12), rng.permutation(len(FORMS))
            for index in range(count):
                tempo = float(rng.uniform(*parameters.tempo_bpm))
                form = FORMS[forms[index % len(FORMS)]]
                yield Version(subset, work, number, int(singers[index]), int(keys[index]), tempo, form)
                number += 1
            work += 1
        singer += n_singers


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


def render_version(version: Version, parameters: CoverDemoParameters, demo: DemoParameters) -> NDArray[np.float32]:
    """Return the audio of a version, (n_samples,) in [-1, 1].

    Args:
        version: Of one of the works.
        parameters: Length of the versions.
        demo: Population of singers and bands, seed and sample rate.
    """
    rng = np.random.default_rng([demo.seed, RandomStream.VERSION, version.number])
    plan = TrackPlan(
        corpus=version.subset, number=FIRST_SINGER + version.number, singer=version.singer, band=version.singer,
        album=FIRST_SINGER + version.number, genre=str(rng.choice(GENRES)), language=str(rng.choice(LANGUAGES)),
        duration_s=parameters.duration_s, vocal_share=0.9,
    )  # fmt: skip
    band, voice = draw_band(plan, demo), draw_voice(plan.singer, plan, demo)
    groove = Groove(version.tempo_bpm, band.swing.item(), band.busyness.item())
    work = draw_work(version.work, demo.seed)
    score = perform(work, version, groove, voice.pitch_midi.item(), parameters.duration_s)
    (song,) = render_tracks([plan], demo, [score])
    return song.mixture


def _write_version(version: Version, parameters: CoverDemoParameters, demo: DemoParameters) -> None:
    torch.set_num_threads(1)
    path = Path(parameters.root) / version.path
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = (render_version(version, parameters, demo) * 32767).round().astype(np.int16)[None]
    encode_flac(path, samples, demo.sample_rate_hz)


def _row(version: Version) -> dict[str, object]:
    own = {name: getattr(version, name) for name in ("subset", "work_id", "performance_id", "path")}
    how = {name: getattr(version, name) for name in ("semitones", "tempo_bpm", "form")}
    return {**own, "singer_id": singer_name(version.singer), "band": version.singer, **how}


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
