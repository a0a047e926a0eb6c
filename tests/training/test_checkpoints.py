"""Checkpoints belong to one training: the same parameters, data, code, torch and kind of device."""

import io
import time
from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy
from torch import distributed, multiprocessing
from upath import UPath

from real_cloned.core.errors import RealClonedError
from real_cloned.training import checkpoints
from real_cloned.training.checkpoints import FINGERPRINT_FILE, CheckpointDir, training_fingerprint


@pytest.fixture
def folder(tmp_path):
    """The folder of checkpoints of a training, with both checkpoints."""
    folder = CheckpointDir.open(tmp_path / "checkpoints", "first")
    for name in ("last", "best"):
        torch.save({"finished": name == "last"}, folder.path / f"{name}.ckpt")
    return folder


def test_checkpoints_of_the_same_training_are_kept_and_those_of_another_are_deleted(folder):
    again = CheckpointDir.open(folder.path, "first")
    assert again.last is not None
    assert again.is_finished
    other = CheckpointDir.open(folder.path, "second")
    assert other.last is None
    assert not other.is_finished
    assert (folder.path / FINGERPRINT_FILE).read_text() == "second"


def test_the_fingerprint_changes_with_parameters_data_version_and_device(monkeypatch):
    before = training_fingerprint({"rate": 1}, [b"data"])
    assert training_fingerprint({"rate": 1}, [b"data"]) == before
    assert training_fingerprint({"rate": 2}, [b"data"]) != before
    assert training_fingerprint({"rate": 1}, [b"other"]) != before
    with monkeypatch.context() as changed:
        changed.setattr(torch, "__version__", "0.1")
        assert training_fingerprint({"rate": 1}, [b"data"]) != before
    has_gpu = torch.cuda.is_available()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: not has_gpu)
    assert training_fingerprint({"rate": 1}, [b"data"]) != before


def test_the_fingerprint_is_of_the_device_that_trains_be_it_of_another_machine(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training_fingerprint({}, []) == training_fingerprint({}, [], "cpu") != training_fingerprint({}, [], "cuda")


def test_a_machine_that_does_not_see_the_folder_is_told_to_share_it(folder, tmp_path):
    folder.check_access()
    for path, fingerprint in ((tmp_path / "another_disk", "first"), (folder.path, "second")):
        with pytest.raises(RealClonedError, match="storage that all machines share"):
            CheckpointDir(path, fingerprint).check_access()


@pytest.mark.slow
def test_on_object_storage_checkpoints_of_another_process_are_seen_and_those_of_another_training_deleted(
    object_storage,
):
    folder = CheckpointDir.open(object_storage.folder("vocal"), "first")
    assert folder.last is None
    assert not folder.is_finished
    assert len(list(folder.path.iterdir())) == 1  # what fsspec would remember by itself
    elsewhere = UPath(
        str(object_storage.folder("vocal")), skip_instance_cache=True
    )  # what it writes, the other does not notice
    for name in ("last", "best"):
        torch.save({"finished": name == "last"}, file := io.BytesIO())
        (elsewhere / f"{name}.ckpt").write_bytes(file.getvalue())
    folder.check_access()
    assert str(folder.last) == str(object_storage.folder("vocal/last.ckpt"))
    assert folder.is_finished
    assert not folder.read("best")["finished"]
    assert CheckpointDir.open(object_storage.folder("vocal"), "second").last is None
    with pytest.raises(RealClonedError, match="another training has begun"):
        folder.check_access()


def test_the_fingerprint_changes_with_the_code(tmp_path, monkeypatch):
    before = training_fingerprint({}, [])
    for file in checkpoints.code_files():
        copy = tmp_path / file.relative_to(checkpoints.PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(checkpoints, "PACKAGE", tmp_path)
    assert training_fingerprint({}, []) == before
    for name in ("encoders/contrastive/augment.py", "training/losses.py", "audio/logmel.py", "core/nn.py"):
        with (tmp_path / name).open("a") as code:
            code.write("# another")
        assert training_fingerprint({}, []) != before
        before = training_fingerprint({}, [])


@pytest.mark.parametrize("pattern", checkpoints.CODE)
def test_every_pattern_of_the_code_names_files_that_exist(pattern):
    assert list(checkpoints.PACKAGE.glob(pattern))


def test_a_checkpoint_is_written_no_more_often_than_asked_for(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(ModelCheckpoint, "on_train_epoch_end", lambda self, *_: written.append(type(self).__name__))
    last = checkpoints.LastCheckpoint(tmp_path, interval_s=1000.0)
    trainer = SimpleNamespace(should_stop=False, current_epoch=3, max_epochs=9, strategy=SingleDeviceStrategy())
    last.on_train_epoch_end(trainer, None)
    assert written == []
    trainer.current_epoch = 8
    last.on_train_epoch_end(trainer, None)
    assert written == ["LastCheckpoint"]


@pytest.mark.parametrize("decision", [True, False])
def test_a_process_follows_the_decision_that_is_broadcast_whatever_its_own_clock_says(tmp_path, monkeypatch, decision):
    written = []
    monkeypatch.setattr(ModelCheckpoint, "on_train_epoch_end", lambda *_: written.append(1))
    last = checkpoints.LastCheckpoint(tmp_path, interval_s=1000.0 if decision else 0.0)
    strategy = SimpleNamespace(broadcast=lambda own: decision if own != decision else pytest.fail("clocks agree"))
    trainer = SimpleNamespace(should_stop=False, current_epoch=3, max_epochs=9, strategy=strategy)
    last.on_train_epoch_end(trainer, None)
    assert bool(written) == decision


def end_epochs(rank, folder):
    """End two epochs in one of two processes; a checkpoint, which waits for both, is due by the clock of one only."""
    distributed.init_process_group("gloo", f"file://{folder}/processes", rank=rank, world_size=2)
    written = []
    ModelCheckpoint.on_train_epoch_end = lambda self, trainer, _: (
        distributed.barrier(),
        written.append(trainer.current_epoch),
    )
    last = checkpoints.LastCheckpoint(folder, interval_s=1000.0)
    for epoch, is_due in enumerate([rank == 0, rank == 1]):
        last.written = time.monotonic() - (2000.0 if is_due else 0.0)
        trainer = SimpleNamespace(should_stop=False, current_epoch=epoch, max_epochs=9, strategy=DDPStrategy())
        last.on_train_epoch_end(trainer, None)
    (folder / f"{rank}.txt").write_text(str(written))
    distributed.barrier()
    distributed.destroy_process_group()


@pytest.mark.slow
def test_two_processes_whose_clocks_differ_write_when_the_first_is_due_and_none_waits_for_the_other(tmp_path):
    processes = multiprocessing.spawn(end_epochs, (tmp_path,), nprocs=2, join=False)
    deadline = time.monotonic() + 120
    while not processes.join(timeout=1):
        if time.monotonic() > deadline:
            for process in processes.processes:
                process.kill()
            pytest.fail("one process waits for the other")
    assert [(tmp_path / f"{rank}.txt").read_text() for rank in (0, 1)] == ["[0]", "[0]"]
