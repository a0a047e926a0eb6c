"""The shipped detector on singers, bands and instruments of the demo's kind that it has not met.

After `kedro run --pipelines=ingest`: python -m benchmarks.detector_on_demo [--truth data/01_raw/demo_truth]
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
import torch

from benchmarks.vocal_filter import ROOT, scores
from real_cloned.artifacts.weights import read_weights
from real_cloned.audio.shard_store import ShardStore
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters
from real_cloned.vocals.detection.detectors import SHIPPED_DETECTOR, read_detector
from real_cloned.vocals.detection.training import ExampleGenerator

N_EXAMPLES, TOGETHER = 640, 32
OTHER_SEED = 99


def unmet_examples(folder: Path) -> ExampleGenerator:
    """Return a maker of examples from those in `folder` whom the shipped detector did not learn from."""
    if not (folder / "truth.parquet").is_file():
        sys.exit(f"{folder} holds no truth.parquet: run `kedro run --pipelines=ingest` first, or name it with --truth")
    config = DetectorTrainingParameters.model_validate(read_weights(SHIPPED_DETECTOR).config["train_vocal_detector"])
    truth = pd.read_parquet(folder / "truth.parquet")
    unmet = truth[~truth["corpus"].isin([*config.corpora, "cloned"])]
    settings = config.model_copy(update={"seed": OTHER_SEED, "n_distractors": 200})
    return ExampleGenerator(ShardStore(folder / "stems"), unmet, settings)


def main() -> None:
    """Print the scores over freshly mixed windows; one sung for half its time or more counts as sung."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, default=ROOT / "data/01_raw/demo_truth")
    maker, detector = unmet_examples(parser.parse_args().truth), read_detector("shipped")
    sung, heard = [], []
    with torch.inference_mode():
        for _ in range(N_EXAMPLES // TOGETHER):
            examples = maker.draw(TOGETHER)
            sung.append(examples.activity.mean(dim=1) >= 0.5)
            heard.append(torch.sigmoid(detector(examples.windows)))
    print(pd.Series(scores(torch.cat(sung).numpy(), torch.cat(heard).numpy(), 0.5)).round(1).to_string())


if __name__ == "__main__":
    main()
