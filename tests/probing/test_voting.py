"""Majority votes of segments, by hand and against a slow loop."""

import numpy as np
import pytest

from real_cloned.probing.predict import majority_vote


def log(*rows):
    return np.log(np.array(rows, np.float32))


def test_the_class_with_most_segments_wins_even_against_a_surer_one():
    answer = majority_vote(log([0.01, 0.98, 0.01], [0.4, 0.3, 0.3], [0.4, 0.3, 0.3]))
    assert answer.classes[0] == 0
    assert answer.votes == pytest.approx([2 / 3, 1 / 3, 0])


def test_equal_votes_go_to_the_likelier_class():
    answer = majority_vote(log([0.6, 0.3, 0.1], [0.1, 0.8, 0.1]))
    assert answer.classes == [1, 0, 2]
    assert answer.votes == [0.5, 0.5, 0.0]
    assert answer.log_probability == pytest.approx(np.log([[0.3, 0.6, 0.1], [0.8, 0.1, 0.1]]).mean(axis=0))


def test_classes_without_votes_are_ordered_by_likelihood():
    assert majority_vote(log([0.5, 0.05, 0.25, 0.2], [0.5, 0.1, 0.1, 0.3])).classes == [0, 3, 2, 1]


def test_at_most_five_classes_are_named_and_all_where_there_are_fewer():
    rng = np.random.default_rng(0)
    assert len(majority_vote(rng.normal(size=(3, 9)).astype(np.float32)).classes) == 5
    assert sorted(majority_vote(rng.normal(size=(3, 2)).astype(np.float32)).classes) == [0, 1]
    assert len(majority_vote(rng.normal(size=(3, 9)).astype(np.float32), n_best=2).votes) == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_answer_equals_a_slow_count(seed):
    values = np.random.default_rng(seed).normal(size=(6, 7)).astype(np.float32)
    ballots = [max(range(7), key=row.__getitem__) for row in values.tolist()]
    means = [sum(column) / 6 for column in values.T.tolist()]
    order = sorted(range(7), key=lambda place: (-ballots.count(place), -means[place]))[:5]
    answer = majority_vote(values)
    assert answer.classes == order
    assert answer.votes == pytest.approx([ballots.count(place) / 6 for place in order])
    assert answer.log_probability == pytest.approx([means[place] for place in order], rel=1e-5)


def test_the_order_of_the_segments_does_not_matter():
    values = np.random.default_rng(0).normal(size=(6, 7))
    assert majority_vote(values[::-1]).classes == majority_vote(values).classes


def test_the_likeliest_are_those_of_greatest_mean_log_probability_whatever_the_votes():
    answer = majority_vote(log([0.5, 0.4, 0.1], [0.5, 0.4, 0.1], [0.05, 0.4, 0.55]))
    assert answer.classes == [0, 2, 1]
    assert answer.likeliest == [1, 0, 2]
