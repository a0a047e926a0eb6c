"""NT-Xent and GE2E against slow loops over the equations of their papers, in closed form, and over two processes."""

import math

import pandas as pd
import pytest
import torch
from torch import distributed, multiprocessing

from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import pairwise_eer
from real_cloned.training.losses import GE2E, centroid_cosines, in_batch_eer, nt_xent


def random_pairs(n_pairs, size=6, seed=0):
    return torch.randn(2, n_pairs, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def slow_nt_xent(first, second, singers, temperature):
    """Equation 1 term by term; pairs of the same singer as the anchor's are no negatives."""
    rows = [*first, *second]
    names, pairs = singers.tolist() * 2, [*range(len(first))] * 2
    losses = []
    for anchor, one in enumerate(rows):
        terms = {
            other: math.exp(torch.cosine_similarity(one, rows[other], dim=0).item() / temperature)
            for other in range(len(rows))
            if other != anchor and (pairs[other] == pairs[anchor] or names[other] != names[anchor])
        }
        positive = next(other for other in terms if pairs[other] == pairs[anchor])
        losses.append(-math.log(terms[positive] / sum(terms.values())))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("singers", [[0, 1, 2, 3], [0, 1, 0, 2], [5, 5, 5, 1]])
@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_nt_xent_equals_the_equation_term_by_term(singers, temperature):
    first, second = random_pairs(4)
    loss = nt_xent(first, second, torch.tensor(singers), temperature)
    assert loss.item() == pytest.approx(slow_nt_xent(first, second, torch.tensor(singers), temperature), rel=1e-9)


@pytest.mark.parametrize("n_pairs", [2, 7])
def test_identical_sides_that_are_orthogonal_to_all_others_have_a_closed_form(n_pairs):
    corners = torch.eye(n_pairs, dtype=torch.float64)
    loss = nt_xent(corners, corners, torch.arange(n_pairs), 0.2).item()
    assert loss == pytest.approx(math.log(1 + 2 * (n_pairs - 1) * math.exp(-1 / 0.2)), rel=1e-9)


def test_vectors_that_are_all_the_same_give_the_logarithm_of_their_number():
    same = torch.ones(5, 3, dtype=torch.float64)
    assert nt_xent(same, same, torch.arange(5), 0.2).item() == pytest.approx(math.log(9))


def test_the_two_sides_can_be_exchanged():
    first, second = random_pairs(5)
    singers = torch.tensor([0, 1, 1, 2, 3])
    torch.testing.assert_close(nt_xent(first, second, singers, 0.2), nt_xent(second, first, singers, 0.2))


def test_the_order_of_the_pairs_and_the_length_of_the_vectors_do_not_matter():
    first, second = random_pairs(5)
    singers, order = torch.tensor([0, 1, 1, 2, 3]), torch.tensor([3, 1, 4, 0, 2])
    shuffled = nt_xent(first[order] * 3, second[order] * 0.1, singers[order], 0.2)
    torch.testing.assert_close(shuffled, nt_xent(first, second, singers, 0.2))


def test_a_pair_of_the_same_singer_is_no_negative():
    corners = torch.eye(2, dtype=torch.float64)[[0, 1, 0]]  # pairs 0 and 2 are identical, and of one singer
    far = math.exp(-1 / 0.2)
    expected = (4 * math.log(1 + 2 * far) + 2 * math.log(1 + 4 * far)) / 6
    assert nt_xent(corners, corners, torch.tensor([0, 1, 0]), 0.2).item() == pytest.approx(expected, rel=1e-9)


def test_a_batch_of_one_singer_has_nothing_to_learn():
    first, second = random_pairs(4)
    assert nt_xent(first, second, torch.zeros(4, dtype=torch.int64), 0.2).item() == 0


def test_the_gradient_of_nt_xent_is_right_by_finite_differences():
    first, second = random_pairs(3, size=3)
    singers = torch.tensor([0, 1, 0])
    assert torch.autograd.gradcheck(
        lambda one, other: nt_xent(one, other, singers, 0.5), (first.requires_grad_(), second.requires_grad_())
    )


N_PROCESSES = 2


def linear_batch():
    """Six pairs, of which two are of one singer, and the weights of a linear encoder."""
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 6, 5, generator=generator, dtype=torch.float64)
    return first, second, torch.tensor([0, 1, 2, 3, 1, 4]), torch.randn(5, 4, generator=generator, dtype=torch.float64)


