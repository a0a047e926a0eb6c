"""Methods without training against slow versions, and that they do not hear the key."""

import numpy as np
import pytest

from real_cloned.covers.baselines import (
    GAP_EXTENSION,
    GAP_ONSET,
    chroma_mean_similarities,
    cross_correlation_similarities,
    qmax,
    qmax_row,
    qmax_similarities,
    recurrence_plot,
)
from real_cloned.covers.measures import measure_retrieval

from .fabricated import make_profiles

ALL = {
    "chroma_mean": chroma_mean_similarities,
    "cross_correlation": cross_correlation_similarities,
    "qmax": lambda values: qmax_similarities(values, 40, 1),
}


def slow_qmax(plot):
    """Return Qmax cell by cell, as the equation is written."""
    n, m = plot.shape
    lengths = np.zeros((n, m))
    cost = np.where(plot, GAP_ONSET, GAP_EXTENSION)
    for i in range(2, n):
        for j in range(2, m):
            before = [(i - 1, j - 1), (i - 2, j - 1), (i - 1, j - 2)]
            if plot[i, j]:
                lengths[i, j] = max(lengths[place] for place in before) + 1
            else:
                lengths[i, j] = max(0, *(lengths[place] - cost[place] for place in before))
    return lengths.max()


@pytest.mark.parametrize("density", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("shape", [(20, 31), (3, 3), (2, 9)])
def test_qmax_equals_the_equation_cell_by_cell(density, shape):
    plot = np.random.default_rng(0).random(shape) < density
    assert qmax(plot) == pytest.approx(slow_qmax(plot))


def test_a_trace_goes_on_behind_a_disruption_and_is_shortened_by_it():
    whole, broken = np.eye(40, dtype=bool), np.eye(40, dtype=bool)
    broken[20] = False
    assert qmax(whole) == 38
    assert qmax(broken) == 38 - 1 - GAP_ONSET


def test_a_performance_recurs_in_itself_in_any_key():
    values = make_profiles(1, 1, n_frames=60, noise=0.0).values[0] + np.random.default_rng(0).random((12, 60)) * 0.2
    for shift in range(12):
        plot = recurrence_plot(values, np.roll(values, shift, axis=0))
        assert plot.shape == (51, 51)
        assert plot.diagonal().all()


def test_the_cross_correlation_equals_all_shifts_one_by_one():
    values = make_profiles(2, 2, n_frames=16).values
    centred = values - values.mean(axis=1, keepdims=True)
    unit = [one / np.linalg.norm(one) for one in centred]
    shifts = [(pitch, time) for pitch in range(12) for time in range(16)]
    expected = [[max((a * np.roll(b, shift, axis=(0, 1))).sum() for shift in shifts) for b in unit] for a in unit]
    np.testing.assert_allclose(cross_correlation_similarities(values)(np.arange(4)), expected, rtol=1e-4)


@pytest.mark.parametrize("method", ALL)
def test_transposing_every_performance_changes_nothing(method):
    values = make_profiles(3, 2, n_frames=40).values
    shifts = np.random.default_rng(0).integers(12, size=6)
    transposed = np.stack([np.roll(one, shift, axis=0) for one, shift in zip(values, shifts, strict=True)])
    rows = np.arange(6)
    np.testing.assert_allclose(ALL[method](values)(rows), ALL[method](transposed)(rows), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("method", ALL)
def test_the_versions_of_a_work_are_nearer_than_other_works(method):
    profiles = make_profiles(6, 3, n_frames=80)
    assert measure_retrieval(ALL[method](profiles.values), profiles.works).mean_average_precision > 0.6


@pytest.mark.slow
def test_several_processes_give_the_same_rows():
    values = make_profiles(2, 2, n_frames=40).values
    rows = np.array([2, 0])
    expected = np.stack([qmax_row(values[row], values) for row in rows])
    np.testing.assert_array_equal(qmax_similarities(values, 40, 2)(rows), expected)
