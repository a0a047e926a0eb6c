"""The step that a GPU records: on a CPU it trains as Lightning's own step does, and it could be recorded."""

import logging
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils._python_dispatch import TorchDispatchMode

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive import training as training_module
from real_cloned.encoders.contrastive.datamodule import PairBatches
from real_cloned.encoders.contrastive.draws import KeptDraws, RandomDraws
from real_cloned.encoders.contrastive.graph import GraphTraining, RecordedStep, wants_cuda_graph
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, load_contrastive
from real_cloned.encoders.contrastive.training import pretrain_contrastive
from real_cloned.training.ray_training import RayTraining, use_ray
from tests.encoders.contrastive.test_training import LOSSES, noise_source
from tests.tiny import AUDIO, AUGMENT, CONVOLUTION, MIX, PRETRAIN, but

BASE = but(PRETRAIN, train_stems=["vocals"], max_epochs=6, learning_rate=0.01, plateau_patience=1)
VARIANTS = {
    "transformer": {},
    "bfloat16": {"precision": "bfloat16"},
    "mashup": {"mix": MIX.model_dump(), "augment": AUGMENT.model_dump()},
    "cropped": {
        "convolution": CONVOLUTION.model_dump(),
        "crop_s": 0.3,
        "augment": AUGMENT.model_dump(),
        "learning_rate": 0.002,
    },
}
NOT_RECORDABLE = ("item", "_local_scalar_dense", "nonzero", "rand", "randn", "uniform_", "normal_", "masked_select")
"""Operations that wait for the GPU, or whose result a replay would not change."""


def variant(name, **settings):
    return but(BASE, name=name, **VARIANTS[name], **settings)


@pytest.fixture
def recorded(monkeypatch):
    """Let trainings have the step that a GPU records; return how often it is done."""
    counts = []
    monkeypatch.setattr(training_module, "wants_cuda_graph", lambda parameters: True)
    run = RecordedStep.run
    monkeypatch.setattr(RecordedStep, "run", lambda step: counts.append(1) or run(step))
    return counts


def step_of(parameters, folder):
    """Return the step of an untrained encoder, and batches for it."""
    torch.manual_seed(0)
    batches = PairBatches(noise_source(folder, parameters), parameters, 4)
    training = GraphTraining(ContrastiveEncoder(parameters, AUDIO), parameters).train()
    batches = [training.crop(batches.batch(number)) for number in range(4)]
    return RecordedStep(training, training.configure_optimizers(), batches[0]), batches


@pytest.mark.parametrize("name", VARIANTS)
def test_the_losses_and_the_encoder_are_those_of_lightnings_own_step(name, tmp_path, request, monkeypatch):
    monkeypatch.setattr(ReduceLROnPlateau, "_is_better", lambda *_: False)  # so that the learning rate falls
    parameters = variant(name)
    source = noise_source(tmp_path, parameters)
    weights, history = pretrain_contrastive(parameters, AUDIO, source, source)
    counts = request.getfixturevalue("recorded")
    others, its_history = pretrain_contrastive(parameters, AUDIO, source, source)
    assert len(counts) == BASE.max_epochs * BASE.steps_per_epoch
    assert history["learning_rate"].nunique() > 1
    torch.testing.assert_close(
        torch.tensor(its_history[LOSSES].to_numpy(float)), torch.tensor(history[LOSSES].to_numpy(float)),
        rtol=1e-3, atol=1e-5,
    )  # fmt: skip
    waveforms = torch.randint(-9000, 9000, (4, 1, AUDIO.segment_samples), dtype=torch.int16)
    expected, found = (load_contrastive(trained)(waveforms) for trained in (weights, others))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("recorded")
def test_broken_off_and_started_again_it_ends_with_the_same_losses_and_weights(tmp_path, monkeypatch):
    parameters = variant("mashup", checkpoint_s=0)
    source = noise_source(tmp_path, parameters)
    weights, history = pretrain_contrastive(parameters, AUDIO, source, source, tmp_path / "whole")
    begin = GraphTraining.on_train_epoch_start

    def break_off(module):
        if module.current_epoch == 4:
            raise OSError("power cut")
        begin(module)

    monkeypatch.setattr(GraphTraining, "on_train_epoch_start", break_off)
    with pytest.raises(OSError, match="power cut"):
        pretrain_contrastive(parameters, AUDIO, source, source, tmp_path / "broken")
    monkeypatch.setattr(GraphTraining, "on_train_epoch_start", begin)
    again, resumed = pretrain_contrastive(parameters, AUDIO, source, source, tmp_path / "broken")
    assert resumed[LOSSES].equals(history[LOSSES])
    assert all(torch.equal(tensor, again.tensors[name]) for name, tensor in weights.tensors.items())


