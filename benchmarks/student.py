"""The student of CAM++ trained without Kedro, on synthetic singers that are made first, in slices that go on.

    PYTHONPATH=src python -m benchmarks.student FOLDER --weights campplus_cn_en_common.pt [--minutes 7] [--size laptop]

The machine needs Python with torch, torchaudio, numpy, pandas, pyarrow, lightning, timm, scikit-learn and pydantic;
`benchmarks/student.sh` installs wheels that were carried. Call it again until it says that the training is finished:
each call takes so many minutes at most, and goes on from the last epoch. At its end it prints the mean cosine to the
teacher's embeddings of bare voices, on synthetic singers that no training has heard, of the teacher and of the student
over bands, and writes FOLDER/student.safetensors, which `benchmarks.voices_over_bands` and `load_encoder` read.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml

from real_cloned.artifacts.weights import write_weights
from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.demo.discography import TrackPlan, plan_tracks
from real_cloned.demo.song import render_tracks
from real_cloned.encoders.contrastive.datamodule import PairBatches
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.student.module import StudentTraining
from real_cloned.encoders.student.training import pretrain_student, student_training, student_weights
from real_cloned.parameters.ingest import AudioParameters, DemoParameters
from real_cloned.parameters.pretrain import StudentParameters
from real_cloned.training.checkpoints import CheckpointDir

CONF = Path(__file__).parents[1] / "conf" / "base"
AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=6.0)
TRACK_S = 12
TOY = {"pairs_per_batch": 2, "steps_per_epoch": 1, "n_validation_pairs": 2, "max_epochs": 2, "crop_s": 1.0}


@dataclass(frozen=True)
class RenderStems(ClipTask):
    """The task that renders the two stems of a track.

    Attributes:
        plan: The track.
        demo: Settings of the demo.
    """

    plan: TrackPlan
    demo: DemoParameters

    @property
    def track_id(self) -> str:
        return self.plan.track_id

    def __call__(self, shard: ShardWriter) -> None:
        """Render the track and write its stems to `shard`."""
        torch.set_num_threads(1)
        (song,) = render_tracks([self.plan], self.demo)
        for stem in ("vocals", "accompaniment"):
            clip = shard.clip(self.plan.track_id, stem)
            clip.append(np.rint(32767 * getattr(song, stem)).astype(np.int16)[None])
            clip.metadata.update(corpus=self.plan.corpus, singer_id=str(self.plan.singer))


def settings(size: str, weights: str, epochs: int | None = None) -> StudentParameters:
    """Return the parameters of the variant `student`: as conf/base has them, or the laptop's, or a test's.

    Args:
        size: `base`, `laptop` or `toy`.
        weights: Of the teacher.
        epochs: At most so many; None: those of the size.
    """
    parameters = yaml.safe_load((CONF / "parameters/pretrain.yml").read_text())["pretrain"]["student"]
    laptop = yaml.safe_load((CONF / "globals_laptop.yml").read_text())["laptop"]["pretrain"]["student"]
    smaller: dict[str, Any] = {"base": {}, "laptop": laptop, "toy": TOY}[size]
    limit = {} if epochs is None else {"max_epochs": epochs}
    return StudentParameters.model_validate(parameters | smaller | limit | {"init_from": weights, "checkpoint_s": 0})


def demo_stems(folder: Path, n_singers: int) -> Path:
    """Return a store with the stems of synthetic singers, which are rendered where they are not there yet.

    Args:
        folder: Where the store is put.
        n_singers: A tenth of them are of the corpus `validation`, the others of `train`.
    """
    conf = yaml.safe_load((CONF / "parameters/ingest.yml").read_text())["demo"]
    n_validation = max(2, n_singers // 10)
    changes = {"root": "none", "sample_rate_hz": AUDIO.sample_rate_hz, "duration_s": (TRACK_S, TRACK_S)}
    counts = {"n_singers": {"train": n_singers - n_validation, "validation": n_validation}, "tracks_per_singer": (3, 5)}
    demo = DemoParameters.model_validate(conf | changes | counts)
    path = folder / f"stems_{n_singers}"
    if not (path / "store.json").is_file():
        tasks = [RenderStems(plan, demo) for plan in plan_tracks(demo)]
        write_store(path, StorePlan(tasks, "render stems", n_jobs=-1), AUDIO.sample_rate_hz, AUDIO.n_channels)
    return path


def source(store: ShardStore, corpus: str, parameters: StudentParameters) -> PairSource:
    """Return the pairs of a corpus in a store of stems, of segments side by side in which the voice is heard.

    Args:
        store: Stems `vocals` and `accompaniment`; its index has singer_id and corpus, as that of the demo's truth.
        corpus: `train` or `validation`.
        parameters: Of the variant.
    """
    clips = store.index[(store.index["stem"] == "vocals") & (store.index["corpus"] == corpus)]
    tracks = clips[["track_id", "singer_id"]].reset_index(drop=True)
    offsets = [(track, offset) for track in tracks["track_id"] for offset in sung_offsets(store, track)]
    segments = pd.DataFrame(offsets, columns=["track_id", "offset_s"])
    corpus_tables = TrainingCorpus(tracks, tracks[["track_id"]], segments, store, store)
    return PairSource.from_corpus(parameters, AUDIO, corpus_tables)


def sung_offsets(store: ShardStore, track_id: str) -> list[float]:
    """Return where the segments of a track begin whose voice is at most 20 dB below that of the whole track."""
    vocals = store.read(track_id, "vocals")[0].astype(np.float32)
    size = AUDIO.segment_samples
    powers = np.square(vocals[: len(vocals) // size * size].reshape(-1, size)).mean(axis=1)
    return [AUDIO.segment_s * index for index in np.flatnonzero(powers > 0.01 * np.square(vocals).mean())]


def mean_cosine(module: StudentTraining, validation: PairSource) -> float:
    """Return the mean cosine to the teacher over the fixed pairs."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    n_batches = -(-module.settings.n_validation_pairs // module.settings.pairs_per_batch)
    batches = PairBatches(validation, module.settings, n_batches, fixed=True)
    moved = (
        batch._replace(
            segments=batch.segments.to(device),
            accompaniment=None if batch.accompaniment is None else batch.accompaniment.to(device),
            labels=batch.labels.to(device),
        )
        for batch in (batches.batch(number) for number in range(n_batches))
    )
    module.to(device)
    return float(np.mean([module.mean_cosine(batch) for batch in moved]))


