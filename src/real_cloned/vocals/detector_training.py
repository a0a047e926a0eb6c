"""Training of the vocal detector on the demo's voices, over the demo's bands and instruments that the demo lacks."""

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from real_cloned.audio.store import ShardStore
from real_cloned.errors import RealClonedError
from real_cloned.vocal_parameters import DetectorTrainingParameters
from real_cloned.vocals.detector import VocalDetector, save_detector
from real_cloned.vocals.detector_examples import ExampleMaker, Examples
from real_cloned.weights import Weights


def train_vocal_detector(stems: ShardStore, truth: pd.DataFrame, parameters: DetectorTrainingParameters) -> Weights:
    """Return a detector trained on windows mixed from the stems of the corpora that `parameters` name.

    stems : vocals and accompaniment of every track in `truth`; truth : schemas.DemoTruth

    Raises RealClonedError where the demo made no track of these corpora.
    """
    torch.manual_seed(parameters.seed)
    chosen = truth[truth["corpus"].isin(parameters.corpora)]
    if chosen.empty:
        raise RealClonedError(
            f"train_vocal_detector.corpora is {parameters.corpora}, and the demo made no track of these: run "
            "`kedro run --pipelines=ingest` in the demo environment first"
        )
    examples = ExampleMaker(stems, chosen, parameters)
    detector = VocalDetector(parameters, stems.sample_rate_hz)
    optimizer = torch.optim.AdamW(detector.parameters(), lr=parameters.learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, parameters.learning_rate, parameters.n_steps)
    bar = trange(parameters.n_steps, desc="train vocal detector", unit="step", mininterval=1.0)
    for _ in bar:
        optimizer.zero_grad()
        loss = detection_loss(detector, examples.draw(parameters.batch_size))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.3f}")
    return save_detector(detector, parameters, stems.sample_rate_hz)


def detection_loss(detector: VocalDetector, examples: Examples) -> Tensor:
    """Return the cross entropy of frames, and of windows: sung from half on, those near a half weighing little."""
    windows, frames = detector.logits(examples.windows)
    share = examples.activity.mean(dim=1)
    heard = functional.binary_cross_entropy_with_logits(frames, examples.activity)
    weight = (2 * share - 1).abs()
    return heard + functional.binary_cross_entropy_with_logits(windows, (share >= 0.5).float(), weight)
