"""How well singers are told apart through a band: error rates of CAM++, and of its student, on real voices.

    python -m benchmarks.voices_over_bands [--root PATH] [--student weights.safetensors]

PATH holds manifest.csv, the a cappella clips of singers/ and acapella/, and songs/ with notes (UltraStar). Each clip is
laid over two bands: a stretch of a song without notes, and Spleeter's accompaniment of a section of a song; levels are
those of the voice above the band, by root mean square over the clip. Clips are at most 11.5 s, which is one block of
Spleeter; of a karaoke performance they are its three loudest sections. A trial is a pair of clips of different songs
whose bands are of different songs, too; all such pairs are tried, and they are the same in every row. AS-norm
(`metrics.score_normalisation`) compares each score with those of the 30 nearest of 60 synthetic singers of the demo,
over the bands of other ones at the same level, and heard in the same way. Intervals are of 95 %, over singers.

All this was fixed before any of it was run. Nothing is trained or chosen here. What takes long is kept in a folder of
the system's temporary files.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn
from torchaudio.functional import resample
from tqdm import tqdm

from benchmarks.intervals import error_rate_interval
from benchmarks.settings import BASE
from benchmarks.ultrastar import read_notes
from real_cloned.artifacts.weights import read_weights
from real_cloned.audio.decode import decode
from real_cloned.audio.segment_reader import turn_down_accompaniment
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write
from real_cloned.demo.discography import TrackPlan, plan_tracks
from real_cloned.demo.song import render_tracks
from real_cloned.encoders.baselines.campplus import CampplusEncoder, campplus_tensors
from real_cloned.encoders.registry import load_encoder
from real_cloned.metrics.score_normalisation import Cohort, normalised_pair_scores
from real_cloned.metrics.verification import equal_error_rate, pair_scores
from real_cloned.parameters.ingest import DemoParameters
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.vocals.separation.separators import load_network

ROOT = Path(__file__).parents[1]
RATE_HZ, HEARD_HZ = 44100, 16000
CLIP_S, MIN_CLIP_S, MIN_STRETCH_S, MARGIN_S = 11.5, 6.0, 8.0, 0.5
KARAOKE_CLIPS = 3
LEVELS_DB = (6.0, 0.0, -3.0)
KINDS = ("stretch without notes", "accompaniment")
CONDITIONS = [(KINDS[0], None), *((kind, level) for kind in KINDS for level in LEVELS_DB)]
"""A band, and the level of the voice above it; None: the voice alone."""
STEMS = ("mixture", "vocals", "turned_down")
GAIN = 0.35
N_COHORT, N_NEAREST = 60, 30
NOTES_END_EARLY = "Heaven_cant_wait"
"""Its notes end 39 s before the song, and singing goes on."""

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """A voice, a band of each kind to lay it over, and the songs that the bands are of.

    Attributes:
        singer: Who sings.
        album: The song or the performance that the voice is of.
        voice: Shape: (1, n_samples), at 44.1 kHz.
        bands: By kind. Shape of each: (2, n_samples).
        songs: By kind, the name of a song.
    """

    singer: str
    album: str
    voice: Sound
    bands: dict[str, Sound]
    songs: dict[str, str]


class Kept:
    """Spleeter, and a folder for what takes long: separated vocals, rendered songs, embeddings.

    Raises:
        RealClonedError: Spleeter's weights are missing.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.gettempdir()) / "voices_over_bands"
        parameters = SeparationParameters(separator="spleeter", accompaniment="none")
        self.networks = {rate: load_network(parameters, rate) for rate in (RATE_HZ, HEARD_HZ)}
        self.folder.mkdir(parents=True, exist_ok=True)

    def array(self, made_from: list[bytes], make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return an array, which is made where it is not kept; `made_from` tells it from all others."""
        path = self.folder / f"{hashlib.sha256(b'/'.join(made_from)).hexdigest()[:32]}.npy"
        if not path.is_file():
            with atomic_write(path) as partial, partial.open("wb") as file:
                np.save(file, make())
        return np.asarray(np.load(path))

    def vocals(self, mixture: NDArray[np.int16], rate_hz: int) -> NDArray[np.int16]:
        """Return the vocals of a mixture of (2, n) samples at 44.1 kHz, in two channels at `rate_hz`."""
        stream = self.networks[rate_hz].stream
        return self.array(
            [mixture.tobytes(), f"vocals {rate_hz}".encode()],
            lambda: np.concatenate(list(stream("", [mixture])), axis=1),
        )


def load_teacher() -> CampplusEncoder:
    """Return CAM++ with its published weights.

    Raises:
        RealClonedError: They are missing.
    """
    teacher = CampplusEncoder(HEARD_HZ).eval()
    teacher.network.load_state_dict(dict(campplus_tensors("installed")))
    return teacher


def read_voices(root: Path) -> Iterator[tuple[str, str, Sound]]:
    """Yield singer, album and samples (1, n) of each clip: of the start of short files, of the loudest of long ones."""
    manifest = pd.read_csv(root / "manifest.csv", dtype=str, keep_default_na=False)
    for row in manifest[manifest["kind"] == "acapella"].itertuples():
        samples = as_float(decode(root / str(row.path), RATE_HZ, 1).samples)
        sections = loudest_sections(samples) if str(row.path).startswith("acapella/") else [samples]
        for section in sections:
            if section.shape[1] >= MIN_CLIP_S * RATE_HZ:
                yield str(row.singer_id), str(row.album), section[:, : round(CLIP_S * RATE_HZ)]


def loudest_sections(samples: Sound) -> list[Sound]:
    """Return the loudest of the sections, side by side, of (1, n) samples, in their order."""
    size = round(CLIP_S * RATE_HZ)
    sections = [samples[:, start : start + size] for start in range(0, samples.shape[1] - size + 1, size)]
    loudest = np.argsort([-rms(section) for section in sections], kind="stable")[:KARAOKE_CLIPS]
    return [sections[index] for index in sorted(loudest)]


def read_bands(root: Path) -> Iterator[tuple[str, Sound, list[tuple[float, float]]]]:
    """Yield the name of each song, its samples (2, n), and its stretches without notes, in seconds."""
    for file in sorted(root.glob("songs/*/*/song.txt")):
        samples = as_float(decode(next(file.parent.glob("audio.*")), RATE_HZ, 2).samples)
        notes = sorted(read_notes(file.read_text(encoding="utf-8", errors="replace")))
        last = max(note.end_s for note in notes)
        if file.parent.name == NOTES_END_EARLY:
            samples = samples[:, : round(last * RATE_HZ)]
        starts = [0.0, *np.maximum.accumulate([note.end_s for note in notes])]
        ends = [note.start_s for note in notes] + [samples.shape[1] / RATE_HZ]
        inner = [(start + MARGIN_S, end - MARGIN_S) for start, end in zip(starts, ends, strict=True)]
        yield file.parent.name, samples, [(start, end) for start, end in inner if end - start >= MIN_STRETCH_S]


def draw_section(song: Sound, spans: list[tuple[float, float]], n_samples: int, rng: np.random.Generator) -> Sound:
    """Return a random section of (2, n) samples within a span; a short span is repeated, a silent section redrawn."""
    while True:
        start_s, end_s = spans[rng.integers(len(spans))]
        span = song[:, round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        start = int(rng.integers(max(1, span.shape[1] - n_samples + 1)))
        section = np.take(span, range(start, start + n_samples), axis=1, mode="wrap")
        if rms(section) > 0.1 * rms(song):
            return section


def read_clips(root: Path, kept: Kept) -> list[Clip]:
    """Return all voices, each with its bands."""
    rng, songs = np.random.default_rng(0), list(read_bands(root))
    with_stretches = [song for song in songs if song[2]]
    clips = []
    for singer, album, voice in tqdm(list(read_voices(root)), desc="bands", unit="clip"):
        n_samples = voice.shape[1]
        name, song, spans = with_stretches[rng.integers(len(with_stretches))]
        stretch = draw_section(song, spans, n_samples, rng)
        other, song, _ = songs[rng.integers(len(songs))]
        section = as_int16(draw_section(song, [(0.0, song.shape[1] / RATE_HZ)], n_samples, rng))
        rest = as_float(section) - as_float(kept.vocals(section, RATE_HZ))
        bands, names = dict(zip(KINDS, (stretch, rest), strict=True)), dict(zip(KINDS, (name, other), strict=True))
        clips.append(Clip(singer, album, voice, bands, names))
    return clips


def cohort(kept: Kept) -> list[Clip]:
    """Return synthetic singers, each over the band of the next."""
    settings = BASE["demo"] | {"n_singers": {"train": N_COHORT}, "n_cloned_singers": 0, "duration_s": (13, 13)}
    demo = DemoParameters.model_validate(settings | {"root": "none"})
    sung = [plan for plan in plan_tracks(demo) if plan.vocal_share > 0.5]  # others can be silent for as long as a clip
    plans = {plan.singer: plan for plan in reversed(sung)}
    n_samples = round(CLIP_S * demo.sample_rate_hz)

    def rendered(plan: TrackPlan) -> Sound:
        """Return vocals and accompaniment, (2, n), at 44.1 kHz; the end, which comes before no introduction."""
        (song,) = render_tracks([plan], demo)
        stems = torch.from_numpy(np.stack([song.vocals, song.accompaniment])[:, -n_samples:])
        return np.asarray(resample(stems, demo.sample_rate_hz, RATE_HZ).numpy())

    stems = {
        plan.singer: kept.array(
            [b"cohort", demo.model_dump_json().encode(), plan.track_id.encode()], partial(rendered, plan)
        )
        for plan in plans.values()
    }
    clips, singers = [], sorted(stems)
    for singer, other in zip(singers, singers[1:] + singers[:1], strict=True):
        band, name = np.repeat(stems[other][1:], 2, axis=0), f"singer {singer}"
        clips.append(Clip(name, name, stems[singer][:1], dict.fromkeys(KINDS, band), dict.fromkeys(KINDS, name)))
    return clips


def mixture(clip: Clip, kind: str, level_db: float | None) -> NDArray[np.int16]:
    """Return a voice over its band, (2, n), with a peak of 0.9; without the band where there is no level."""
    voice = np.repeat(clip.voice, 2, axis=0)
    band = clip.bands[kind]
    mixed = voice if level_db is None else voice + band * rms(clip.voice) / rms(band) / 10 ** (level_db / 20)
    return as_int16(0.9 * mixed / np.abs(mixed).max())


def hear(clip: Clip, kind: str, level_db: float | None, stem: str, kept: Kept) -> NDArray[np.int16]:
    """Return what an encoder is given, (1, n) at 16 kHz."""
    mixed = mixture(clip, kind, level_db)
    whole = resample(torch.from_numpy(as_float(mixed)), RATE_HZ, HEARD_HZ).mean(dim=0, keepdim=True).numpy()
    if stem == "mixture":
        return as_int16(whole)
    vocals = as_int16(as_float(kept.vocals(mixed, HEARD_HZ)).mean(axis=0, keepdims=True))
    return vocals if stem == "vocals" else turn_down_accompaniment(as_int16(whole)[:, : vocals.shape[1]], vocals, GAIN)


def embed(encoder: nn.Module, sounds: list[NDArray[np.int16]], kept: Kept) -> NDArray[np.float32]:
    """Return an embedding per sound, of unit length."""
    state = b"".join(tensor.numpy().tobytes() for tensor in encoder.state_dict().values())
    made_from = [b"embedding", hashlib.sha256(state).digest()]

    @torch.inference_mode()
    def embedded(sound: NDArray[np.int16]) -> NDArray[np.float32]:
        return np.asarray(encoder(torch.from_numpy(sound)[None])[0].numpy())

    rows = np.stack([kept.array([*made_from, sound.tobytes()], partial(embedded, sound)) for sound in sounds])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def pair_list(clips: list[Clip]) -> pd.DataFrame:
    """Return all trials as `metrics.trials.trial_list` has them, with the singer of each side."""
    pairs = [
        (i, j, a.singer == b.singer, a.singer, b.singer)
        for i, a in enumerate(clips)
        for j, b in enumerate(clips[i + 1 :], i + 1)
        if a.album != b.album and all(a.songs[kind] != b.songs[kind] for kind in KINDS)
    ]
    return pd.DataFrame(pairs, columns=["first", "second", "is_same", "first_singer", "second_singer"])


def line(trials: pd.DataFrame, embeddings: Sound, cohort_rows: Sound) -> str:
    """Return both error rates with their intervals, as cells of a table."""
    plain = pair_scores(trials, embeddings)
    cells = []
    is_same, singers = trials["is_same"].to_numpy(), trials[["first_singer", "second_singer"]].to_numpy()
    for scores in (plain, normalised_pair_scores(trials, embeddings, Cohort(cohort_rows, N_NEAREST))):
        low, high = error_rate_interval(scores, is_same, singers)
        rate = equal_error_rate(scores, trials["is_same"])
        cells.append(f"{100 * rate:.1f} ({100 * low:.1f} to {100 * high:.1f})")
    return " | ".join(cells)


def rms(samples: Sound) -> float:
    """Return the root mean square of samples of any shape."""
    return float(np.sqrt(np.mean(samples**2)))


def as_float(samples: NDArray[np.int16]) -> Sound:
    """Return samples in [-1, 1]."""
    return samples.astype(np.float32) / np.float32(32768)


def as_int16(samples: Sound) -> NDArray[np.int16]:
    """Return samples in steps of 16 bits."""
    return np.rint(32768 * samples).clip(-32768, 32767).astype(np.int16)


def main() -> None:
    """Print the table."""
    arguments = _arguments()
    try:
        teacher = load_teacher()
        students = {} if arguments.student is None else {"student": load_encoder(read_weights(arguments.student))}
        kept = Kept()
    except RealClonedError as error:
        sys.exit(f"{error}")
    clips, others = read_clips(arguments.root, kept), cohort(kept)
    trials = pair_list(clips)
    n_singers, n_same = len({clip.singer for clip in clips}), int(trials["is_same"].sum())
    print(f"{len(clips)} clips by {n_singers} singers; {n_same} trials of one singer, {len(trials) - n_same} of two")
    head = ("band", "voice above it", "encoder", "hears", "EER, %", "with AS-norm, %")
    print(f"\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    encoders = {"CAM++": teacher, **students}
    for kind, level in CONDITIONS:
        for name, encoder in encoders.items():
            for stem in STEMS if level is not None and name == "CAM++" else STEMS[:1]:
                hearing = partial(hear, kind=kind, level_db=level, stem=stem, kept=kept)
                band = "none" if level is None else f"{kind} | {level:+.0f} dB"
                where = band if level is not None else "none | –"
                embeddings = [embed(encoder, [hearing(clip) for clip in part], kept) for part in (clips, others)]
                cells = line(trials, *embeddings)
                print(f"| {where} | {name} | {stem if level is not None else 'voice'} | {cells} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT.parent / "shared" / "real", help="holds manifest.csv")
    parser.add_argument("--student", type=Path, help="weights of an encoder that hears the mixture")
    arguments = parser.parse_args()
    if not (arguments.root / "manifest.csv").is_file():
        parser.error(f"{arguments.root} holds no manifest.csv: give the folder of real recordings with --root")
    return arguments


if __name__ == "__main__":
    main()
