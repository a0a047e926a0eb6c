"""Short tracks decoded by the workers of a Ray cluster on this machine, and what scheduling costs for each.

    OMP_NUM_THREADS=1 python -m benchmarks.workers [--tracks 2000] [--toy]

The plain way is one process that does track after track. Scheduling is the time of tasks that do nothing, less that of
a loop that does nothing. With more workers than cores there is nothing to gain.
"""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import ray

from benchmarks.timing import seconds
from real_cloned.audio.encode import encode_flac
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.core.executor import run_each, use_executor
from real_cloned.corpora.decoding import DecodeTrack
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.session import ExecutorParameters

AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=1.0)
TRACK_S = 6.0
WORKERS = (1, 2, 4)


def main() -> None:
    arguments = _arguments()
    n_tracks = 20 if arguments.toy else arguments.tracks
    workers = WORKERS[:2] if arguments.toy else WORKERS
    with tempfile.TemporaryDirectory() as name:
        files = _files(Path(name) / "music", n_tracks)
        plain = seconds(lambda: _decode(Path(name) / "plain", files))
        print(
            f"{n_tracks} tracks of {TRACK_S:g} s, {os.cpu_count()} cores; one process: {n_tracks / plain:.0f} a second"
        )
        print("\n| workers | tracks a second | times one process | scheduling, ms a track |\n|---:|---:|---:|---:|")
        for n_workers in workers:
            ray.init("local", num_cpus=n_workers, include_dashboard=False, log_to_driver=False)
            with use_executor(ExecutorParameters(backend="ray")):
                list(run_each(_nothing, range(20 * n_workers)))  # starts the workers
                _decode(Path(name) / f"warm {n_workers}", files[: 4 * n_workers])
                on_ray = seconds(partial(_decode, Path(name) / str(n_workers), files))
                scheduling = seconds(lambda: list(run_each(_nothing, range(n_tracks))))
            ray.shutdown()
            scheduling -= seconds(lambda: [_nothing(number) for number in range(n_tracks)])
            columns = f"{n_tracks / on_ray:.0f} | {plain / on_ray:.2f} | {1000 * scheduling / n_tracks:.2f}"
            print(f"| {n_workers} | {columns} |", flush=True)


def _files(folder: Path, count: int) -> list[Path]:
    """Write files of different noise."""
    folder.mkdir()
    rng, files = np.random.default_rng(0), [folder / f"{number}.flac" for number in range(count)]
    for file in files:
        samples = rng.integers(-8000, 8000, (1, round(TRACK_S * AUDIO.sample_rate_hz)))
        encode_flac(file, samples.astype(np.int16), AUDIO.sample_rate_hz)
    return files


def _decode(folder: Path, files: list[Path]) -> None:
    tasks = [DecodeTrack(file.stem, file, AUDIO) for file in files]
    write_store(folder, StorePlan(tasks), AUDIO.sample_rate_hz, AUDIO.n_channels)


def _nothing(number: int) -> int:
    return number


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=2000, help="how many there are")
    parser.add_argument("--toy", action="store_true", help="a few tracks, to see that it runs: the times mean nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
