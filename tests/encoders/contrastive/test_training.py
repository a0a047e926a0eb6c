"""Pretraining: it runs, it repeats, it learns, and one that is killed and started again ends with the same weights."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from upath import UPath

from real_cloned.audio.log_mel_bank import LogMelBank
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
from real_cloned.encoders.contrastive.datamodule import PairData
from real_cloned.encoders.contrastive.model import load_contrastive
from real_cloned.encoders.contrastive.module import ContrastiveTraining
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.contrastive.training import pretrain_contrastive, trainer_settings
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.schemas.corpora import History
from real_cloned.training.ray_training import RayTraining
from tests.tiny import AUDIO, AUGMENT, MIX, PRETRAIN, RATE, but

MASHUP = but(
    PRETRAIN, name="mashup", train_stems=["vocals"], mix=MIX.model_dump(), augment=AUGMENT.model_dump(),
    max_epochs=12, learning_rate=0.01, plateau_patience=1, stop_patience=9, checkpoint_s=0,
)  # fmt: skip
LOSSES = ["epoch", "train_loss", "validation_loss", "learning_rate"]
KILLED = """
import time
from pathlib import Path
from real_cloned.training.progress import TrainingProgressBar
from tests.encoders.contrastive.test_training import train
TrainingProgressBar.on_train_batch_end = lambda *_: time.sleep(0.1)
train(Path({folder!r}), Path({folder!r}) / "training")
"""


def same(one, other):
    return all(torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items())


@pytest.fixture
def trained(make_source):
    """Train for two epochs on the small corpus, or as `settings` say."""
    source = make_source((4, 4, 4, 4), ("vocals",))

    def train(**settings):
        return pretrain_contrastive(but(PRETRAIN, **settings), AUDIO, source, source)

    return train


def test_the_history_has_a_valid_row_per_epoch(trained):
    _, history = trained()
    history = History.validate(history)
    assert history["epoch"].tolist() == [0, 1]
    assert history["learning_rate"].tolist() == [1e-3, 1e-3]


def test_the_validation_pairs_are_brought_to_the_device_once(trained, monkeypatch):
    made, make = [], PairData.val_dataloader
    monkeypatch.setattr(PairData, "val_dataloader", lambda data: made.append(data) or make(data))
    trained()
    assert len(made) == 1


def test_the_weights_are_those_of_an_encoder_that_knows_what_made_it(trained):
    weights, _ = trained(name="vocal", train_stems=["vocals"])
    assert weights.config["pretrain"]["name"] == "vocal"
    assert load_contrastive(weights)(torch.zeros(2, 1, AUDIO.segment_samples)).shape == (2, 12)


def test_the_same_seed_gives_the_same_weights_and_another_others(trained):
    first, again, other = (trained(seed=seed) for seed in (1, 1, 2))
    assert same(again[0], first[0])
    assert first[1]["validation_loss"].tolist() == again[1]["validation_loss"].tolist()
    assert not torch.equal(first[0].tensors["out.0.weight"], other[0].tensors["out.0.weight"])


def test_the_loss_falls_where_every_singer_has_a_pitch_of_their_own(trained):
    _, history = trained(max_epochs=8, steps_per_epoch=5, learning_rate=3e-3, n_validation_pairs=8, seed=1)
    assert history["validation_loss"].min() < 0.6 * history["validation_loss"].iloc[0]
    assert history["train_loss"].iloc[-1] < 0.6 * history["train_loss"].iloc[0]


def test_with_log_mels_that_are_kept_it_learns_the_same_to_half_precision(trained, monkeypatch):
    weights, history = trained(max_epochs=3)
    made = []

    def keep(bank, parameters, device):
        made.append(LogMelBank(bank, parameters.log_mel, device))
        return made[-1]

    monkeypatch.setattr("real_cloned.encoders.contrastive.datamodule.training_bank", keep)
    others, its_history = trained(max_epochs=3)
    assert len(made) == 2  # of the training and of the validation
    for name in ("train_loss", "validation_loss"):
        assert its_history[name].tolist() == pytest.approx(history[name].tolist(), rel=2e-3)
    waveforms = torch.randint(-9000, 9000, (4, 1, AUDIO.segment_samples), dtype=torch.int16)
    expected, found = (load_contrastive(trained_weights)(waveforms) for trained_weights in (weights, others))
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.01)


def test_it_stops_and_halves_the_learning_rate_when_the_validation_loss_does_not_improve(trained):
    _, history = trained(max_epochs=30, learning_rate=0.3, plateau_patience=1, stop_patience=4)
    best = int(history["validation_loss"].idxmin())
    assert len(history) == best + 1 + 4 < 30
    assert history["learning_rate"].iloc[-1] <= 0.15


def test_the_weights_kept_are_those_of_the_lowest_validation_loss(trained):
    weights, history = trained(max_epochs=4, learning_rate=0.3)
    best = int(history["validation_loss"].idxmin())
    until_then, _ = trained(max_epochs=best + 1, learning_rate=0.3)
    assert all(torch.equal(tensor, until_then.tensors[name]) for name, tensor in weights.tensors.items())


@pytest.mark.parametrize("has_bfloat16", [True, False])
def test_auto_is_bfloat16_where_the_hardware_has_it_and_what_is_asked_for_is_kept(has_bfloat16, monkeypatch):
    monkeypatch.setattr("real_cloned.core.runtime.has_bfloat16", lambda: has_bfloat16)
    expected = {"auto": "bf16-mixed" if has_bfloat16 else "32-true", "bfloat16": "bf16-mixed", "float32": "32-true"}
    for precision, name in expected.items():
        assert trainer_settings(but(PRETRAIN, precision=precision))["precision"] == name


def test_several_gpus_share_the_statistics_of_batch_normalisation_and_cpus_cannot(monkeypatch):
    monkeypatch.setattr("real_cloned.core.runtime.has_bfloat16", lambda: False)
    for has_gpu in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda has_gpu=has_gpu: has_gpu)
        settings = [trainer_settings(but(PRETRAIN, devices=devices)) for devices in (1, 2)]
        assert [one["sync_batchnorm"] for one in settings] == [False, has_gpu]
        assert {one["accelerator"] for one in settings} == {"cuda" if has_gpu else "cpu"}


def test_several_devices_are_processes_started_from_this_one():
    assert trainer_settings(but(PRETRAIN, devices=2))["strategy"] == "ddp_spawn"
    assert trainer_settings(PRETRAIN)["strategy"] == "auto"


def noise_source(folder, parameters=MASHUP, scale=1):
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
    corpus = TrainingCorpus(tracks, tracks[["track_id"]], segments, *stores)
    return PairSource.from_corpus(parameters, AUDIO, corpus)


def train(folder, checkpoints, parameters=MASHUP, **changes):
    """Train on audio that is written to `folder`, with checkpoints elsewhere."""
    data = noise_source(folder, parameters, **changes)
    return pretrain_contrastive(parameters, AUDIO, data, data, checkpoints)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("uninterrupted")
    return *train(folder, folder / "training"), folder


def killed(folder, epochs):
    """Start the same training in a process of its own, and kill it once so many epochs have been written down."""
    program = KILLED.format(folder=str(folder))
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[3], stderr=subprocess.DEVNULL
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


@pytest.mark.slow
def test_killed_in_the_middle_and_started_again_it_ends_with_the_same_losses_and_weights(uninterrupted, tmp_path):
    weights, history, _ = uninterrupted
    killed(tmp_path, 4)
    assert len(torch.load(tmp_path / "training" / "last.ckpt", weights_only=True)["history"]) < len(history)
    again, resumed = train(tmp_path, tmp_path / "training")
    assert resumed[LOSSES].equals(history[LOSSES])
    assert same(again, weights)
    assert history["learning_rate"].nunique() > 1  # the plateau schedule went on, too


def test_broken_off_at_an_epoch_and_started_again_it_ends_with_the_same_losses_and_weights(
    uninterrupted, tmp_path, monkeypatch
):
    weights, history, _ = uninterrupted
    begin, begun = ContrastiveTraining.on_train_epoch_start, []

    def break_off(module):
        begun.append(module.current_epoch)
        if begun == [0, 1, 2, 3, 4]:
            raise OSError("power cut")
        begin(module)

    monkeypatch.setattr(ContrastiveTraining, "on_train_epoch_start", break_off)
    with pytest.raises(OSError, match="power cut"):
        train(tmp_path, tmp_path / "training")
    again, resumed = train(tmp_path, tmp_path / "training")
    assert begun[5] == 4
    assert resumed[LOSSES].equals(history[LOSSES])
    assert same(again, weights)


def test_a_training_that_is_done_is_not_done_again(uninterrupted, monkeypatch):
    weights, history, folder = uninterrupted
    monkeypatch.setattr("real_cloned.encoders.contrastive.training.fit", lambda *_: pytest.fail("it trained"))
    again, same_history = train(folder, folder / "training")
    assert same(again, weights)
    assert same_history.equals(history)


def test_on_a_remote_file_system_a_training_is_kept_and_goes_on_as_on_a_disk(uninterrupted, tmp_path, monkeypatch):
    weights, history, _ = uninterrupted
    remote = UPath("memory://trainings/mashup")
    begin = ContrastiveTraining.on_train_epoch_start
    monkeypatch.setattr(
        ContrastiveTraining,
        "on_train_epoch_start",
        lambda self: begin(self) if self.current_epoch < 4 else pytest.fail("power cut", pytrace=False),
    )
    with pytest.raises(pytest.fail.Exception, match="power cut"):
        train(tmp_path, remote)
    monkeypatch.undo()
    again, resumed = train(tmp_path, remote)
    assert same(again, weights)
    assert resumed[LOSSES].equals(history[LOSSES])
    for name in remote.fs.find("/trainings/mashup/logs"):
        (tmp_path / "logs" / Path(name).name).parent.mkdir(exist_ok=True)
        (tmp_path / "logs" / Path(name).name).write_bytes(remote.fs.cat(name))
    logged = EventAccumulator(str(tmp_path / "logs")).Reload().Scalars("validation_loss")
    assert [event.value for event in logged] == pytest.approx(history["validation_loss"].tolist())


def train_sent_jobs(monkeypatch):
    """Let trainings go through Ray, but this process do what the workers are sent; return the sizes of what is sent."""
    sent = []

    def train_here(job, settings):
        sent.append(len(pickled := pickle.dumps(job)))
        job = pickle.loads(pickled)  # noqa: S301 (made one line above)
        torch.manual_seed(job.seed)
        job.fit(job.make(), job.data, job.checkpoints)

    monkeypatch.setattr("real_cloned.training.ray_training._settings", RayTraining(gpus_per_worker=0))
    monkeypatch.setattr("real_cloned.encoders.contrastive.training.train_on_ray", train_here)
    return sent


def test_a_worker_is_sent_all_that_it_takes_to_train_and_no_audio(uninterrupted, tmp_path, monkeypatch):
    weights, history, _ = uninterrupted
    sent = train_sent_jobs(monkeypatch)
    there, same_history = train(tmp_path, tmp_path / "training")
    assert same(there, weights)
    assert same_history[LOSSES].equals(history[LOSSES])
    assert sum(file.stat().st_size for file in tmp_path.rglob("*.i16")) > 30_000 > sent[0]


@pytest.mark.parametrize("changes", [{"parameters": but(MASHUP, temperature=0.3)}, {"scale": 2}])
def test_checkpoints_of_other_parameters_or_other_audio_are_not_used(uninterrupted, tmp_path, changes, monkeypatch):
    _, _, folder = uninterrupted
    taken = []
    monkeypatch.setattr(
        "real_cloned.encoders.contrastive.training.fit",
        lambda model, data, checkpoints: taken.append(checkpoints.last) or 1 / 0,
    )
    (tmp_path / "training").mkdir()
    for file in folder.glob("training/*.*"):
        (tmp_path / "training" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ZeroDivisionError):
        train(tmp_path, tmp_path / "training", **changes)
    assert taken == [None]


def test_tensorboard_gets_losses_rates_accuracies_speed_and_a_projection(uninterrupted):
    _, history, folder = uninterrupted
    logs = folder / "training" / "logs"
    events = EventAccumulator(str(logs)).Reload()
    wanted = {"train_loss", "validation_loss", "validation_pair_accuracy", "learning_rate", "segments_per_second"}
    assert wanted <= set(events.Tags()["scalars"])
    logged = [event.value for event in events.Scalars("validation_loss")]
    assert logged == pytest.approx(history["validation_loss"].tolist())
    assert list(logs.rglob("tensors.tsv"))


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="wants two devices")
def test_a_whole_training_runs_on_two_processes(tmp_path):
    settings = but(MASHUP, devices=2, max_epochs=2)
    data = noise_source(tmp_path, settings)
    weights, history = pretrain_contrastive(settings, AUDIO, data, data, tmp_path / "training")
    alone, _ = pretrain_contrastive(but(settings, devices=1), AUDIO, data, data)
    assert len(history) == 2
    assert not same(weights, alone)  # the statistics of batch normalisation are each process' own on a CPU
    assert (tmp_path / "training" / "best.ckpt").is_file()