def loss_and_gradient(first, second, singers, weights):
    weights = weights.clone().requires_grad_()
    loss = nt_xent(first @ weights, second @ weights, singers, 0.2)
    loss.backward()
    return loss.detach(), weights.grad


def run_process(rank, folder):
    """Compute one process's share of the pairs, then the mean of the gradients, as DistributedDataParallel."""
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"file://{folder}/store", rank=rank, world_size=N_PROCESSES)
    *rows, weights = linear_batch()
    loss, gradient = loss_and_gradient(*(part[rank::N_PROCESSES] for part in rows), weights)
    distributed.all_reduce(gradient)
    torch.save((loss, gradient / N_PROCESSES), folder / f"{rank}.pt")
    distributed.destroy_process_group()


@pytest.mark.slow
def test_nt_xent_of_a_batch_split_over_two_processes_has_the_loss_and_the_gradient_of_the_whole(tmp_path):
    multiprocessing.spawn(run_process, (tmp_path,), N_PROCESSES)
    whole_loss, whole_gradient = loss_and_gradient(*linear_batch())
    for rank in range(N_PROCESSES):
        loss, gradient = torch.load(tmp_path / f"{rank}.pt")
        torch.testing.assert_close(loss, whole_loss)
        torch.testing.assert_close(gradient, whole_gradient)


def test_the_halves_of_a_batch_alone_have_another_nt_xent():
    *rows, weights = linear_batch()
    halves = [loss_and_gradient(*(part[rank::2] for part in rows), weights)[0] for rank in (0, 1)]
    assert not torch.isclose(sum(halves) / 2, loss_and_gradient(*linear_batch())[0], rtol=0.05)


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
                members = [one for index, one in enumerate(other) if k != j or index != i]
                centroid = sum(members) / len(members)
                terms.append(weight * torch.cosine_similarity(utterance, centroid, dim=0).item() + bias)
            losses.append(-terms[j] + math.log(sum(math.exp(term) for term in terms)))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("shape", [(4, 3, 5), (2, 2, 3), (8, 10, 16)])
@pytest.mark.parametrize("scale", [(10.0, -5.0), (2.0, 1.0)])
def test_ge2e_equals_the_equations_utterance_by_utterance(shape, scale):
    loss = GE2E().double()
    loss.weight.data, loss.bias.data = (torch.tensor(value, dtype=torch.float64) for value in scale)
    assert loss(voices(*shape)).item() == pytest.approx(slow_ge2e(voices(*shape), *scale), rel=1e-9)


@pytest.mark.parametrize("n_singers", [2, 7])
def test_singers_at_right_angles_to_each_other_have_a_closed_form(n_singers):
    corners = torch.eye(n_singers, dtype=torch.float64)[:, None].expand(-1, 3, -1)
    expected = math.log(1 + (n_singers - 1) * math.exp(-10))
    assert GE2E().double()(corners).item() == pytest.approx(expected, rel=1e-9)


def test_ge2e_of_utterances_that_are_all_the_same_give_the_logarithm_of_the_number_of_singers():
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


def test_the_gradient_of_ge2e_is_right_by_finite_differences():
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
    embeddings = voices(8, 10, 16) * 2 + voices(8, 1, 16, seed=1) * 1.5
    clips = pd.DataFrame({"singer_id": [singer for singer in range(8) for _ in range(10)]})
    pairwise = pairwise_eer(trial_list(clips, 10_000, 0), embeddings.flatten(0, 1).numpy())
    assert in_batch_eer(embeddings) < pairwise - 0.05
