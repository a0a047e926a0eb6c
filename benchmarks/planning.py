"""What planning a million tracks costs the driver: seconds, and the memory of a process, of each per-track stage.

    OMP_NUM_THREADS=1 python -m benchmarks.planning [--tracks 1000000]

Planning is what the process of `kedro run` does before it hands out the first track, and finishing is what it does
after the last. Tracks are made up, without audio: files of a few bytes, a manifest, an index, a journal in which every
task is done, and shards without data blocks (sparse files), so that each look at a file is one at a file of its own. A
track lasts 30 s, and all of it is sung: 10 windows and 5 segments. Each line is a process of its own:

- list: the manifest is read, and singers of another corpus are left out;
- decode, nothing known: up to the first file to decode, all files read for their hashes (which are of a few bytes here:
  with audio in them, that is as long as reading a corpus takes);
- decode, all known: the run after, which finds nothing to do and writes the store's index and journal again;
- describe: tracks are taken from the index;
- windows: the plan of the vocal filter, with a store that is opened, and its embeddings, all taken up;
- segments: those with singing are selected;
- splits: singers are assigned their tracks to train and test;
- separate, all known: as decode;
- embed: the plan of all segments' embeddings;
- kedro run, segments: the whole command that selects segments, with what Kedro needs and the ledger looks at: all files
  of the corpus and of the store, by name, size and time.
"""

import argparse
import hashlib
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import pandas as pd
from kedro.framework.startup import bootstrap_project
from numpy.typing import NDArray

from benchmarks.settings import BASE, ROOT
from real_cloned.artifacts.embeddings import EmbeddingPlan
from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.shard_files import shard_path
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan, TakeUp, write_store
from real_cloned.audio.task_journal import TaskJournal
from real_cloned.core.files import AnyPath
from real_cloned.core.lazy_list import batched
from real_cloned.corpora.decoding import CLIP_METADATA, decode_tracks, describe_tracks
from real_cloned.corpora.leakage import remove_leakage
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.corpora.splits import split_tracks
from real_cloned.datasets import EmbeddingsDataset, ParquetDataset
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.incremental.runner import IncrementalSession
from real_cloned.parameters.embed import EmbedParameters
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.parameters.variants import MfccParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.pipelines.embed.nodes import embed_segments
from real_cloned.pipelines.separation.nodes import separate_vocals
from real_cloned.schemas import corpora as schemas
from real_cloned.schemas.base import empty_table
from real_cloned.vocals.detection.inference import score_windows
from real_cloned.vocals.detection.segments import select_segments

TRACKS_PER_SINGER, TRACK_S = 20, 30.0
FILTER = VocalFilterParameters(**{**BASE["vocal_filter"], "method": "detector"})
EMBED = EmbedParameters(batch_size=64)
N_WINDOWS, N_SEGMENTS = round(TRACK_S / FILTER.window_s), round(TRACK_S / BASE["audio"]["segment_s"])


@dataclass(frozen=True)
class Made:
    """What is made up, in a folder: `n` tracks."""

    folder: Path
    n: int

    @property
    def audio(self) -> AudioParameters:
        return AudioParameters(**BASE["audio"])

    @property
    def corpus(self) -> CorpusParameters:
        root = str(self.folder / "music")
        return CorpusParameters(name="closed", source="manifest", root=root, split="probe", min_vocal_share=0.5)

    @property
    def separation(self) -> SeparationParameters:
        return SeparationParameters(chunk_s=10.0, separator="small", accompaniment="none")

    @property
    def data(self) -> Path:
        """The folder of the catalog's files, for the command that is run as a whole."""
        return self.folder / "data"

    def table(self, name: str) -> ParquetDataset:
        return ParquetDataset(filepath=str(self.folder / f"{name}.parquet"))

    def store(self, name: str) -> ShardStore:
        return ShardStore(self.folder / name)


class PlanIsMadeError(Exception):
    """Raised by the first task."""


