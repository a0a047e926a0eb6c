"""The folders, names and metadata tables of the corpora that the demo imitates (field.md has the originals' facts)."""

from pathlib import Path

import pandas as pd

from real_cloned.core.files import atomic_write
from real_cloned.demo.catalogue import TrackPlan, singer_name

LICENCE = "CC0-1.0"


def singer_id(singer: int) -> str:
    """Return the id under which a manifest names a singer."""
    return f"singer_{singer:05d}"


def audio_path(plan: TrackPlan) -> str:
    """Return where a track lies, relative to the demo's root."""
    number = plan.number
    places = {
        "fma": f"fma/fma_demo/{number // 1000:03d}/{number:06d}.mp3",
        "mtg": f"mtg/audio/{number % 100:02d}/{number}.mp3",
    }
    return places.get(plan.corpus, f"{plan.corpus}/audio/{plan.track_id}.mp3")


def write_metadata(plans: list[TrackPlan], root: Path) -> None:
    """Write the table of every corpus: fma_metadata/tracks.csv, data/autotagging.tsv, manifest.csv."""
    for corpus in {plan.corpus for plan in plans}:
        mine = [plan for plan in plans if plan.corpus == corpus]
        {"fma": _write_fma, "mtg": _write_mtg}.get(corpus, _write_manifest)(mine, root / corpus)


def _write_manifest(plans: list[TrackPlan], root: Path) -> None:
    rows = [
        {
            "track_id": plan.track_id,
            "path": Path(audio_path(plan)).relative_to(root.name).as_posix(),
            "singer_id": singer_id(plan.singer),
            "singer_name": singer_name(plan.singer),
            "album_id": f"album_{plan.album:07d}",
            "genre": plan.genre,
            "language": plan.language,
            "clone_method": plan.clone_method,
            "clone_source_id": plan.original_id,
            "licence": LICENCE,
        }
        for plan in plans
    ]
    with atomic_write(root / "manifest.csv") as path:
        pd.DataFrame(rows).to_csv(path, index=False)


def _write_fma(plans: list[TrackPlan], root: Path) -> None:
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


def _write_mtg(plans: list[TrackPlan], root: Path) -> None:
    names = [f"artist_{plan.singer:06d}" for plan in plans]
    with atomic_write(root / "data" / "autotagging.tsv") as path, path.open("w", encoding="utf-8") as file:
        file.write("TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n")
        for plan, artist in zip(plans, names, strict=True):
            place = Path(audio_path(plan)).relative_to("mtg/audio").as_posix()
            row = [
                plan.track_id,
                artist,
                f"album_{plan.album:06d}",
                place,
                f"{plan.duration_s}.0",
                f"genre---{plan.genre}",
            ]
            file.write("\t".join([*row, "instrument---voice"]) + "\n")
