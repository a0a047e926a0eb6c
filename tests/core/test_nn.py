"""The head that projector and probe share, against the same layers written out in NumPy; Adam and its schedule."""

import numpy as np
import pytest
import torch

from real_cloned.core.nn import adam, mlp, plateau_schedule


@pytest.mark.parametrize("last_bias", [True, False])
def test_it_is_linear_batch_norm_relu_and_at_last_linear(last_bias):
    torch.manual_seed(0)
    head = mlp([6, 5, 4, 3], last_bias=last_bias)
    first, norm, _, second, second_norm, _, last = head
    x = torch.randn(10, 6)
    values = x.numpy()
    for linear, normed in ((first, norm), (second, second_norm)):
        values = values @ linear.weight.detach().numpy().T + linear.bias.detach().numpy()
        values = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + normed.eps)
        values = np.maximum(values, 0)
    expected = values @ last.weight.detach().numpy().T + (last.bias.detach().numpy() if last_bias else 0)
    np.testing.assert_allclose(head(x).detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    assert (last.bias is not None) == last_bias


def test_the_papers_projector_has_the_papers_sizes():
    layers = [layer for layer in mlp([2048, 1024, 1024, 2048], last_bias=False) if isinstance(layer, torch.nn.Linear)]
    shapes = [tuple(layer.weight.shape) for layer in layers]
    assert shapes == [(1024, 2048), (1024, 1024), (2048, 1024)]


def test_without_hidden_sizes_it_is_linear():
    head = mlp([3, 2], last_bias=False).eval()
    x, y = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(head(2 * x - y), 2 * head(x) - head(y))


def test_the_learning_rate_falls_by_the_factor_and_never_below_its_bound():
    optimizer = adam(mlp([3, 2], last_bias=True).parameters(), 0.01)
    schedule = plateau_schedule(optimizer, factor=0.1, patience=0, min_factor=1e-3)
    rates = []
    for _ in range(6):
        schedule.step(1.0)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([1e-2, 1e-3, 1e-4, 1e-5, 1e-5, 1e-5])


def test_a_rate_as_small_as_the_authors_last_ones_is_still_lowered():
    optimizer = adam(mlp([3, 2], last_bias=True).parameters(), 1.6e-8)
    schedule = plateau_schedule(optimizer, factor=0.5, patience=0, min_factor=0.0)
    for _ in range(2):
        schedule.step(1.0)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(8e-9)