@dataclass(frozen=True)
class First(ClipTask):
    """A task that stops the run as soon as it is handed out."""

    track_id: str = "first"

    def __call__(self, shard: ShardWriter) -> None:
        raise PlanIsMadeError


@dataclass(frozen=True)
class AfterFirst(Sequence[ClipTask]):
    """Tasks that come after `First`."""

    tasks: Sequence[ClipTask]

    def __len__(self) -> int:
        return len(self.tasks) + 1

    def __getitem__(self, number: Any) -> Any:
        return self.tasks[number - 1] if number else First()

    def __iter__(self) -> Iterator[ClipTask]:
        yield First()
        yield from self.tasks


def make(made: Made) -> None:
    """Write files, manifest, and stores of which every task is done."""
    names = [f"{number % 1000:03}/{number:07}.mp3" for number in range(made.n)]
    for name in names:
        path = made.folder / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)  # files of the same content would be one task
    singers = [f"singer {number // TRACKS_PER_SINGER}" for number in range(made.n)]
    pd.DataFrame({"path": names, "singer_id": singers}).to_csv(made.folder / "music/manifest.csv", index=False)


def make_store(made: Made, name: str, plan: StorePlan, stem: str, metadata: dict[str, Any]) -> None:
    """Write a store's shards, and a journal in which all tasks of a plan are done."""
    rate, n_channels = made.audio.sample_rate_hz, made.audio.n_channels
    n_samples, folder = round(TRACK_S * rate), made.folder / name
    folder.mkdir()
    journal = TaskJournal(folder, n_channels)

    def done(key: str, task: ClipTask) -> dict[str, Any]:
        content = hashlib.sha256(f"{name} {task.track_id}".encode()).hexdigest()
        _sparse(shard_path(folder, content), n_samples * n_channels * 2)
        row = {"track_id": task.track_id, "stem": stem, "n_samples": n_samples, **metadata, "content_sha256": content}
        return {"task": key, "rows": [row], "times": [journal._time(row)]}

    keys = journal.task_keys(plan.tasks, f" {rate} {n_channels}", by_content=False)
    for some in batched(zip(keys, plan.tasks, strict=True), 1000):  # `add` would open the file a million times
        journal._add_lines(done(key, task) for key, task in some)
    journal.finish(keys)


