"""How fast the paper's encoder is pretrained, and how much faster that is than the plain way.

    PYTHONPATH=src python -m benchmarks.pretrain [--pairs 128] [--steps 50] [--tracks 100 10000] [--deterministic]
        [--graph] [--log-mels] [--curve] [--peak-tflops 790]

It makes its own tracks of random samples. On a CPU it takes 16 pairs and 10 steps if not told. Steps are timed by the
device's own clock, after the first ones. --graph and --log-mels set `cuda_graph` and `resident_log_mel`; on a CPU the
step that a GPU would record is done each time, and samples are kept. --curve trains 300 steps on singers of different
pitch, as the other options say and once more plainly in float32, and prints both losses.

Plain is: torchaudio's log-mel, timm's transformer, float32, a forward pass per side, no compilation, and each segment
decoded from its mp3 when it is wanted, by an ffmpeg process (authors' code) where that program is installed, and within
Python.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torchaudio.transforms import MelSpectrogram

from benchmarks import flop, plain
from benchmarks.timing import Marks
from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.core.runtime import keep_freed_memory, use_deterministic_algorithms
from real_cloned.encoders.contrastive.datamodule import Batch, PairBatches, PairData, Process
from real_cloned.encoders.contrastive.graph import N_EAGER, GraphTraining
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, vision_transformer
from real_cloned.encoders.contrastive.module import ContrastiveTraining
from real_cloned.encoders.contrastive.pairs import PairSampler, PairSource
from real_cloned.encoders.contrastive.training import trainer_settings
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters

AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=2, segment_s=6.0)
TRACK_S = 12
MADE_AT_ONCE = 100
"""Tracks."""
N_WARM = N_EAGER + 2
"""Steps before the times are taken: those before the one that is recorded, itself, and one more."""
N_LOADED = 100
"""Batches that the loader alone is timed on."""
N_CURVE, N_WINDOWS = 300, 6
"""Steps of a loss curve, and means that are shown of it."""


def parameters(n_pairs: int, n_steps: int, **changes: Any) -> PretrainParameters:
    """Return the paper's settings, as conf/base has them."""
    log_mel = {"sample_rate_hz": 16000, "n_fft": 800, "hop_length": 400, "n_mels": 128}
    architecture = {
        "patch_size": (16, 16), "width": 384, "depth": 12, "n_heads": 6, "embedding_size": 2048,
        "projector_sizes": [1024, 1024, 2048],
    }  # fmt: skip
    settings = {
        "name": "benchmark", "train_stems": ["mixture"], "inference_stem": "mixture", "log_mel": log_mel,
        "architecture": architecture, "temperature": 0.2, "pairs_per_batch": n_pairs, "steps_per_epoch": n_steps,
        "n_validation_pairs": n_pairs, "max_epochs": 1, "learning_rate": 1e-4, "plateau_factor": 0.5,
        "plateau_patience": 25, "stop_patience": 100, "seed": 0,
    }  # fmt: skip
    return PretrainParameters.model_validate(settings | changes)


