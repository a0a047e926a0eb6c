"""The two networks: sizes as published, what they do not hear, and pairs compared all at once."""

import pytest
import torch

from real_cloned.covers.networks import (
    CoverEncoder,
    ProfileTrunk,
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


def test_the_first_kernel_meets_a_profile_at_several_tempos():
    torch.manual_seed(0)
    parameters = TrunkParameters(channels=3, kernel_frames=4, kernel_dilations=[2, 5], stride=3, dilations=[])
    trunk, profile = ProfileTrunk(parameters), torch.rand(1, 12, 26)
    expected = torch.zeros(3, 4)
    for place in range(4):
        for dilation in (2, 5):
            start = 3 * place + (15 - 3 * dilation) // 2  # the kernels have the same middle
            frames = profile[0][:, start : start + 3 * dilation + 1 : dilation]  # (12, 4)
            for key in range(12):
                response = (trunk.first.weight[:, 0] * frames.roll(-key, dims=0)).sum(dim=(1, 2)) + trunk.first.bias
                expected[:, place] = torch.maximum(expected[:, place], response)
    torch.testing.assert_close(trunk(profile)[0], expected)


def test_a_kernel_meets_its_chords_at_both_tempos_of_which_it_has_the_distance():
    torch.manual_seed(0)
    chords = torch.rand(12, 8) - 0.5
    answers = []
    for dilations in ([2, 3], [3]):
        trunk = ProfileTrunk(TrunkParameters(channels=1, kernel_frames=8, kernel_dilations=dilations, dilations=[]))
        with torch.inference_mode():
            trunk.first.weight[0, 0] = chords
            slow, fast = (chords.repeat_interleave(n, dim=1).repeat(1, 4)[None] for n in (3, 2))
            answers.append([float(trunk(one).max() - trunk.first.bias) for one in (slow, fast)])
    both, slow_only = answers
    own = float((chords**2).sum())
    assert both == pytest.approx([own, own], rel=1e-5)
    assert slow_only[0] == pytest.approx(own, rel=1e-5)
    assert slow_only[1] < 0.9 * own


@pytest.mark.parametrize("strides", [(1, []), (2, []), (3, [2, 1])])
def test_a_profile_may_be_as_short_as_the_parameters_say(strides):
    stride, dilations = strides
    parameters = TrunkParameters(
        kernel_frames=5, kernel_dilations=[2, 3], stride=stride, dilations=dilations, channels=2
    )
    trunk = ProfileTrunk(parameters)
    assert trunk(torch.rand(1, 12, parameters.n_frames)).shape == (1, 2, 1)
    with pytest.raises(RuntimeError):
        trunk(torch.rand(1, 12, parameters.n_frames - 1))


def test_with_batch_normalisation_the_first_kernels_are_silent_where_they_fit_less_than_usual():
    torch.manual_seed(0)
    trunk = ProfileTrunk(TrunkParameters(channels=8, kernel_frames=6, dilations=[], normalise=True, batch_norm=True))
    with torch.inference_mode():
        share = (trunk(torch.rand(8, 12, 60)) == 0).float().mean()
    assert 0.3 < share < 0.7


def test_before_training_a_distance_speaks_against_one_work():
    torch.manual_seed(0)
    network = SiameseNetwork(SIAMESE).eval()
    embeddings = torch.rand(2, 16)
    near, far = network(embeddings, embeddings), network(embeddings, 1 - embeddings)
    assert (near > far).all()


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