def _sparse(path: AnyPath, n_bytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(n_bytes)


def list_stage(made: Made) -> Iterator[None]:
    found, _ = list_tracks(made.corpus)
    singer_ids: Any = [["other"]] * min(1000, made.n)
    other = found.head(1000).assign(singer_id="other", singer_name="other", singer_ids=singer_ids)
    candidates, _ = remove_leakage({"closed": found, "train": other}, made.corpus)
    yield
    made.table("candidates").save(schemas.FoundTracks.validate(candidates))


def decode_nothing_known(made: Made) -> Iterator[None]:
    candidates = made.table("candidates").load()
    plan = decode_tracks(candidates, made.corpus, made.audio)
    try:
        write_store(
            made.folder / "new", StorePlan(AfterFirst(plan.tasks)), made.audio.sample_rate_hz, made.audio.n_channels
        )
    except PlanIsMadeError:
        yield


def decode_all_known(made: Made) -> Iterator[Any]:
    candidates = made.table("candidates").load()  # Kedro keeps what a node was given until its outputs are saved
    yield from all_known(made, "audio", decode_tracks(candidates, made.corpus, made.audio))


class PlannedAt(logging.Handler):
    """Notes when something is logged for the first time."""

    at = (0.0, 0.0)

    def emit(self, record: logging.LogRecord) -> None:
        self.at = self.at if any(self.at) else now()


@contextmanager
def planned_at(name: str) -> Iterator[PlannedAt]:
    """Return what notes when a logger says that the plan is made."""
    handler, logger = PlannedAt(), logging.getLogger(name)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


def all_known(made: Made, name: str, plan: StorePlan) -> Iterator[Any]:
    """Write a store of which nothing is new, and yield once that is known."""
    store = StorePlan(plan.tasks, name=name)
    with planned_at("real_cloned.audio.store_plan") as handler:  # which says how many tasks are new
        write_store(made.folder / name, store, made.audio.sample_rate_hz, made.audio.n_channels, TakeUp())
    yield handler.at


def describe(made: Made) -> Iterator[None]:
    candidates, store = made.table("candidates").load(), made.store("audio")
    tracks, _ = describe_tracks(candidates, store.index)
    yield
    made.table("tracks").save(schemas.Tracks.validate(tracks))


def windows(made: Made) -> Iterator[None]:
    store, tracks = made.store("audio"), made.table("tracks").load()
    yield from save(made, "window_scores", score_windows(store, tracks, made.corpus, FILTER))


def save(made: Made, name: str, plan: EmbeddingPlan) -> Iterator[None]:
    """Save a plan's embeddings, all of which are there already after the first time."""
    dataset = EmbeddingsDataset(filepath=str(made.folder / f"{name}.npy"))
    dataset.take_up("", by_content=False)
    yield
    dataset.save(EmbeddingPlan(plan.index, plan.size, partial(_ones, plan.size), plan.parts, plan.part_sizes))


def _ones(size: int, rows: NDArray[np.intp]) -> Iterator[NDArray[np.float32]]:
    return iter([np.ones((len(rows), size), np.float32)])


def segments(made: Made) -> Iterator[None]:
    scores = EmbeddingsDataset(filepath=str(made.folder / "window_scores.npy")).load()
    tracks = made.table("tracks").load()
    chosen, _ = select_segments(scores, tracks, made.corpus, made.audio, FILTER)
    yield
    made.table("segments").save(schemas.Segments.validate(chosen))


def splits(made: Made) -> Iterator[None]:
    tracks, chosen = made.table("tracks").load(), made.table("segments").load()
    roles, _ = split_tracks(tracks, chosen, pd.DataFrame(columns=["track_id", "role", "offset_s"]), made.corpus)
    yield
    made.table("splits").save(schemas.Splits.validate(roles))


def separate_plan(made: Made) -> tuple[StorePlan, Any]:
    """Return the plan, and what the node was given."""
    tracks, splits, store = made.table("tracks").load(), made.table("splits").load(), made.store("audio")
    plan = separate_vocals(tracks, splits, store, store, made.separation, made.corpus)
    return plan, (tracks, splits, store)


def separate_all_known(made: Made) -> Iterator[Any]:
    plan, _given = separate_plan(made)
    yield from all_known(made, "stems", plan)


def embed(made: Made) -> Iterator[None]:
    weights = mfcc_weights(MfccParameters(name="mfcc", inference_stem="vocals"), made.audio)
    splits, segments = made.table("splits").load(), made.table("segments").load()
    audio, stems = made.store("audio"), made.store("stems")
    yield from save(made, "embeddings", embed_segments(weights, splits, segments, audio, stems, EMBED, made.audio))


def lay_out(made: Made) -> None:
    """Put what the command reads where the catalog has it."""
    primary, intermediate = (made.data / "local" / layer / "closed" for layer in ("03_primary", "02_intermediate"))
    for folder in (primary, intermediate):
        folder.mkdir(parents=True)
    for name in ("tracks.parquet", "window_scores.npy", "window_scores.parquet"):
        (primary / name).symlink_to(made.folder / name)
    (intermediate / "audio").symlink_to(made.folder / "audio")
    empty_table(schemas.PublishedSplits).to_parquet(intermediate / "published.parquet")


def kedro_run(made: Made) -> Iterator[Any]:
    bootstrap_project(ROOT)
    corpus = made.corpus.model_dump(include={"source", "root", "min_vocal_share"})
    with (
        patch.dict(os.environ, REAL_CLONED_DATA=str(made.data)),
        IncrementalSession.create(ROOT, env="base", runtime_params={"corpora": {"closed": corpus}}) as session,
        planned_at("real_cloned.incremental.runner") as handler,  # which says that the node begins
    ):
        cast("IncrementalSession", session).run(node_names=["vocal_filter.closed.find_vocal_segments"])
    yield handler.at


def make_audio(made: Made) -> None:
    plan = decode_tracks(made.table("candidates").load(), made.corpus, made.audio)
    metadata = {**CLIP_METADATA, "duration_s": TRACK_S, "sample_rate_hz": 44100, "n_channels": 2}
    make_store(made, "audio", plan, "mixture", metadata)


def make_stems(made: Made) -> None:
    make_store(made, "stems", separate_plan(made)[0], "vocals", {"separator": "small"})


def make_scores(made: Made) -> None:
    for _ in windows(made):
        pass


def make_embeddings(made: Made) -> None:
    for _ in embed(made):
        pass


Stage = Callable[[Made], Iterator[Any]]
STAGES: dict[str, tuple[Callable[[Made], None] | None, Stage]] = {
    "list": (make, list_stage),
    "decode, nothing known": (None, decode_nothing_known),
    "decode, all known": (make_audio, decode_all_known),
    "describe": (None, describe),
    "windows": (make_scores, windows),
    "segments": (None, segments),
    "splits": (None, splits),
    "separate, all known": (make_stems, separate_all_known),
    "embed": (make_embeddings, embed),
    "kedro run, segments": (lay_out, kedro_run),
}
"""What has to be made before, and what is measured: a generator that yields when the plan is made."""


def now() -> tuple[float, float]:
    """Return the seconds on the clock, and those of the processor in this process."""
    return time.perf_counter(), time.process_time()


def measure(made: Made, name: str) -> dict[str, Any]:
    """Return what it takes until a plan is made and from then on (`now`), and the peak of this process in MiB."""
    started = now()
    steps = STAGES[name][1](made)
    planned = next(steps) or now()
    next(steps, None)
    plan, finish = (np.subtract(*span).tolist() for span in ((planned, started), (now(), planned)))
    return {"plan": plan, "finish": finish, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=1_000_000, help="how many")
    parser.add_argument("--folder", type=Path, help="an empty one, which is kept; by default a temporary one")
    parser.add_argument("--make", choices=STAGES, help=argparse.SUPPRESS)  # child processes
    parser.add_argument("--measure", choices=STAGES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make or arguments.measure:
        run_child(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        print_table(arguments.folder or Path(folder), arguments.tracks)


def run_child(arguments: argparse.Namespace) -> None:
    """Make what a stage needs, or measure it, and print the result."""
    made = Made(arguments.folder, arguments.tracks)
    if arguments.measure:
        print(json.dumps(measure(made, arguments.measure)))
    else:
        prepare = STAGES[arguments.make][0]
        if prepare is not None:
            prepare(made)


def print_table(folder: Path, n_tracks: int) -> None:
    """Run each stage in a process of its own and print a line for it."""
    print(f"{n_tracks} tracks of {TRACK_S:g} s, {N_WINDOWS} windows and {N_SEGMENTS} segments each")
    print(f"{'':<24}{'to plan: s on the clock, of the processor':>44}{'to finish: the same':>22}{'peak MiB':>10}")
    for name in STAGES:
        for step in ("make", "measure"):
            command = [sys.executable, "-m", "benchmarks.planning", "--tracks", str(n_tracks), "--folder", str(folder)]
            child = subprocess.run(
                [*command, f"--{step}", name], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
            )
        took = json.loads(child.stdout.splitlines()[-1])
        seconds = "".join(
            f"{value:>{width}.1f}" for value, width in zip(took["plan"] + took["finish"], (31, 13, 11, 11), strict=True)
        )
        print(f"{name:<24}{seconds}{took['peak']:>10.0f}", flush=True)


if __name__ == "__main__":
    main()