def random_tracks(folder: Path, n_tracks: int, n_stems: int = 1) -> PairSource:
    """Return tracks of noise, as many in each stem."""
    block = np.random.default_rng(0).integers(-9999, 9999, (TRACK_S * AUDIO.sample_rate_hz * 10, 2), np.int16)
    return _source(folder, n_tracks, lambda _: np.concatenate([block] * (MADE_AT_ONCE // 10)), n_stems)


def sung_tracks(folder: Path, n_tracks: int) -> PairSource:
    """Return tracks of which each singer has a pitch of their own, with noise that is as loud."""
    rng, seconds = np.random.default_rng(0), np.arange(TRACK_S * AUDIO.sample_rate_hz) / AUDIO.sample_rate_hz

    def samples(first: int) -> Any:
        singers = np.arange(first, first + MADE_AT_ONCE) // 2
        hertz = 80 * 2 ** (5 * singers / n_tracks)  # (n_tracks of the file,)
        tones = np.concatenate([4000 * np.sin(2 * np.pi * pitch * seconds) for pitch in hertz])
        return (tones[:, None] + rng.normal(0, 2800, (len(tones), 2))).astype(np.int16)

    return _source(folder, n_tracks, samples)


def _source(folder: Path, n_tracks: int, samples: Callable[[int], Any], n_stems: int = 1) -> PairSource:
    """Return tracks of 12 s, two to a singer, two segments to a track, a file for each as in a shard store."""
    n_frames, files = TRACK_S * AUDIO.sample_rate_hz, []
    for first in range(0, n_tracks, MADE_AT_ONCE):
        for number, track in enumerate(np.split(samples(first), MADE_AT_ONCE), start=first):
            files.append(folder / f"{number % 256:02x}" / f"{number:05d}.i16")
            files[-1].parent.mkdir(exist_ok=True)
            track.tofile(files[-1])
    os.sync()  # or writing to the disk would go on while times are taken
    tracks = np.arange(n_tracks)
    clips = np.stack([tracks, np.zeros(n_tracks, np.int64), np.full(n_tracks, n_frames)], axis=1)
    offsets = np.tile([0, AUDIO.segment_samples], n_tracks * n_stems)
    bank = SegmentBank(files, clips, np.tile(tracks.repeat(2), n_stems), offsets, (AUDIO.segment_samples, 2))
    return PairSource(PairSampler(np.arange(0, n_tracks + 1, 2), np.arange(0, 2 * n_tracks + 1, 2)), bank)


class Waiting:
    """Batches of which it is known how long the loop that asks for them has waited."""

    def __init__(self, batches: PairBatches):
        self.batches, self.seconds = batches, [0.0]

    def __len__(self) -> int:
        return len(self.batches)

    def set_epoch(self, epoch: int) -> None:
        self.batches.set_epoch(epoch)

    def __iter__(self) -> Iterator[Batch]:
        items = iter(self.batches)
        for _ in range(len(self)):
            start = time.perf_counter()
            batch = next(items)
            self.seconds.append(time.perf_counter() - start)
            yield batch


class TimedData(PairData):
    """Pairs to train on, without validation."""

    def train_dataloader(self) -> Any:
        before = _allocated()
        self.waiting = Waiting(super().train_dataloader())
        self.resident_bytes = _allocated() - before
        return self.waiting

    def val_dataloader(self) -> Any:
        return []


class Timed(ContrastiveTraining):
    """The training, with the time at which each step was done, and its loss."""

    def on_train_start(self) -> None:
        self.marks = Marks(self.device)
        self.losses: list[torch.Tensor] = []

    def on_train_batch_end(self, outputs: Any, *_: Any) -> None:
        self.marks.mark()
        self.losses.append(outputs["loss"].detach())

    def on_train_epoch_end(self) -> None:
        pass


class TimedGraph(Timed, GraphTraining):
    """The same of the training whose step is recorded."""


@dataclass(frozen=True)
class Fit:
    """What was seen of a training.

    Attributes:
        seconds: Of the median step, and of each.
        waiting: Share of the time in which Lightning's loop waited for batches.
        resident_gib: What the segments take of a GPU's memory.
        peak_gib: Most memory that was taken: of the GPU, or by the process so far.
        losses: Of each step.
    """

    seconds: float
    waiting: float
    resident_gib: float
    peak_gib: float
    losses: list[float] = field(repr=False)


def end_to_end(source: PairSource, settings: Any) -> Fit:
    """Return what is seen of a training in Lightning's loop, from random weights that are always the same."""
    torch.manual_seed(0)
    torch.compiler.reset()
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    kind = TimedGraph if settings.cuda_graph else Timed
    model, data = kind(ContrastiveEncoder(settings, AUDIO), settings), TimedData(source, source, settings)
    trainer = lightning.Trainer(
        **trainer_settings(settings), max_epochs=1, logger=False, enable_checkpointing=False, num_sanity_val_steps=0,
        enable_progress_bar=False, enable_model_summary=False, use_distributed_sampler=False, limit_val_batches=0,
    )  # fmt: skip
    trainer.fit(model, datamodule=data)
    steps = model.marks.intervals(N_WARM)
    waited = sum(data.waiting.seconds[-len(steps) :])
    losses = torch.stack(model.losses).float().tolist()
    return Fit(statistics.median(steps), waited / sum(steps), data.resident_bytes / 2**30, _peak_gib(), losses)


def same_numbers_step(source: PairSource, settings: Any) -> float:
    """Return the median seconds of a step that gives the same numbers each time."""
    use_deterministic_algorithms()
    try:
        return end_to_end(source, settings.model_copy(update={"cuda_graph": False})).seconds
    finally:
        torch.use_deterministic_algorithms(False)


def loader(source: PairSource, settings: Any, device: torch.device) -> float:
    """Return seconds per batch of the loader alone, where the files lie in the system's memory."""
    batches = PairBatches(source, settings, settings.steps_per_epoch, process=Process(device))
    return median_seconds(lambda number: batches.batch(number), N_LOADED, device)


class PlainLogMel(nn.Module):
    """The log-mel of torchaudio as it is; `(batch, n_channels, n_samples)` of int16."""

    def __init__(self, settings: Any):
        super().__init__()
        self.mel = MelSpectrogram(
            settings.sample_rate_hz, settings.n_fft, hop_length=settings.hop_length, n_mels=settings.n_mels
        )

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        sound = waveforms.float()
        mel = self.mel(sound / sound.abs().amax(dim=(1, 2), keepdim=True))
        return torch.log(mel[..., : waveforms.shape[-1] // self.mel.hop_length] + 1e-10)


def plain_step(settings: Any, device: torch.device) -> float:
    """Return seconds per step of the plain way, on one batch again and again."""
    encoder = ContrastiveEncoder(settings, AUDIO)
    encoder.trunk = vision_transformer(settings, AUDIO)
    encoder.set_submodule("log_mel", PlainLogMel(settings.log_mel), strict=True)
    model = ContrastiveTraining(encoder, settings).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, eps=1e-9)
    shape = (2, settings.pairs_per_batch, 2, AUDIO.segment_samples)
    sides = torch.randint(-9999, 9999, shape, dtype=torch.int16, device=device)

    def step(_: int) -> None:
        rows = torch.cat([functional.normalize(model.projector(model.encoder(side))) for side in sides])
        partner = torch.arange(len(rows), device=device).roll(len(rows) // 2)
        logits = (rows @ rows.T / 0.2).fill_diagonal_(-torch.inf)
        functional.cross_entropy(logits, partner).backward()
        optimizer.step()
        optimizer.zero_grad()

    return median_seconds(step, max(3, settings.steps_per_epoch // 2), device)


def curves(settings: Any, n_tracks: int = 200, n_steps: int = N_CURVE) -> str:
    """Return the mean losses of equal parts of a training, and of the same one in float32 without compilation.

    The noise is the greatest standard error of such a mean.
    """
    plainly = {"precision": "float32", "compile": "never", "cuda_graph": False, "resident_log_mel": "never"}
    with tempfile.TemporaryDirectory() as folder:
        source = sung_tracks(Path(folder), n_tracks)
        settings = settings.model_copy(update={"steps_per_epoch": n_steps})
        fits = [end_to_end(source, one) for one in (settings, settings.model_copy(update=plainly))]
    losses = np.array([fit.losses for fit in fits]).reshape(2, N_WINDOWS, -1)  # (2, n_windows, n_steps of one)
    means, noise = losses.mean(axis=2), losses.std(axis=2).max() / losses.shape[2] ** 0.5
    shown = [" ".join(f"{mean:.3f}" for mean in row) for row in means]
    return f"{shown[0]} against {shown[1]}, apart by at most {np.abs(means[0] - means[1]).max():.3f}, noise {noise:.3f}"


def median_seconds(work: Callable[[int], object], count: int, device: torch.device) -> float:
    """Return the median time of `work`, the first call left out."""
    marks = Marks(device)
    for number in range(count):
        work(number)
        marks.mark()
    return statistics.median(marks.intervals())


def share_of_peak(settings: Any, step_s: float, peak: float | None) -> str:
    """Return which share of a device's operations a step uses (MFU); a dash where its peak is not known."""
    return "–" if peak is None else f"{flop.step_flop(settings, AUDIO) / step_s / peak:.1%}"


def main() -> None:
    """Measure and print."""
    keep_freed_memory()
    warnings.simplefilter("ignore")  # Lightning's advice, which is not for this
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    arguments = _arguments(device)
    settings = parameters(
        arguments.pairs, arguments.steps + N_WARM, compile=arguments.compile, cuda_graph=arguments.graph,
        resident_log_mel="auto" if arguments.log_mels else "never",
    )  # fmt: skip
    n_segments = 2 * arguments.pairs
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} CPU threads"
    print(f"{where}, torch {torch.__version__}, {arguments.pairs} pairs of stereo segments of 6 s a step")
    rates_of_ours, peak = [], 1e12 * arguments.peak_tflops if arguments.peak_tflops else flop.peak_of(where)
    for n_tracks in arguments.tracks:
        with tempfile.TemporaryDirectory() as folder:
            source = random_tracks(Path(folder), n_tracks)
            read = loader(source, settings, device)
            fit = end_to_end(source, settings)
            same = same_numbers_step(source, settings) if arguments.deterministic else None
        rates_of_ours.append(n_segments / read)
        print(f"{n_tracks} tracks ({source.bank.n_bytes / 2**30:.1f} GiB)")
        print(f"  loader:     {n_segments / read:9.0f} segments/s")
        step = fit.seconds
        print(f"  memory: at most {fit.peak_gib:.1f} GiB; {fit.resident_gib:.1f} GiB of segments on the GPU")
        print(
            f"  end to end: {n_segments / step:9.1f} segments/s, {step:.4f} s a step, {fit.waiting:.1%} waiting for "
            f"data, {share_of_peak(settings, step, peak)} of the peak"
        )
        if same is not None:
            print(f"  with `deterministic: true`: {same:.4f} s a step; ratio {same / step:.2f}")
        plain_seconds = plain_step(settings, device)
        print(f"  plain step: {plain_seconds:.4f} s; ratio {plain_seconds / step:.2f}")
    if arguments.curve:
        print(f"mean losses of {N_CURVE // N_WINDOWS} steps: {curves(settings)}")
    rates = plain.segments_per_second(AUDIO)
    for way, rate in rates.items():
        print(f"plain loader, {way}: {rate:.1f} segments/s; ratio {rates_of_ours[0] / rate:.0f}")
    if not rates:
        print("plain loader: not measured, PyAV is not installed")


def _allocated() -> int:
    return torch.cuda.memory_allocated() if torch.cuda.is_available() else 0


def _peak_gib() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _arguments(device: torch.device) -> argparse.Namespace:
    is_gpu = device.type == "cuda"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=128 if is_gpu else 16)
    parser.add_argument("--steps", type=int, default=50 if is_gpu else 10)
    parser.add_argument("--tracks", type=int, nargs="+", default=[100, 10000], help="multiples of 100")
    parser.add_argument("--compile", choices=("auto", "always", "never"), default="auto", help="auto: on a GPU")
    parser.add_argument("--graph", action="store_true", help="record the step as one CUDA graph")
    parser.add_argument("--log-mels", action="store_true", help="keep log-mels on the GPU in the place of samples")
    parser.add_argument("--curve", action="store_true", help=f"print the losses of {N_CURVE} steps, also plain ones")
    parser.add_argument("--peak-tflops", type=float, help="what the GPU does at best; else by its name")
    parser.add_argument("--deterministic", action="store_true", help="measure also what the same numbers cost")
    return parser.parse_args()


if __name__ == "__main__":
    main()
