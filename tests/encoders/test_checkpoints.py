"""Checkpoints belong to one training: the same parameters, data, code, torch and kind of device."""

from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from real_cloned.encoders import checkpoints
from real_cloned.encoders.checkpoints import FINGERPRINT_FILE, CheckpointDir, training_fingerprint


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


def test_the_fingerprint_changes_with_the_code(tmp_path, monkeypatch):
    before = training_fingerprint({}, [])
    for file in checkpoints.code_files():
        copy = tmp_path / file.relative_to(checkpoints.PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(checkpoints, "PACKAGE", tmp_path)
    assert training_fingerprint({}, []) == before
    for name in ("encoders/contrastive/augment.py", "encoders/losses.py", "audio/logmel.py", "core/nn.py"):
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
    trainer = SimpleNamespace(should_stop=False, current_epoch=3, max_epochs=9)
    last.on_train_epoch_end(trainer, None)
    assert written == []
    trainer.current_epoch = 8
    last.on_train_epoch_end(trainer, None)
    assert written == ["LastCheckpoint"]
