"""Works in several versions, for version identification: each has another singer, band, key, tempo and form.

All numbers come from the seeds of work and version, so that each version can be rendered alone; `demo.work_score` has
the music.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.encode import encode_flac
from real_cloned.core.executor import run_in_order
from real_cloned.core.files import atomic_write, resolve_path
from real_cloned.demo.band import Band
from real_cloned.demo.discography import RandomStream, TrackPlan, singer_name
from real_cloned.demo.effects import GENRES
from real_cloned.demo.score import LANGUAGES, Groove, Score
from real_cloned.demo.song import draw_band, draw_mix, draw_voice, render_tracks
from real_cloned.demo.voice import Voice
from real_cloned.demo.work_chroma import cens, score_classes
from real_cloned.demo.work_score import FORMS, Version, draw_work, perform
from real_cloned.parameters.covers import CoverDemoParameters
from real_cloned.parameters.ingest import DemoParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import CoverWorks

FIRST_SINGER = 2**20
"""Far from the numbers of the study's singers, and so from their voices."""
FIRST_SCORE = 2**20
"""Far from the numbers of works, versions and singers of which there is audio."""
SCORE_VERSIONS = 2
"""Versions of a work that is a score only: as many as a pair needs."""


def make_works(parameters: CoverDemoParameters, demo: DemoParameters) -> pd.DataFrame:
    """Write the audio of all versions, and a manifest for each subset; return what they are.

    Args:
        parameters: How many works and versions there are, and where they are written.
        demo: Of what population singers and bands are; the seed and the sample rate.

    Returns:
        `schemas.covers.CoverWorks`.
    """
    versions = list(plan_versions(parameters, demo.seed))
    written = run_in_order(partial(_write_version, parameters=parameters, demo=demo), versions, parameters.n_jobs)
    list(tqdm(written, total=len(versions), desc="make works", unit="track", mininterval=1.0))
    table = pd.DataFrame([_row(version) for version in versions], columns=list(empty_table(CoverWorks)))
    for subset, rows in table.groupby("subset"):
        names = {"performance_id": "track_id", "singer_id": "singer_name"}
        manifest = rows.rename(columns=names)[["track_id", "path", "work_id", "singer_name"]]
        with atomic_write(resolve_path(parameters.root) / str(subset) / "manifest.csv") as path:
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


def plan_score_versions(parameters: CoverDemoParameters, seed: int) -> list[Version]:
    """Return the versions of the works that are scores only; neither they nor their singers are in any subset.

    Args:
        parameters: How many works there are; each has `SCORE_VERSIONS` versions.
        seed: Of the demo.
    """
    if not parameters.n_score_works:
        return []
    counts = {"n_works": {"train": parameters.n_score_works}, "n_versions": {"train": SCORE_VERSIONS}}
    works = parameters.model_copy(update=counts)
    return [
        replace(
            version,
            subset="scores",
            work=FIRST_SCORE + version.work,
            number=FIRST_SCORE + version.number,
            singer=FIRST_SCORE + version.singer,
        )
        for version in plan_versions(works, seed)
    ]


def render_version(version: Version, parameters: CoverDemoParameters, demo: DemoParameters) -> NDArray[np.float32]:
    """Return the audio of a version, (n_samples,) in [-1, 1].

    Args:
        version: Of one of the works.
        parameters: Length of the versions.
        demo: Population of singers and bands, seed and sample rate.
    """
    plan = _plan_track(version, parameters, demo)
    score = _perform(version, draw_voice(plan.singer, plan, demo), draw_band(plan, demo), parameters, demo)
    (song,) = render_tracks([plan], demo, [score])
    return song.mixture


def chroma_of_scores(
    parameters: CoverDemoParameters, demo: DemoParameters, smoothing_s: float
) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    """Yield work, performance and chroma CENS of the works that are scores only.

    Args:
        parameters: How many works there are, and how long their versions.
        demo: Of what population singers and bands are; the seed and the sample rate.
        smoothing_s: Length of the window of CENS, in seconds.
    """
    versions = plan_score_versions(parameters, demo.seed)
    compute = partial(compute_chroma, parameters=parameters, demo=demo, smoothing_s=smoothing_s)
    chroma = run_in_order(compute, versions, parameters.n_jobs)
    bar = tqdm(chroma, total=len(versions), desc="compute scores", unit="version", mininterval=1.0)
    for version, one in zip(versions, bar, strict=True):
        yield version.work_id, version.performance_id, one


def compute_chroma(
    version: Version, parameters: CoverDemoParameters, demo: DemoParameters, smoothing_s: float
) -> NDArray[np.float32]:
    """Return the chroma CENS that a version would have, (12, n_frames) at `demo.work_chroma.FRAME_RATE_HZ`.

    Args:
        version: Of one of the works.
        parameters: Length of the versions.
        demo: Population of singers and bands, seed and sample rate.
        smoothing_s: Length of the window of CENS, in seconds.
    """
    plan = _plan_track(version, parameters, demo)
    voice, band = draw_voice(plan.singer, plan, demo), draw_band(plan, demo)
    score, vocal_db = _perform(version, voice, band, parameters, demo), draw_mix([plan], demo).vocal_db.item()
    return cens(score_classes(score, voice, band, vocal_db, demo.sample_rate_hz), smoothing_s)


def _plan_track(version: Version, parameters: CoverDemoParameters, demo: DemoParameters) -> TrackPlan:
    rng = np.random.default_rng([demo.seed, RandomStream.VERSION, version.number])
    return TrackPlan(
        corpus=version.subset, number=FIRST_SINGER + version.number, singer=version.singer, band=version.singer,
        album=FIRST_SINGER + version.number, genre=str(rng.choice(GENRES)), language=str(rng.choice(LANGUAGES)),
        duration_s=parameters.duration_s, vocal_share=0.9,
    )  # fmt: skip


def _perform(
    version: Version, voice: Voice, band: Band, parameters: CoverDemoParameters, demo: DemoParameters
) -> Score:
    groove = Groove(version.tempo_bpm, band.swing.item(), band.busyness.item())
    return perform(draw_work(version.work, demo.seed), version, groove, voice.pitch_midi.item(), parameters.duration_s)


def _write_version(version: Version, parameters: CoverDemoParameters, demo: DemoParameters) -> None:
    torch.set_num_threads(1)
    path = resolve_path(parameters.root) / version.path
    samples = (render_version(version, parameters, demo) * 32767).round().astype(np.int16)[None]
    encode_flac(path, samples, demo.sample_rate_hz)


def _row(version: Version) -> dict[str, object]:
    own = {name: getattr(version, name) for name in ("subset", "work_id", "performance_id", "path")}
    how = {name: getattr(version, name) for name in ("semitones", "tempo_bpm", "form")}
    return {**own, "singer_id": singer_name(version.singer), "band": version.singer, **how}
