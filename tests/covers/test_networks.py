"""The two networks: sizes as published, what they do not hear, and pairs compared all at once."""

import pytest
import torch

from real_cloned.covers.networks import (
    CoverEncoder,
    SiameseNetwork,
    load_cover_encoder,
    load_siamese,
    network_weights,
)
from real_cloned.covers.profiles import tile_pitch
from real_cloned.parameters.covers import TrunkParameters
from tests.tiny import COVER_ENCODER as ENCODER
from tests.tiny import SIAMESE


@pytest.fixture
def networks():
    torch.manual_seed(0)
    siamese, encoder = SiameseNetwork(SIAMESE), CoverEncoder(ENCODER)
    encoder.embed(torch.rand(8, 12, 60))  # gives the batch normalisation statistics
    torch.nn.init.normal_(encoder.sharpness)
    return {"siamese": siamese.eval(), "encoder": encoder.eval()}


def test_the_published_sizes_are_the_defaults():
    published = SiameseNetwork(SIAMESE.model_copy(update={"trunk": TrunkParameters(), "embedding_size": 512}))
    assert published.trunk.first.weight.shape == (256, 1, 12, 50)
    convolutions = [layer for layer in published.trunk.others if isinstance(layer, torch.nn.Conv1d)]
    assert [layer.dilation for layer in convolutions] == [(20,), (13,), (7,)]
    assert {layer.kernel_size for layer in convolutions} == {(5,)}
    assert published.embed(torch.rand(1, 12, 500)).shape == (1, 512)


def test_the_first_kernel_meets_a_profile_in_twelve_keys(networks):
    trunk = networks["siamese"].trunk
    profile = torch.rand(1, 12, 6)  # as long as the kernel
    responses = trunk.first(tile_pitch(profile)[:, None])[0, :, :, 0]  # (channels, 12)
    for key in range(12):
        own = (trunk.first.weight[:, 0] * profile[0].roll(-key, dims=0)).sum(dim=(1, 2)) + trunk.first.bias
        torch.testing.assert_close(responses[:, key], own)


@pytest.mark.parametrize("name", ["siamese", "encoder"])
def test_an_embedding_does_not_depend_on_the_key(networks, name):
    profiles = torch.rand(3, 12, 60)
    expected = networks[name].embed(profiles)
    for shift in range(1, 12):
        torch.testing.assert_close(networks[name].embed(profiles.roll(shift, dims=1)), expected)
    other = profiles[:, torch.tensor([1, 0, *range(2, 12)])]  # two classes exchanged is no transposition
    assert not torch.allclose(networks[name].embed(other), expected, atol=1e-4)


def test_all_pairs_at_once_have_the_logits_of_each_pair_alone(networks):
    network = networks["siamese"]
    queries, candidates = network.embed(torch.rand(3, 12, 60)), network.embed(torch.rand(5, 12, 60))
    expected = torch.stack([network(query.expand(5, -1), candidates) for query in queries])
    torch.testing.assert_close(network.compare(queries, candidates), expected)


def test_which_performance_of_a_pair_is_the_first_does_not_matter(networks):
    network = networks["siamese"]
    first, second = network.embed(torch.rand(4, 12, 60)), network.embed(torch.rand(4, 12, 60))
    torch.testing.assert_close(network(first, second), network(second, first))


def test_weights_come_back_as_the_network_that_made_them(networks):
    profiles = torch.rand(2, 12, 60)
    for name, parameters, load in (("siamese", SIAMESE, load_siamese), ("encoder", ENCODER, load_cover_encoder)):
        again = load(network_weights(networks[name], parameters))
        torch.testing.assert_close(again.embed(profiles), networks[name].embed(profiles))
