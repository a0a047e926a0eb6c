"""Individuals and the population that they come from, for voices and bands alike."""

import numpy as np
import pytest
import torch

from real_cloned.demo.band import Band
from real_cloned.demo.voice import Voice


@pytest.fixture(params=[Voice, Band], ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


def values(individual):
    return torch.cat([getattr(individual, name) for name in type(individual).POPULATION], dim=1)


def draw(kind, seed, spread=1.0):
    return kind.sample(np.random.default_rng(seed), spread)


def test_a_blend_ends_at_the_one_and_at_the_other_and_is_even_between(kind):
    one, other = draw(kind, 0), draw(kind, 1)
    torch.testing.assert_close(values(one.interpolate(other, 0.0)), values(one))
    torch.testing.assert_close(values(one.interpolate(other, 1.0)), values(other))
    torch.testing.assert_close(values(one.interpolate(other, 0.25)), 0.75 * values(one) + 0.25 * values(other))


def test_without_spread_everybody_is_the_mean(kind):
    means = torch.cat([torch.full((1, trait.size), trait.mean) for trait in kind.POPULATION.values()], dim=1)
    torch.testing.assert_close(values(draw(kind, 0, spread=0.0)), means)
    torch.testing.assert_close(values(draw(kind, 0, spread=0.0).perturb(np.random.default_rng(1), 0.0)), means)


def test_the_population_has_the_mean_and_deviation_that_it_names(kind):
    rng = np.random.default_rng(0)
    people = kind.stack([kind.sample(rng, 0.3) for _ in range(800)])
    for name, trait in kind.POPULATION.items():
        if min(trait.mean - trait.lowest, trait.highest - trait.mean) > 4 * 0.3 * trait.deviation:
            drawn = getattr(people, name)
            assert drawn.mean().item() == pytest.approx(trait.mean, abs=5 * 0.3 * trait.deviation / 800**0.5)
            assert drawn.std().item() == pytest.approx(0.3 * trait.deviation, rel=0.15)


def test_nobody_leaves_what_is_possible_however_wide_the_spread(kind):
    rng = np.random.default_rng(0)
    people = kind.stack([kind.sample(rng, 5.0).perturb(rng, 5.0) for _ in range(50)])
    for name, trait in kind.POPULATION.items():
        assert getattr(people, name).min() >= trait.lowest - 1e-6
        assert getattr(people, name).max() <= trait.highest + 1e-6


def test_a_person_stays_closer_to_oneself_than_to_others(kind):
    scale = torch.cat([torch.full((1, trait.size), trait.deviation) for trait in kind.POPULATION.values()], dim=1)
    me, other = draw(kind, 0), draw(kind, 1)
    today = me.perturb(np.random.default_rng(2), 0.3)
    moved, apart = ((values(today) - values(one)) / scale for one in (me, other))
    assert moved.std().item() == pytest.approx(0.3, rel=0.4)
    assert apart.std() > 2 * moved.std()


def test_a_stack_holds_each_in_its_row(kind):
    people = [draw(kind, seed) for seed in range(3)]
    assert torch.equal(values(kind.stack(people)), torch.cat([values(one) for one in people]))
