"""Demucs models: where they come from, and what is said where they cannot be had."""

import pytest
import torch
from safetensors.torch import save_file

from real_cloned.core.errors import RealClonedError
from real_cloned.vocals.separation.models import load_model, remote_files


def test_the_small_model_ships_with_the_package():
    model = load_model("small")
    assert model.samplerate == 16000
    assert "vocals" in model.sources
    assert not model.training


def test_a_missing_file_is_one_clear_error():
    with pytest.raises(RealClonedError, match=r"nowhere\.safetensors, and there is no such file"):
        load_model("nowhere.safetensors")


def test_a_file_that_holds_no_demucs_model_is_one_clear_error(tmp_path):
    for name, content in (("text", b"not a model"), ("empty", b"")):
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(content)
        with pytest.raises(RealClonedError, match=f"{name}.safetensors, which holds no Demucs model"):
            load_model(str(path))
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(RealClonedError, match=r"other\.safetensors, which holds no Demucs model"):
        load_model(str(tmp_path / "other.safetensors"))


def test_a_file_cannot_name_what_is_called(tmp_path):
    path, trace = tmp_path / "trap.safetensors", tmp_path / "trace"
    metadata = {"klass": "subprocess.getoutput", "args": f'["touch {trace}"]', "kwargs": "{}"}
    save_file({"a": torch.zeros(1)}, path, metadata)
    with pytest.raises(RealClonedError, match="class subprocess.getoutput is none of"):
        load_model(str(path))
    assert not trace.exists()


@pytest.mark.parametrize("name", ["/models/955717e8-8726e21a.th", "mine.pt", "mine.pkl"])
def test_a_pickle_is_refused_before_it_is_opened(name, monkeypatch):
    monkeypatch.setattr("torch.load", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(RealClonedError, match="a pickle, which can run any code"):
        load_model(name)


@pytest.mark.parametrize("error", [OSError("no network"), SystemExit(1)])
def test_a_model_that_cannot_be_had_is_one_error_that_says_what_to_put_where(monkeypatch, error):
    def fail(name):
        raise error

    monkeypatch.setattr("demucs.pretrained.get_model", fail)
    monkeypatch.setattr("torch.hub.get_dir", lambda: "/home/me/hub")
    with pytest.raises(RealClonedError, match="separator mdx_extra: its weights are not here") as raised:
        load_model("mdx_extra")
    for part in ("e51eebcc-c1b80bdd.th", "cfa93e08-61801ae1.th", "into /home/me/hub/checkpoints", "safetensors"):
        assert part in str(raised.value)


def test_an_unknown_name_is_called_unknown(monkeypatch):
    def fail(name):
        raise KeyError(name)

    monkeypatch.setattr("demucs.pretrained.get_model", fail)
    with pytest.raises(RealClonedError, match=r"htdemucs_9 is no Demucs model by name .* htdemucs or mdx_extra"):
        load_model("htdemucs_9")


def test_the_files_of_a_bag_are_those_of_its_models_and_each_is_named_once():
    assert [address.rsplit("/", 1)[1] for address in remote_files("htdemucs")] == ["955717e8-8726e21a.th"]
    assert len(remote_files("mdx_extra")) == 4
    assert len(remote_files("repro_mdx_a_time_only")) == 2
    assert remote_files("955717e8") == remote_files("htdemucs")
    assert remote_files("nothing") == []


def test_a_model_without_vocals_is_refused(monkeypatch):
    from demucs.hdemucs import HDemucs

    instruments = HDemucs(["drums", "bass"], channels=4, growth=1, dconv_mode=0)
    monkeypatch.setattr("demucs.pretrained.get_model", lambda name: instruments)
    with pytest.raises(RealClonedError, match="knows no vocals: its sources are drums, bass"):
        load_model("instruments")
