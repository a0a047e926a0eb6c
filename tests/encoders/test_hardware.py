"""What is chosen for the machine at hand."""

import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive import trainer as hardware
from real_cloned.encoders.contrastive.datamodule import PairData
from real_cloned.encoders.contrastive.model import Encoder
from tests.tiny import AUDIO, PRETRAIN, but


@pytest.mark.parametrize("has_it", [True, False])
def test_auto_is_bfloat16_where_the_hardware_has_it_and_what_is_asked_for_is_kept(has_it, monkeypatch):
    monkeypatch.setattr("real_cloned.core.runtime.has_bfloat16", lambda: has_it)
    assert hardware.lightning_precision("auto") == ("bf16-mixed" if has_it else "32-true")
    assert hardware.lightning_precision("bfloat16") == "bf16-mixed"
    assert hardware.lightning_precision("float32") == "32-true"


def test_several_devices_are_processes_started_from_this_one():
    assert hardware.trainer_settings(but(PRETRAIN, devices=2))["strategy"] == "ddp_spawn"
    assert hardware.trainer_settings(PRETRAIN)["strategy"] == "auto"


def test_devices_that_cannot_share_a_batch_alike_are_an_error_that_says_so(make_source):
    source = make_source()
    with pytest.raises(RealClonedError, match="3 devices cannot share 4 pairs alike"):
        PairData(source, source, but(PRETRAIN, devices=3))


def test_on_a_cpu_the_encoder_is_compiled_only_where_that_is_asked_for():
    encoder = Encoder(PRETRAIN, AUDIO)
    for wanted in ("auto", "never"):
        assert hardware.compiled(encoder, torch.device("cpu"), wanted).trunk._compiled_call_impl is None
    assert hardware.compiled(encoder, torch.device("cpu"), "always").trunk._compiled_call_impl is not None


def test_on_a_gpu_the_encoder_is_compiled_unless_that_is_unwanted():
    for wanted, is_compiled in (("never", False), ("auto", True)):
        encoder = hardware.compiled(Encoder(PRETRAIN, AUDIO), torch.device("cuda"), wanted)
        assert (encoder.trunk._compiled_call_impl is not None) == is_compiled


def test_where_a_gpu_must_give_the_same_numbers_each_time_nothing_is_compiled_unasked():
    torch.use_deterministic_algorithms(True)
    try:
        for wanted, is_compiled in (("auto", False), ("always", True)):
            encoder = hardware.compiled(Encoder(PRETRAIN, AUDIO), torch.device("cuda"), wanted)
            assert (encoder.trunk._compiled_call_impl is not None) == is_compiled
    finally:
        torch.use_deterministic_algorithms(False)


def test_adam_has_the_authors_epsilon():
    encoder = Encoder(PRETRAIN, AUDIO)
    assert hardware.adam(encoder, 0.1).defaults["eps"] == 1e-9
