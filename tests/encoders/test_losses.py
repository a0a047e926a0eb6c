"""NT-Xent against a slow loop over equation 1 of the paper, and in closed form."""

import math

import pytest
import torch

from real_cloned.encoders.losses import nt_xent


def sides(n_pairs, size=6, seed=0):
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
def test_it_equals_the_equation_term_by_term(singers, temperature):
    first, second = sides(4)
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
    first, second = sides(5)
    singers = torch.tensor([0, 1, 1, 2, 3])
    torch.testing.assert_close(nt_xent(first, second, singers, 0.2), nt_xent(second, first, singers, 0.2))


def test_the_order_of_the_pairs_and_the_length_of_the_vectors_do_not_matter():
    first, second = sides(5)
    singers, order = torch.tensor([0, 1, 1, 2, 3]), torch.tensor([3, 1, 4, 0, 2])
    shuffled = nt_xent(first[order] * 3, second[order] * 0.1, singers[order], 0.2)
    torch.testing.assert_close(shuffled, nt_xent(first, second, singers, 0.2))


def test_a_pair_of_the_same_singer_is_no_negative():
    corners = torch.eye(2, dtype=torch.float64)[[0, 1, 0]]  # pairs 0 and 2 are identical, and of one singer
    far = math.exp(-1 / 0.2)
    expected = (4 * math.log(1 + 2 * far) + 2 * math.log(1 + 4 * far)) / 6
    assert nt_xent(corners, corners, torch.tensor([0, 1, 0]), 0.2).item() == pytest.approx(expected, rel=1e-9)


def test_a_batch_of_one_singer_has_nothing_to_learn():
    first, second = sides(4)
    assert nt_xent(first, second, torch.zeros(4, dtype=torch.int64), 0.2).item() == 0


def test_its_gradient_is_right_by_finite_differences():
    first, second = sides(3, size=3)
    singers = torch.tensor([0, 1, 0])
    assert torch.autograd.gradcheck(
        lambda one, other: nt_xent(one, other, singers, 0.5), (first.requires_grad_(), second.requires_grad_())
    )