class Operations(TorchDispatchMode):
    """Collects the names of the operations that are done."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", VARIANTS)
def test_the_recorded_step_draws_nothing_and_waits_for_nothing(name, tmp_path):
    step, batches = step_of(variant(name), tmp_path)
    step(batches[0])
    step.fill(batches[1])
    with Operations() as done:
        step.run()
    assert "_fused_adam_" in done.names
    assert not done.names.intersection(NOT_RECORDABLE)


def test_all_that_a_step_reads_and_changes_stays_where_it_is(tmp_path):
    step, batches = step_of(variant("mashup"), tmp_path)

    def addresses():
        states = [part for state in step.optimizer.state.values() for part in state.values()]
        kept = [part for part in step.batch if isinstance(part, torch.Tensor)]
        draws = [numbers for _, numbers in step.draws.kept]
        tensors = [*step.training.state_dict().values(), step.optimizer.param_groups[0]["lr"], *states, *kept, *draws]
        return [tensor.data_ptr() for tensor in tensors]

    step(batches[0])
    before = addresses()
    step.training.plateau.step(1.0)
    for _ in range(5):
        step.training.plateau.step(2.0)  # lowers the learning rate
    for batch in batches:
        step(batch)
    assert addresses() == before
    assert step.optimizer.param_groups[0]["lr"] < 0.01


class FakeGraph:
    """Stands in for torch.cuda.CUDAGraph: it replays what was recorded, here by calling it again."""

    def __init__(self, step):
        self.step, self.n_replayed = step, 0

    def replay(self):
        self.n_replayed += 1
        self.step.outputs = self.step.run()


def test_a_step_that_is_recorded_is_replayed_on_the_batch_that_it_is_given(tmp_path):
    (step, batches), (plain, _) = (step_of(variant("mashup"), tmp_path / name) for name in "ab")
    step.graph = FakeGraph(step)
    step(batches[0]), plain(batches[0])
    for batch in batches[1:]:
        step.fill(batch)
        step.replay()
        torch.testing.assert_close(step.outputs, plain(batch))
    assert step.graph.n_replayed == 3


def test_kept_random_numbers_are_those_that_the_seed_of_a_batch_gives():
    kept, device = KeptDraws(3, torch.device("cpu")), torch.device("cpu")
    for seed in (5, 6):
        kept.refill(seed)
        drawn = RandomDraws(3, seed, device)
        for draws in (kept, drawn):
            draws.values = [draws.uniform(-1.0, 2.0, 4), draws.bernoulli(0.5), draws.normal(7)]
        assert all(torch.equal(one, other) for one, other in zip(kept.values, drawn.values, strict=True))
    generator = torch.Generator().manual_seed(6)
    assert torch.equal(drawn.values[0], -1.0 + 3.0 * torch.rand(3, 4, generator=generator))


@pytest.mark.skipif(torch.cuda.is_available(), reason="wants a machine without a GPU")
def test_without_a_gpu_a_cuda_graph_is_an_error_that_names_the_parameter():
    assert not wants_cuda_graph(PRETRAIN)
    with pytest.raises(RealClonedError, match=r"pretrain\.mixture\.cuda_graph: true needs a GPU"):
        pretrain_contrastive(but(PRETRAIN, cuda_graph=True), AUDIO, None, None, Path("unused"))


def test_where_deterministic_algorithms_are_wanted_nothing_is_recorded(monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    parameters = but(PRETRAIN, cuda_graph=True)
    assert wants_cuda_graph(parameters)
    monkeypatch.setattr("real_cloned.encoders.contrastive.graph.is_deterministic", lambda: True)
    with caplog.at_level(logging.WARNING):
        assert not wants_cuda_graph(parameters)
    assert "mixture: trained without cuda_graph" in caplog.text


def test_a_cuda_graph_of_several_devices_is_refused():
    with pytest.raises(ValidationError, match="a graph is of one device"):
        but(PRETRAIN, cuda_graph=True, devices=2)


def test_in_rays_workers_the_step_is_not_recorded_which_is_said(caplog):
    use_ray(RayTraining())
    try:
        assert not wants_cuda_graph(but(PRETRAIN, cuda_graph=True))
    finally:
        use_ray(None)
    assert "mixture: trained without cuda_graph, since it is trained through Ray" in caplog.text
