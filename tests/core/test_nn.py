"""The head that projector and probe share, against the same layers written out in NumPy."""

import numpy as np
import torch

from real_cloned.core.nn import mlp


def test_it_is_linear_batch_norm_relu_and_at_last_linear_without_bias():
    torch.manual_seed(0)
    head = mlp([6, 5, 4, 3])
    first, norm, _, second, second_norm, _, last = head
    x = torch.randn(10, 6)
    values = x.numpy()
    for linear, normed in ((first, norm), (second, second_norm)):
        values = values @ linear.weight.detach().numpy().T + linear.bias.detach().numpy()
        values = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + normed.eps)
        values = np.maximum(values, 0)
    np.testing.assert_allclose(head(x).detach().numpy(), values @ last.weight.detach().numpy().T, rtol=1e-4, atol=1e-5)


def test_the_papers_projector_has_the_papers_sizes():
    layers = [layer for layer in mlp([2048, 1024, 1024, 2048]) if isinstance(layer, torch.nn.Linear)]
    shapes = [tuple(layer.weight.shape) for layer in layers]
    assert shapes == [(1024, 2048), (1024, 1024), (2048, 1024)]


def test_without_hidden_sizes_it_is_linear():
    head = mlp([3, 2]).eval()
    x, y = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(head(2 * x - y), 2 * head(x) - head(y))
