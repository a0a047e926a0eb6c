"""A training step of the demo's encoder with and without `keep_freed_memory`: python -m benchmarks.allocator."""

import argparse
import statistics
import subprocess
import sys
import time

import torch

from real_cloned.core.runtime import keep_freed_memory
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.model import ContrastiveEncoder
from real_cloned.encoders.contrastive.module import ContrastiveTraining
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import ArchitectureParameters, LogMelParameters, PretrainParameters

N_STEPS = 12
PAIRS = 48


def model() -> ContrastiveTraining:
    """Return the demo's encoder with its projector."""
    log_mel = LogMelParameters(sample_rate_hz=16000, n_fft=800, hop_length=400, n_mels=64, floor=1e-4)
    architecture = ArchitectureParameters(
        patch_size=(64, 8), width=128, depth=4, n_heads=4, embedding_size=512, projector_sizes=[512, 512, 512]
    )
    parameters = PretrainParameters(
        name="benchmark", train_stems=["mixture"], inference_stem="mixture", log_mel=log_mel, architecture=architecture,
        temperature=0.2, pairs_per_batch=PAIRS, steps_per_epoch=1, n_validation_pairs=1, max_epochs=1, seed=0,
        learning_rate=5e-4, plateau_factor=0.5, plateau_patience=1, stop_patience=1,
    )  # fmt: skip
    audio = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=6.0)
    return ContrastiveTraining(ContrastiveEncoder(parameters, audio), parameters)


def seconds_per_step() -> float:
    """Return the median time of a step on random segments, the first four left out."""
    training = model()
    optimizer = torch.optim.Adam(training.parameters())
    segments = torch.randint(-9999, 9999, (2 * PAIRS, 96000, 1)).short()
    batch = Batch(segments, None, torch.arange(PAIRS), seed=0)
    times = []
    for _ in range(N_STEPS):
        start = time.perf_counter()
        training.shared_step(batch, "train").backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.perf_counter() - start)
    return statistics.median(times[4:])


def main() -> None:
    """Time both in processes of their own and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--how", choices=["keep", "leave"])
    how = parser.parse_args().how
    if how is None:
        command = [sys.executable, "-m", "benchmarks.allocator", "--how"]
        times = {way: float(subprocess.check_output([*command, way])) for way in ("leave", "keep")}
        print(f"step with memory handed back: {times['leave']:.3f} s")
        print(f"step with memory kept:        {times['keep']:.3f} s")
        print(f"ratio: {times['leave'] / times['keep']:.2f}")
        return
    if how == "keep":
        keep_freed_memory()
    print(seconds_per_step())


if __name__ == "__main__":
    main()
