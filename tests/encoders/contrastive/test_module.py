"""The optimizer, the projector's batch normalisation, when the encoder is compiled, and determinism elsewhere."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from real_cloned.encoders.contrastive.model import ContrastiveEncoder
from real_cloned.encoders.contrastive.module import ContrastiveTraining, compile_encoder
from tests.tiny import AUDIO, PRETRAIN, but


def test_on_a_cpu_the_encoder_is_compiled_only_where_that_is_asked_for():
    encoder = ContrastiveEncoder(PRETRAIN, AUDIO)
    for wanted in ("auto", "never"):
        assert compile_encoder(encoder, torch.device("cpu"), wanted).trunk._compiled_call_impl is None
    assert compile_encoder(encoder, torch.device("cpu"), "always").trunk._compiled_call_impl is not None


def test_on_a_gpu_the_encoder_is_compiled_unless_that_is_unwanted():
    for wanted, is_compiled in (("never", False), ("auto", True)):
        encoder = compile_encoder(ContrastiveEncoder(PRETRAIN, AUDIO), torch.device("cuda"), wanted)
        assert (encoder.trunk._compiled_call_impl is not None) == is_compiled


def test_where_a_gpu_must_give_the_same_numbers_each_time_nothing_is_compiled_unasked():
    torch.use_deterministic_algorithms(True)
    try:
        for wanted, is_compiled in (("auto", False), ("always", True)):
            encoder = compile_encoder(ContrastiveEncoder(PRETRAIN, AUDIO), torch.device("cuda"), wanted)
            assert (encoder.trunk._compiled_call_impl is not None) == is_compiled
    finally:
        torch.use_deterministic_algorithms(False)


def training_of(**settings):
    """Return an untrained encoder with its projector, and embeddings of five pairs whose sides differ a lot."""
    torch.manual_seed(0)
    parameters = but(PRETRAIN, **settings)
    scale = torch.tensor([1.0, 20.0]).repeat_interleave(5)[:, None]
    return ContrastiveTraining(ContrastiveEncoder(parameters, AUDIO), parameters), scale * torch.randn(10, 12) + scale


def test_adam_and_the_schedule_are_the_authors():
    training, _ = training_of(learning_rate=0.1)
    assert training.configure_optimizers().defaults["eps"] == 1e-9
    assert training.plateau.min_lrs == pytest.approx([1e-4])


def test_the_projector_has_no_bias_in_its_last_layer():
    last = [layer for layer in training_of()[0].projector if isinstance(layer, nn.Linear)][-1]
    assert last.bias is None


def test_per_side_the_projections_and_the_running_statistics_are_those_of_two_passes():
    training, embeddings = training_of()
    projections, statistics = training.project(embeddings), training.projector[1].running_mean.clone()
    expected, _ = training_of()
    for rows in (slice(5), slice(5, None)):
        torch.testing.assert_close(projections[rows], expected.projector(embeddings[rows]))
    torch.testing.assert_close(statistics, expected.projector[1].running_mean)


def test_jointly_the_projections_are_those_of_one_pass():
    training, embeddings = training_of(projector_batch_norm="joint")
    torch.testing.assert_close(training.project(embeddings), training_of()[0].projector(embeddings))
    assert not torch.allclose(training_of()[0].project(embeddings), training.project(embeddings))


def test_one_pair_per_device_has_no_statistics_per_side_and_is_refused():
    with pytest.raises(ValidationError, match="two at least"):
        but(PRETRAIN, pairs_per_batch=2, devices=2)
    assert but(PRETRAIN, pairs_per_batch=2, devices=2, projector_batch_norm="joint").pairs_per_batch == 2


def test_a_process_that_is_given_the_training_is_as_deterministic_as_the_one_that_made_it():
    fill = torch.utils.deterministic.fill_uninitialized_memory
    try:
        for wanted in (True, False):
            torch.use_deterministic_algorithms(wanted)
            training = ContrastiveTraining(ContrastiveEncoder(PRETRAIN, AUDIO), PRETRAIN)
            torch.use_deterministic_algorithms(False)  # as in a process that was just started
            torch.utils.deterministic.fill_uninitialized_memory = True
            training.setup("fit")
            assert torch.are_deterministic_algorithms_enabled() == wanted
            assert torch.utils.deterministic.fill_uninitialized_memory != wanted
    finally:
        torch.use_deterministic_algorithms(False)
        torch.utils.deterministic.fill_uninitialized_memory = fill
