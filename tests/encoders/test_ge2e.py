"""GE2E against a slow loop over the equations of Wan et al., and in closed form."""

import math

import pytest
import torch

from real_cloned.encoders.losses import GE2E, centroid_cosines, in_batch_eer


def voices(n_singers=4, n_utterances=3, size=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_singers, n_utterances, size, generator=generator, dtype=torch.float64)


def slow_ge2e(embeddings, weight, bias):
    """Equations 5, 6, 8 and 9, utterance by utterance."""
    unit = [[utterance / utterance.norm() for utterance in singer] for singer in embeddings]
    losses = []
    for j, singer in enumerate(unit):
        for i, utterance in enumerate(singer):
            terms = []
            for k, other in enumerate(unit):
                members = [one for place, one in enumerate(other) if k != j or place != i]
                centroid = sum(members) / len(members)
                terms.append(weight * torch.cosine_similarity(utterance, centroid, dim=0).item() + bias)
            losses.append(-terms[j] + math.log(sum(math.exp(term) for term in terms)))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("shape", [(4, 3, 5), (2, 2, 3), (8, 10, 16)])
@pytest.mark.parametrize("scale", [(10.0, -5.0), (2.0, 1.0)])
def test_it_equals_the_equations_utterance_by_utterance(shape, scale):
    loss = GE2E().double()
    loss.weight.data, loss.bias.data = (torch.tensor(value, dtype=torch.float64) for value in scale)
    assert loss(voices(*shape)).item() == pytest.approx(slow_ge2e(voices(*shape), *scale), rel=1e-9)


@pytest.mark.parametrize("n_singers", [2, 7])
def test_singers_at_right_angles_to_each_other_have_a_closed_form(n_singers):
    corners = torch.eye(n_singers, dtype=torch.float64)[:, None].expand(-1, 3, -1)
    expected = math.log(1 + (n_singers - 1) * math.exp(-10))
    assert GE2E().double()(corners).item() == pytest.approx(expected, rel=1e-9)


def test_utterances_that_are_all_the_same_give_the_logarithm_of_the_number_of_singers():
    assert GE2E()(torch.ones(6, 4, 3)).item() == pytest.approx(math.log(6))


def test_the_order_of_singers_and_of_utterances_and_their_length_do_not_matter():
    embeddings, loss = voices(), GE2E().double()
    changed = embeddings[[2, 0, 3, 1]][:, [1, 2, 0]] * torch.rand(4, 3, 1, dtype=torch.float64).add(0.1)
    torch.testing.assert_close(loss(changed), loss(embeddings))


def test_turning_all_embeddings_together_does_not_matter():
    turn, _ = torch.linalg.qr(voices(1, 5, 5)[0])
    torch.testing.assert_close(centroid_cosines(voices() @ turn), centroid_cosines(voices()))


def test_an_utterance_is_no_part_of_the_centroid_that_it_is_compared_with():
    embeddings = torch.eye(3, dtype=torch.float64)[None, :2]  # two utterances at right angles, of one singer
    assert centroid_cosines(embeddings).flatten().tolist() == [0, 0]


def test_its_gradient_is_right_by_finite_differences():
    assert torch.autograd.gradcheck(GE2E().double(), voices(3, 2, 3).requires_grad_())


def test_the_gradients_of_weight_and_bias_are_a_hundredth_of_the_true_ones():
    loss = GE2E().double()
    loss(voices()).backward()
    step = 1e-6
    with torch.no_grad():
        loss.weight += step
        above = loss(voices())
        loss.weight -= 2 * step
        below = loss(voices())
    assert loss.weight.grad.item() == pytest.approx(0.01 * ((above - below) / (2 * step)).item(), rel=1e-5)
    assert loss.bias.grad.item() == pytest.approx(0, abs=1e-12)  # softmax does not see a constant


def test_weight_and_bias_begin_where_the_paper_lets_them():
    assert {name: value.item() for name, value in GE2E().named_parameters()} == {"weight": 10.0, "bias": -5.0}


def test_the_in_batch_rate_is_zero_for_singers_apart_and_a_coin_toss_for_singers_alike():
    assert in_batch_eer(torch.eye(4)[:, None].repeat(1, 3, 1)) == 0
    assert in_batch_eer(torch.eye(2)[0].expand(4, 3, 2)) == pytest.approx(0.5)


def test_the_in_batch_rate_flatters_beside_the_pairwise_one():
    import pandas as pd

    from real_cloned.metrics.verification import pairwise_eer, trial_list

    embeddings = voices(8, 10, 16) * 2 + voices(8, 1, 16, seed=1) * 1.5
    clips = pd.DataFrame({"singer_id": [singer for singer in range(8) for _ in range(10)]})
    pairwise = pairwise_eer(trial_list(clips, 10_000, 0), embeddings.flatten(0, 1).numpy())
    assert in_batch_eer(embeddings) < pairwise - 0.05
