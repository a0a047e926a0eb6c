"""Do the costs of every stage stay linear? The demo with 100 and with 10,000 tracks.

    python -m benchmarks.every_stage [--tracks 100 10000]

Each size is a run of the whole study from nothing, in a process and a folder of its own: songs of 7 to 8 s in segments
of 3 s, 55 percent of them of the training corpus, and as many singers enrolled as there are. Steps and epochs are
those of the demo at both sizes. Printed are the seconds of each stage, by the clock and of the processor, and what a
track costs in the latter: they are the ones to look at where other work runs beside.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil
import yaml
from kedro.framework.hooks import hook_impl
from kedro.framework.project import settings
from kedro.framework.startup import bootstrap_project
from kedro.pipeline.node import Node

from benchmarks.settings import ROOT

TRACKS_PER_SINGER = 8
SHARES = {"train": 0.55, "validation": 0.10, "closed": 0.25, "fma": 0.03, "mtg": 0.03}
"""Of the tracks; the rest are clones."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, nargs="+", default=[100, 10_000], help="sizes of the demo")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # the child process of one size: its folder
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.tracks[0], arguments.one)))
        return
    results: dict[int, dict[str, Any]] = {}
    for n_tracks in arguments.tracks:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "benchmarks.every_stage", "--tracks", str(n_tracks), "--one", folder]
            child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
            results[n_tracks] = json.loads(child.stdout.splitlines()[-1])
    print_table(results)


def measure(n_tracks: int, folder: Path) -> dict[str, Any]:
    """Run the study once and return what each stage took.

    Args:
        n_tracks: Tracks of all corpora together, about.
        folder: An empty one, for the configuration and all files.

    Returns:
        `wall` and `busy`, the seconds by stage on the clock and of the processor, the number of `tracks` made, and
        `peak_gib` of memory.
    """
    shutil.copytree(ROOT / "conf", folder / "conf")
    write_yaml(folder / "conf/demo/globals.yml", {"n_channels": 1, "data": str(folder / "data")})
    changed = sizes(n_tracks)
    bootstrap_project(ROOT)
    clock = StageClock()
    with settings.SESSION_CLASS.create(
        project_path=ROOT, env="demo", conf_source=str(folder / "conf"), runtime_params=changed
    ) as session:
        session._hook_manager.register(clock)  # Kedro has no public way to add a hook to one session
        session.run()
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    made = sum(path.suffix in (".flac", ".mp3") for path in (folder / "data/01_raw/demo").rglob("*"))
    return {"wall": clock.wall, "busy": clock.busy, "tracks": made, "peak_gib": max(peaks) / 2**20}


def sizes(n_tracks: int) -> dict[str, Any]:
    """Return the parameters of a demo of so many tracks.

    Args:
        n_tracks: Tracks of all corpora together, about.
    """
    n_singers = {corpus: max(3, round(share * n_tracks / TRACKS_PER_SINGER)) for corpus, share in SHARES.items()}
    n_clones = max(3, round((1 - sum(SHARES.values())) * n_tracks))
    n_cloned = min(n_singers["closed"], max(1, n_clones // 3))
    demo = {
        "n_singers": n_singers, "tracks_per_singer": [TRACKS_PER_SINGER] * 2, "duration_s": [7, 8],
        "n_cloned_singers": n_cloned, "n_clones_per_singer": 3,
    }  # fmt: skip
    corpora = {corpus: {"min_vocal_share": 0.0, "min_tracks_per_singer": 2} for corpus in SHARES}
    probe = {"n_singers": {"closed": [1.0], "cloned": [1.0]}}
    return {"audio": {"segment_s": 3.0}, "demo": demo, "corpora": corpora, "probe": probe}


class StageClock:
    """A hook that adds up the time from the start of each node to that of the next one, by stage.

    Attributes:
        wall: Seconds on the clock, by stage.
        busy: Seconds of the processor, by stage: of this process and of those that it started.
    """

    def __init__(self) -> None:
        self.wall: dict[str, float] = defaultdict(float)
        self.busy: dict[str, float] = defaultdict(float)
        self.stage, self.started = "", (0.0, 0.0)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Add the time since the last node's start to its stage."""
        self._stop()
        self.stage = (node.namespace or node.name).split(".")[0]

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Add the time of the last node."""
        self._stop()

    def _stop(self) -> None:
        now = (time.perf_counter(), processor_seconds())
        if self.stage:
            self.wall[self.stage] += now[0] - self.started[0]
            self.busy[self.stage] += now[1] - self.started[1]
        self.started = now


def processor_seconds() -> float:
    """Return the processor seconds of this process so far, and of those that it started, also of those that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = psutil.Process()
    living = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return ended.ru_utime + ended.ru_stime + sum(times.user + times.system for times in living)


def print_table(results: dict[int, dict[str, Any]]) -> None:
    """Print what each stage took at each size, and what a track costs."""
    for n_tracks, result in results.items():
        took = f"{sum(result['wall'].values()):.0f} s, at most {result['peak_gib']:.1f} GiB of memory in one process"
        print(f"{n_tracks} tracks asked for, {result['tracks']} made, {took}")
    print("seconds on the clock, seconds of the processor, and milliseconds of the processor for a track")
    print(" " * 15 + "".join(f"{result['tracks']:>24} tracks" for result in results.values()))
    for stage in next(iter(results.values()))["wall"]:
        cells = [(result["wall"][stage], result["busy"][stage], result["tracks"]) for result in results.values()]
        print(f"{stage:<15}" + "".join(f"{w:11.1f}{b:10.1f}{1000 * b / made:10.1f}" for w, b, made in cells))


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    """Write a file of the configuration."""
    path.write_text(yaml.safe_dump(content))


if __name__ == "__main__":
    main()
