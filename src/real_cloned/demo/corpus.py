"""The demo corpus on disk: audio files and metadata in the layouts of FMA, of MTG-Jamendo and of a plain manifest.

The tracks are rendered in parallel, each from its own seeds; the ground truth is written to a shard store. The layouts
follow https://github.com/mdeff/fma and https://github.com/MTG/mtg-jamendo-dataset.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.encode import encode_flac, encode_mp3
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan
from real_cloned.core.files import AnyPath, atomic_write, resolve_path
from real_cloned.demo.discography import TrackPlan, plan_tracks, singer_name
from real_cloned.demo.song import Song, render_tracks
from real_cloned.parameters.ingest import DemoParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import DemoTruth

LICENCE = "CC0-1.0"
ID_SPACE = "demo"
"""A catalogue of real singers may have an id such as `singer_00000`, too; it means somebody else there."""
BIT_RATE = 64_000


def demo_store_plan(parameters: DemoParameters) -> StorePlan:
    """Return the plan of a store with the stems of every track; running it also writes the audio files.

    Each clip is (1, n_samples) int16, with stem `vocals` or `accompaniment`; its metadata are the columns of
    `schemas.corpora.DemoTruth`, which `ground_truth` reads back from the index of the store.

    Args:
        parameters: The demo.
    """
    tasks = [RenderTrack(plan, parameters) for plan in plan_tracks(parameters)]
    return StorePlan(tasks, "make demo corpus", n_jobs=-1, name="demo")


def write_metadata(parameters: DemoParameters) -> None:
    """Write the metadata that the reader of each corpus needs.

    Args:
        parameters: The demo; the files go to its root.
    """
    write_layouts(plan_tracks(parameters), resolve_path(parameters.root))


def ground_truth(stems: ShardStore) -> pd.DataFrame:
    """Return the ground truth of every track.

    Args:
        stems: The store that `demo_store_plan` describes.

    Returns:
        `schemas.corpora.DemoTruth`.
    """
    columns, index = list(empty_table(DemoTruth)), stems.index
    if index.empty:
        return empty_table(DemoTruth)
    return index.loc[index["stem"] == "vocals", columns].reset_index(drop=True)


@dataclass(frozen=True)
class RenderTrack(ClipTask):
    """The task that renders one track.

    Attributes:
        plan: The track.
        parameters: The demo.
    """

    plan: TrackPlan
    parameters: DemoParameters

    @property
    def track_id(self) -> str:
        """Identifier of the track."""
        return self.plan.track_id

    @property
    def side_file(self) -> AnyPath:
        """The audio file."""
        return resolve_path(self.parameters.root) / audio_path(self.plan)

    def __call__(self, shard: ShardWriter) -> None:
        """Render the track, write its audio file and its stems.

        Tracks are rendered one at a time, since a single one fills the cache of a CPU.

        Args:
            shard: What writes the stems.
        """
        torch.set_num_threads(1)
        (song,) = render_tracks([self.plan], self.parameters)
        path = self.side_file
        mixture, rate = _to_int16(song.mixture), self.parameters.sample_rate_hz
        if path.suffix == ".mp3":
            encode_mp3(path, mixture, rate, BIT_RATE)
        else:
            encode_flac(path, mixture, rate)
        for stem in ("vocals", "accompaniment"):
            clip = shard.clip(self.plan.track_id, stem)
            clip.append(_to_int16(getattr(song, stem)))
            clip.metadata.update(_truth_row(song))


def _truth_row(song: Song) -> dict[str, Any]:
    plan = song.plan
    row = {"corpus": plan.corpus, "path": audio_path(plan), "singer_id": singer_id(plan.singer)}
    return row | {"seed": plan.number, "vocal_activity": song.vocal_activity}


def _to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return (samples * 32767).round().astype(np.int16)[None]


def singer_id(singer: int) -> str:
    """Return the id that a manifest gives a singer.

    Args:
        singer: Number of the singer.
    """
    return f"singer_{singer:05d}"


def audio_path(plan: TrackPlan) -> str:
    """Return the path of a track's audio file, relative to the demo's root.

    Those of FMA and MTG-Jamendo are MP3, as there. The others are FLAC: half of the time to make a song went into MP3.

    Args:
        plan: The track.
    """
    number = plan.number
    paths = {
        "fma": f"fma/fma_demo/{number // 1000:03d}/{number:06d}.mp3",
        "mtg": f"mtg/audio/{number % 100:02d}/{number}.mp3",
    }
    return paths.get(plan.corpus, f"{plan.corpus}/audio/{plan.track_id}.flac")


def write_layouts(plans: list[TrackPlan], root: AnyPath) -> None:
    """Write the metadata of every corpus: fma_metadata/tracks.csv, data/autotagging.tsv or manifest.csv.

    Args:
        plans: The tracks of all corpora.
        root: Folder of the demo, with one folder per corpus.
    """
    for corpus in {plan.corpus for plan in plans}:
        selected = [plan for plan in plans if plan.corpus == corpus]
        {"fma": _write_fma, "mtg": _write_mtg}.get(corpus, _write_manifest)(selected, root / corpus)


def _write_manifest(plans: list[TrackPlan], root: AnyPath) -> None:
    rows = [
        {
            "track_id": plan.track_id,
            "path": PurePosixPath(audio_path(plan)).relative_to(root.name).as_posix(),
            "singer_id": singer_id(plan.singer),
            "singer_name": singer_name(plan.singer),
            "album_id": f"album_{plan.album:07d}",
            "genre": plan.genre,
            "language": plan.language,
            "clone_method": plan.clone_method,
            "clone_source_id": plan.original_track_id,
            "licence": LICENCE,
            "id_space": ID_SPACE,
        }
        for plan in plans
    ]
    with atomic_write(root / "manifest.csv") as path:
        pd.DataFrame(rows).to_csv(path, index=False)


def _write_fma(plans: list[TrackPlan], root: AnyPath) -> None:
    columns = {
        ("album", "id"): [plan.album for plan in plans],
        ("artist", "id"): [plan.singer for plan in plans],
        ("artist", "name"): [singer_name(plan.singer) for plan in plans],
        ("track", "duration"): [plan.duration_s for plan in plans],
        ("track", "genre_top"): [plan.genre.title() for plan in plans],
        ("track", "language_code"): [plan.language[:2] for plan in plans],
        ("track", "license"): [LICENCE for _ in plans],
        ("track", "title"): [f"Song {plan.number}" for plan in plans],
    }
    table = pd.DataFrame(columns, index=pd.Index([plan.number for plan in plans], name="track_id"))
    with atomic_write(root / "fma_metadata" / "tracks.csv") as path:
        table.to_csv(path)


def _write_mtg(plans: list[TrackPlan], root: AnyPath) -> None:
    artists = [f"artist_{plan.singer:06d}" for plan in plans]
    with atomic_write(root / "data" / "autotagging.tsv") as path, path.open("w", encoding="utf-8") as file:
        file.write("TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n")
        for plan, artist in zip(plans, artists, strict=True):
            path_in_audio = PurePosixPath(audio_path(plan)).relative_to("mtg/audio").as_posix()
            row = [
                plan.track_id,
                artist,
                f"album_{plan.album:06d}",
                path_in_audio,
                f"{plan.duration_s}.0",
                f"genre---{plan.genre}",
            ]
            file.write("\t".join([*row, "instrument---voice"]) + "\n")
