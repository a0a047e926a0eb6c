"""The student begins as the teacher, the teacher stays as it is, and the loss is what the docstring says."""

import pytest
import torch
from torch.nn import functional

from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.student.training import student_training
from real_cloned.training.losses import nt_xent
from tests.tiny import AUDIO, STUDENT, but


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    shape = (4, AUDIO.segment_samples, 1)
    parts = [torch.randint(-9000, 9000, shape, dtype=torch.int16, generator=generator) for _ in range(2)]
    return Batch(*parts, torch.arange(2), seed=0)


@pytest.fixture
def module(teacher_file):
    return student_training(but(STUDENT, init_from=teacher_file), AUDIO)


def test_before_the_first_step_a_bare_voice_is_embedded_as_by_the_teacher(teacher_file, batch):
    bare = but(STUDENT, init_from=teacher_file, mix={"voice_db": (0, 0), "bare_share": 1.0}, augment={"dry_share": 1.0})
    module = student_training(bare, AUDIO)
    assert module.mean_cosine(batch) == pytest.approx(1, abs=1e-3)


def test_the_loss_is_the_cosine_distance_and_weighted_nt_xent(module, batch):
    loss, hits = module.loss(batch)
    student, teacher, heard = module.embed_both(batch)
    apart = nt_xent(*student.chunk(2), heard.labels, STUDENT.temperature)
    expected = 1 - functional.cosine_similarity(student, teacher).mean() + STUDENT.nt_xent_weight * apart
    torch.testing.assert_close(loss, expected)
    assert hits.shape == (4,)


def test_a_step_moves_the_student_alone_and_no_statistics_of_batch_normalisation(module, batch):
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    module.train()
    optimizer = module.configure_optimizers()
    module.loss(batch)[0].backward()
    optimizer.step()
    moved = {name for name, tensor in module.state_dict().items() if not torch.equal(tensor, before[name])}
    assert "encoder.network.xvector.dense.linear.weight" in moved
    assert not [name for name in moved if name.startswith("teacher") or "running" in name or "num_batches" in name]


@pytest.mark.slow
def test_some_steps_on_a_batch_bring_the_student_nearer_to_the_teacher(teacher_file, batch):
    module = student_training(but(STUDENT, init_from=teacher_file, nt_xent_weight=0.0), AUDIO)
    before, optimizer = module.mean_cosine(batch), module.configure_optimizers()
    for _ in range(8):
        optimizer.zero_grad()
        module.loss(module.crop(batch))[0].backward()
        optimizer.step()
    assert module.mean_cosine(batch) > before + 0.05


def test_a_section_is_as_much_longer_than_what_is_heard_as_the_fastest_speed_takes_away(module, batch):
    rate = AUDIO.sample_rate_hz
    assert module.crop(batch).segments.shape[1] == round(1.1 * STUDENT.crop_s * rate)
    heard = module.embed_both(module.crop(batch))[2]
    assert heard.bare.shape[1] == heard.mixed.shape[1] == pytest.approx(STUDENT.crop_s * rate, abs=1)