def report(folder: Path, parameters: StudentParameters, validation: PairSource) -> None:
    """Print what was reached, and write the weights of the best epoch so far."""
    checkpoints = CheckpointDir(folder / "training", fingerprint="")  # read only, whichever training it is
    if checkpoints.last is None:
        print("no epoch is finished yet: call it again with more minutes")
        return
    module = student_training(parameters, AUDIO)
    before = mean_cosine(module, validation)
    module.load_state_dict(checkpoints.read("best")["state_dict"])
    last = checkpoints.read("last")
    for row in last["history"]:
        print(
            f"epoch {row['epoch']}: loss {row['train_loss']:.4f}, validation {row['validation_loss']:.4f}, "
            f"{row['seconds']:.0f} s"
        )
    after = mean_cosine(module, validation)
    print(f"mean cosine to the teacher, singers not trained on: {before:.3f} before, {after:.3f} after")
    write_weights(folder / "student.safetensors", student_weights(module, AUDIO))
    print("finished" if last["finished"] else "not finished: call it again")


def main() -> None:
    """Train for a slice in a process of its own, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="keeps stems, checkpoints and the weights")
    parser.add_argument("--weights", default="installed", help="campplus_cn_en_common.pt, or `installed`")
    parser.add_argument(
        "--n-singers", type=int, default=400, help="synthetic singers to make; a tenth of them validate"
    )
    parser.add_argument("--stems", type=Path, help="a store to train on instead, such as data/01_raw/demo_truth/stems")
    parser.add_argument("--minutes", type=float, default=7.0, help="of training at most, before it reports")
    parser.add_argument("--size", choices=["base", "laptop", "toy"], default="base", help="of batches and epochs")
    parser.add_argument("--epochs", type=int, help="at most so many, instead of those of the size")
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    parameters, started = settings(arguments.size, arguments.weights, arguments.epochs), time.monotonic()
    store = ShardStore(arguments.stems or demo_stems(arguments.folder, arguments.n_singers))
    train, validation = (source(store, corpus, parameters) for corpus in ("train", "validation"))
    if arguments.train:
        pretrain_student(parameters, AUDIO, train, validation, arguments.folder / "training")
        return
    print(f"{train.sampler.n_groups} singers to train on, {validation.sampler.n_groups} to validate with", flush=True)
    left_s = max(1.0, 60 * arguments.minutes - (time.monotonic() - started))
    try:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.student", *sys.argv[1:], "--train"], timeout=left_s, check=True
        )
    except subprocess.TimeoutExpired:
        print("the slice is over")
    report(arguments.folder, parameters, validation)


if __name__ == "__main__":
    main()
