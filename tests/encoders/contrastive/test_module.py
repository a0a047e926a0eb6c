"""The optimizer, and when the encoder is compiled."""

import torch

from real_cloned.encoders.contrastive.model import AstEncoder
from real_cloned.encoders.contrastive.module import adam, compile_encoder
from tests.tiny import AUDIO, PRETRAIN


def test_on_a_cpu_the_encoder_is_compiled_only_where_that_is_asked_for():
    encoder = AstEncoder(PRETRAIN, AUDIO)
    for wanted in ("auto", "never"):
        assert compile_encoder(encoder, torch.device("cpu"), wanted).trunk._compiled_call_impl is None
    assert compile_encoder(encoder, torch.device("cpu"), "always").trunk._compiled_call_impl is not None


def test_on_a_gpu_the_encoder_is_compiled_unless_that_is_unwanted():
    for wanted, is_compiled in (("never", False), ("auto", True)):
        encoder = compile_encoder(AstEncoder(PRETRAIN, AUDIO), torch.device("cuda"), wanted)
        assert (encoder.trunk._compiled_call_impl is not None) == is_compiled


def test_where_a_gpu_must_give_the_same_numbers_each_time_nothing_is_compiled_unasked():
    torch.use_deterministic_algorithms(True)
    try:
        for wanted, is_compiled in (("auto", False), ("always", True)):
            encoder = compile_encoder(AstEncoder(PRETRAIN, AUDIO), torch.device("cuda"), wanted)
            assert (encoder.trunk._compiled_call_impl is not None) == is_compiled
    finally:
        torch.use_deterministic_algorithms(False)


def test_adam_has_the_authors_epsilon():
    encoder = AstEncoder(PRETRAIN, AUDIO)
    assert adam(encoder, 0.1).defaults["eps"] == 1e-9
