"""How fast ten runs of the paper's probe are trained, and how much faster that is than the plain way.

    PYTHONPATH=src python -m benchmarks.probe [--singers 100 500] [--epochs 5] [--precision auto]

It makes its own embeddings (2048 numbers, 10 training tracks a singer, 20 segments a track). Three ways train the
same number of epochs, each of 32 steps of 100 segments and of a validation on four segments of each singer's track;
nothing is stopped early, so that all do the same work. The first epoch is a warm-up; the median of the others counts:

- together: what the project does, all runs as one network;
- alone: one run after the other, float32, segments gathered from the same matrix (`train_probe`);
- plain: one run after the other, float32, and every drawn segment fetched by unpickling its track's file, as the
  authors do (theirs does so in 32 processes, which a machine of two cores has no room for).

Of the latter two, one run is timed; the others would take as long. The first takes the
GPU where there is one, the others stay on the CPU.
"""

import argparse
import pickle
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.timing import Marks
from real_cloned.core.runtime import keep_freed_memory, wants_bfloat16
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.batched_training import train_probes
from real_cloned.probing.data import LabelledTracks, Run
from real_cloned.probing.training import train_probe

N_RUNS = 10
CPU = torch.device("cpu")
N_TRACKS, N_SEGMENTS = 11, 20
"""Tracks of each singer, the last of which validates, and segments of each track."""


def parameters(n_epochs: int, **changes: Any) -> ProbeParameters:
    """Return the paper's settings, as conf/base has them."""
    baselines = {
        "methods": ["centroid"], "segments_per_singer": 20, "n_neighbours": 5, "inverse_regularisation": 100.0,
        "max_iterations": 30,
    }  # fmt: skip
    settings = {
        "n_runs": N_RUNS, "n_singers": {}, "baselines": baselines, "seed": 0,
        "calibration": {"prior_deviation": 0.35, "temperature_range": [0.25, 4.0]},
        "hidden_sizes": [1024, 1024], "batch_size": 100, "balance": "singers", "steps_per_epoch": 32,
        "n_validation_segments": 4, "max_epochs": n_epochs, "learning_rate": 0.01, "plateau_factor": 0.1,
        "plateau_patience": 10, "stop_patience": n_epochs + 1, "precision": "auto",
    }  # fmt: skip
    return ProbeParameters.model_validate(settings | changes)


@dataclass(frozen=True)
class Corpus:
    """Embeddings of singers, (n_segments, size), the segments of a track side by side, the tracks of a singer too."""

    segments: Tensor
    n_singers: int

    @classmethod
    def random(cls, n_singers: int, size: int = 2048) -> "Corpus":
        """Return noise around a point for each singer."""
        generator = torch.Generator().manual_seed(0)
        points = torch.randn(n_singers, 1, size, generator=generator)
        noise = torch.randn(n_singers, N_TRACKS * N_SEGMENTS, size, generator=generator)
        return cls((points + 3 * noise).view(-1, size), n_singers)

    def run(self, seed: int) -> Run:
        """Return a run with all singers, in an order of its own."""
        rows = np.arange(len(self.segments)).reshape(self.n_singers, N_TRACKS, N_SEGMENTS)
        rows = np.random.default_rng(seed).permutation(rows)
        labels = np.arange(self.n_singers)
        train = LabelledTracks(list(rows[:, :-1].reshape(-1, N_SEGMENTS)), labels.repeat(N_TRACKS - 1))
        return Run(train, LabelledTracks(list(rows[:, -1]), labels), self.n_singers, seed)


class PickledTracks:
    """Stands in for the matrix: a segment's row number unpickles the file of its track, a dict of tensors by second."""

    def __init__(self, corpus: Corpus, folder: Path):
        self.folder, self.shape, self.dtype = folder, corpus.segments.shape, corpus.segments.dtype
        for track, rows in enumerate(corpus.segments.split(N_SEGMENTS)):
            by_second = {6.0 * number: row.clone() for number, row in enumerate(rows)}
            with self._path(track).open("wb") as file:
                pickle.dump(by_second, file, protocol=pickle.HIGHEST_PROTOCOL)

    def __getitem__(self, rows: Tensor) -> Tensor:
        return torch.stack([self._segment(int(row)) for row in rows])

    def _segment(self, row: int) -> Tensor:
        with self._path(row // N_SEGMENTS).open("rb") as file:
            return pickle.load(file)[6.0 * (row % N_SEGMENTS)]  # noqa: S301  (written above)

    def _path(self, track: int) -> Path:
        return self.folder / f"{track}.pickle"


def seconds_per_step(
    train: Callable[[Any, Callable[..., object]], object], n_runs: int, n_epochs: int, device: torch.device
) -> tuple[float, float]:
    """Return the wall and processor seconds of one step of one run, validation included: those of the median epoch.

    What comes before the end of the first epoch is left out. On a GPU the wall seconds are those between CUDA events.

    train : trains `n_runs` with the parameters it is given, and calls the function it is given after each epoch
    device : that trains
    """
    marks, processor_s = Marks(device), []

    def end_epoch(*_: Any) -> None:
        marks.mark()
        processor_s.append(time.process_time())

    train(parameters(1 + n_epochs), end_epoch)
    n_steps = n_runs * parameters(1).steps_per_epoch
    return statistics.median(marks.intervals()) / n_steps, statistics.median(np.diff(processor_s)) / n_steps


def measured(corpus: Corpus, n_epochs: int, precision: str, device: torch.device) -> dict[str, tuple[float, float]]:
    """Return the wall and processor seconds of one step of one run, by way."""
    runs = [corpus.run(seed) for seed in range(N_RUNS)]
    there = corpus.segments.to(device)

    def together(settings: Any, end_epoch: Callable[..., object]) -> object:
        return train_probes(there, runs, settings.model_copy(update={"precision": precision}), device, end_epoch)

    def one_by_one(segments: Any) -> Callable[[Any, Callable[..., object]], object]:
        return lambda settings, end_epoch: train_probe(segments, runs[0], settings, end_epoch)

    with tempfile.TemporaryDirectory() as folder:
        pickled: Any = PickledTracks(corpus, Path(folder))
        return {
            "together": seconds_per_step(together, N_RUNS, n_epochs, device),
            "alone": seconds_per_step(one_by_one(corpus.segments), 1, n_epochs, CPU),
            "plain": seconds_per_step(one_by_one(pickled), 1, n_epochs, CPU),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--singers", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--epochs", type=int, default=5, help="of 32 steps, that are timed after a first one")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    arguments = parser.parse_args()
    keep_freed_memory()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} CPU threads"
    print(f"{where}, torch {torch.__version__}, {'bfloat16' if wants_bfloat16(arguments.precision) else 'float32'}")
    for n_singers in arguments.singers:
        times = measured(Corpus.random(n_singers), arguments.epochs, arguments.precision, device)
        print(f"{n_singers} singers, {N_RUNS} runs, {arguments.epochs} epochs")
        for way, seconds in times.items():
            shown = [
                f"{1000 * mine:6.1f} ms {clock} (ratio {plain / mine:.1f})"
                for clock, mine, plain in zip(("wall", "processor"), seconds, times["plain"], strict=True)
            ]
            print(f"  {way:8} a run and step: {', '.join(shown)}", flush=True)


if __name__ == "__main__":
    main()
