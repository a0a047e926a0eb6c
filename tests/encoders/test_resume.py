"""A training that is killed at any moment and started again ends with the same weights; another one never goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
from real_cloned.encoders import checkpoints
from real_cloned.encoders.contrastive.module import pretrain
from real_cloned.encoders.contrastive.pairs import PairSource
from tests.tiny import AUDIO, AUGMENT, MIX, PRETRAIN, RATE, but

MASHUP = but(
    PRETRAIN, name="mashup", train_stems=["vocals"], mix=MIX.model_dump(), augment=AUGMENT.model_dump(),
    max_epochs=12, learning_rate=0.01, plateau_patience=1, stop_patience=9, checkpoint_s=0,
)  # fmt: skip


def source(folder, parameters=MASHUP, scale=1):
    """Two singers of two tracks: noise, `scale` times as loud."""
    rng = np.random.default_rng(0)
    stems = ("vocals", "accompaniment")
    clips = [
        WriteClip(f"t{k}", stem, scale * rng.integers(-900, 900, (1, RATE), np.int16))
        for k in range(4)
        for stem in stems
    ]
    for name in ("audio", "stems"):
        write_store(folder / name, StorePlan(clips), RATE, 1)
    tracks = pd.DataFrame({"track_id": [f"t{k}" for k in range(4)], "singer_id": list("aabb")})
    segments = tracks[["track_id"]].merge(pd.Series([0.0, 0.3, 0.6], name="offset_s"), how="cross")
    stores = ShardStore(folder / "audio"), ShardStore(folder / "stems")
    return PairSource.of(parameters, AUDIO, tracks, tracks[["track_id"]], segments, *stores)


def train(folder, checkpoints_at, parameters=MASHUP, **changes):
    """Train in `folder`, keeping checkpoints elsewhere."""
    data = source(folder, parameters, **changes)
    return pretrain(parameters, AUDIO, data, data, checkpoints_at)


def same(one, other):
    return all(torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items())


LOSSES = ["epoch", "train_loss", "validation_loss", "learning_rate"]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("unbroken")
    return *train(folder, folder / "training"), folder


SLOW = """
import time
from pathlib import Path
from real_cloned.encoders.contrastive.trainer import Progress
from tests.encoders.test_resume import train
Progress.on_train_batch_end = lambda *_: time.sleep(0.1)
train(Path({folder!r}), Path({folder!r}) / "training")
"""


def killed(folder, epochs):
    """Start the same training in a process of its own, and kill it once so many epochs have been written down."""
    program = SLOW.format(folder=str(folder))
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL
    )
    last = folder / "training" / "last.ckpt"
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if last.is_file() and len(torch.load(last, weights_only=True)["history"]) >= epochs:
            break
        time.sleep(0.02)
    time.sleep(0.1)  # into the next epoch
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_killed_in_the_middle_and_started_again_it_ends_with_the_same_losses_and_weights(unbroken, tmp_path):
    weights, history, _ = unbroken
    killed(tmp_path, 4)
    assert len(torch.load(tmp_path / "training" / "last.ckpt", weights_only=True)["history"]) < len(history)
    again, went_on = train(tmp_path, tmp_path / "training")
    assert went_on[LOSSES].equals(history[LOSSES])
    assert same(again, weights)
    assert history["learning_rate"].nunique() > 1  # the plateau schedule went on, too


def test_a_training_that_is_done_is_not_done_again(unbroken, monkeypatch):
    weights, history, folder = unbroken
    monkeypatch.setattr("real_cloned.encoders.contrastive.module.fit", lambda *_: pytest.fail("it trained"))
    again, same_history = train(folder, folder / "training")
    assert same(again, weights)
    assert same_history.equals(history)


@pytest.mark.parametrize("changes", [{"parameters": but(MASHUP, temperature=0.3)}, {"scale": 2}])
def test_checkpoints_of_other_parameters_or_other_sounds_are_not_taken_up(unbroken, tmp_path, changes, monkeypatch):
    _, _, folder = unbroken
    taken = []
    monkeypatch.setattr(
        "real_cloned.encoders.contrastive.module.fit",
        lambda model, data, attempt: taken.append(attempt.unfinished) or 1 / 0,
    )
    (tmp_path / "training").mkdir()
    for file in folder.glob("training/*.*"):
        (tmp_path / "training" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ZeroDivisionError):
        train(tmp_path, tmp_path / "training", **changes)
    assert taken == [None]


def test_the_identity_changes_with_the_code(unbroken, tmp_path, monkeypatch):
    _, _, folder = unbroken
    data = source(tmp_path)
    before = checkpoints.identity(MASHUP, AUDIO, data, data)
    assert before == (folder / "training" / checkpoints.NOTE).read_text()
    monkeypatch.setattr(checkpoints, "CODE", tmp_path)
    (tmp_path / "heads.py").write_text("another")
    assert checkpoints.identity(MASHUP, AUDIO, data, data) != before


def test_tensorboard_gets_losses_rates_accuracies_speed_and_a_projection(unbroken):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    _, history, folder = unbroken
    logs = folder / "training" / "logs"
    events = EventAccumulator(str(logs)).Reload()
    wanted = {"train_loss", "validation_loss", "validation_pair_accuracy", "learning_rate", "segments_per_second"}
    assert wanted <= set(events.Tags()["scalars"])
    logged = [event.value for event in events.Scalars("validation_loss")]
    assert logged == pytest.approx(history["validation_loss"].tolist())
    assert list(logs.rglob("tensors.tsv"))


def test_a_checkpoint_is_written_no_more_often_than_asked_for(tmp_path):
    written = []
    monkey = pytest.MonkeyPatch()
    monkey.setattr(
        checkpoints.ModelCheckpoint, "on_train_epoch_end", lambda self, *_: written.append(type(self).__name__)
    )
    keeper = checkpoints.LastCheckpoint(tmp_path, interval_s=1000.0)
    trainer = type("Trainer", (), {"should_stop": False, "current_epoch": 3, "max_epochs": 9})()
    keeper.on_train_epoch_end(trainer, None)
    assert written == []
    trainer.current_epoch = 8
    keeper.on_train_epoch_end(trainer, None)
    assert written == ["LastCheckpoint"]
    monkey.undo()
