"""How a shard store is filled: recipes, each of which writes the clips of one track, on one process or on many.

The store is written beside its final name and renamed when complete, so that a half store is never taken for a whole
one. What is half done is taken up again by the next attempt with the same recipes: a run that was killed goes on with
the next track.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.shard_writer import ShardWriter, shard_lock

TASKS_PER_SHARD = 16
NOTE = "filling.json"
"""Says at what work a half store is."""

INDEX_COLUMNS = {
    "track_id": "str", "stem": "str", "shard": "int64", "offset_samples": "int64", "n_samples": "int64",
    "content_sha256": "str",
}  # fmt: skip


class Recipe(Protocol):
    """Writes the clips of one track. Its `repr` tells it from others: work is taken up only for the same recipes."""

    def __call__(self, shard: ShardWriter) -> None:
        """Write each clip of the track to `shard`."""
        ...


@dataclass(frozen=True)
class StorePlan:
    """What a store is filled with: `n_jobs` processes (-1: one per core) share the recipes, which must then pickle."""

    recipes: Sequence[Recipe]
    label: str = ""
    n_jobs: int = 1

    @property
    def identity(self) -> str:
        """A hash that is the same for the same recipes."""
        digest = hashlib.sha256()
        for recipe in self.recipes:
            digest.update(repr(recipe).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


@dataclass(frozen=True)
class Clip:
    """The recipe of a clip that is in memory already: samples (n_channels, n_samples) int16."""

    track_id: str
    stem: str
    samples: NDArray[np.int16]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, shard: ShardWriter) -> None:
        """Write the clip."""
        clip = shard.clip(self.track_id, self.stem)
        clip.append(self.samples)
        clip.facts.update(self.facts)


def write_store(folder: Path | str, filling: StorePlan, sample_rate_hz: int, n_channels: int) -> None:
    """Fill a new store at `folder`, replacing what is there once it is complete.

    Memory holds one piece of one track per process. Raises ValueError when a clip is not (n_channels, n) int16.
    """
    folder = Path(folder)
    partial = _partial(folder)
    _take_up(partial, {"recipes": filling.identity, "sample_rate_hz": sample_rate_hz, "n_channels": n_channels})
    _write_index(partial, _fill(partial, filling, n_channels))
    (partial / "store.json").write_text(json.dumps({"sample_rate_hz": sample_rate_hz, "n_channels": n_channels}))
    (folder / "store.json").unlink(missing_ok=True)  # from here on, what is left of the old store is no store
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    for note in (*folder.glob("*.jsonl"), *folder.glob("*.lock"), folder / NOTE):
        note.unlink(missing_ok=True)


def discard_partial_store(folder: Path) -> None:
    """Delete what a killed run has left of the store at `folder`, which a next one would go on from."""
    _drop(_partial(folder))


def _partial(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.partial")


def _drop(partial: Path) -> None:
    for lock in partial.glob("*.lock"):
        with shard_lock(partial, int(lock.stem)):
            pass  # nobody is at it any more
    (partial / NOTE).unlink(missing_ok=True)  # from here on it is nobody's work, also where only half of it is deleted
    shutil.rmtree(partial, ignore_errors=True)


def _take_up(partial: Path, wanted: dict[str, Any]) -> None:
    """Keep what an earlier attempt left in `partial` if it was at the same work, else begin anew."""
    note = partial / NOTE
    if not note.is_file() or note.read_text() != json.dumps(wanted):
        _drop(partial)
        partial.mkdir(parents=True)
        note.write_text(json.dumps(wanted))


def _fill(partial: Path, filling: StorePlan, n_channels: int) -> list[dict[str, Any]]:
    """Write all shards; return the rows of the index in the order of the recipes."""
    starts = range(0, len(filling.recipes), TASKS_PER_SHARD)
    groups = [filling.recipes[start : start + TASKS_PER_SHARD] for start in starts]
    n_jobs = min(cpu_count() if filling.n_jobs < 0 else filling.n_jobs, max(1, len(groups)))
    with tqdm(
        desc=filling.label, total=len(filling.recipes), unit="track", mininterval=1.0, disable=not filling.label
    ) as bar:
        if n_jobs == 1:
            parts = [_fill_shard(partial, number, group, n_channels, bar.update) for number, group in enumerate(groups)]
        else:
            tasks = (delayed(_fill_shard)(partial, number, group, n_channels) for number, group in enumerate(groups))
            parts = []
            for part, group in zip(Parallel(n_jobs=n_jobs, return_as="generator")(tasks), groups, strict=True):
                parts.append(part)
                bar.update(len(group))
    return [row for part in parts for row in part]


def _fill_shard(
    folder: Path, number: int, recipes: Sequence[Recipe], n_channels: int, tick: Callable[[int], Any] | None = None
) -> list[dict[str, Any]]:
    """Write what is missing of one shard; return all its rows."""
    with ShardWriter(folder, number, n_channels) as shard:
        for place, recipe in enumerate(recipes):
            if place >= shard.n_done:
                recipe(shard)
                shard.commit()
            if tick is not None:
                tick(1)
        return shard.rows


def _write_index(folder: Path, rows: list[dict[str, Any]]) -> None:
    index = pd.DataFrame(rows)
    if index.empty:
        index = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in INDEX_COLUMNS.items()})
    index.to_parquet(folder / "index.parquet")
