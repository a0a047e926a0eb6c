"""Where several processes share a batch, loss and gradients are those of the whole batch: negatives are global."""

import pytest
import torch
from torch import distributed, multiprocessing

from real_cloned.encoders.contrastive.module import pretrain
from real_cloned.encoders.losses import nt_xent
from tests.encoders.test_resume import MASHUP, same, source
from tests.tiny import AUDIO, but

N_PROCESSES = 2


def batch():
    """Six pairs, of which two are of one singer, and the weights of a linear encoder."""
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 6, 5, generator=generator, dtype=torch.float64)
    return first, second, torch.tensor([0, 1, 2, 3, 1, 4]), torch.randn(5, 4, generator=generator, dtype=torch.float64)


def loss_and_gradient(first, second, singers, weights):
    weights = weights.clone().requires_grad_()
    loss = nt_xent(first @ weights, second @ weights, singers, 0.2)
    loss.backward()
    return loss.detach(), weights.grad


def work(rank, folder):
    """What one process does: its share of the pairs, then the mean of the gradients, as DistributedDataParallel."""
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"file://{folder}/meeting", rank=rank, world_size=N_PROCESSES)
    *rows, weights = batch()
    loss, gradient = loss_and_gradient(*(part[rank::N_PROCESSES] for part in rows), weights)
    distributed.all_reduce(gradient)
    torch.save((loss, gradient / N_PROCESSES), folder / f"{rank}.pt")
    distributed.destroy_process_group()


def test_a_batch_split_over_two_processes_has_the_loss_and_the_gradient_of_the_whole(tmp_path):
    multiprocessing.spawn(work, (tmp_path,), N_PROCESSES)
    whole_loss, whole_gradient = loss_and_gradient(*batch())
    for rank in range(N_PROCESSES):
        loss, gradient = torch.load(tmp_path / f"{rank}.pt")
        torch.testing.assert_close(loss, whole_loss)
        torch.testing.assert_close(gradient, whole_gradient)


def test_the_halves_alone_would_have_had_another_loss():
    *rows, weights = batch()
    halves = [loss_and_gradient(*(part[rank::2] for part in rows), weights)[0] for rank in (0, 1)]
    assert not torch.isclose(sum(halves) / 2, loss_and_gradient(*batch())[0], rtol=0.05)


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="wants two devices")
def test_a_whole_training_runs_on_two_processes(tmp_path):
    settings = but(MASHUP, devices=2, max_epochs=2)
    data = source(tmp_path, settings)
    weights, history = pretrain(settings, AUDIO, data, data, tmp_path / "training")
    alone, _ = pretrain(but(settings, devices=1), AUDIO, data, data)
    assert len(history) == 2
    assert not same(weights, alone)  # the statistics of batch normalisation are each process' own on a CPU
    assert (tmp_path / "training" / "best.ckpt").is_file()
