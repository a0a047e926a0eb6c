"""Batched training, against training each run alone."""

import numpy as np
import pytest
import torch

from real_cloned.probing.batched_training import train_probes
from real_cloned.probing.data import LabelledTracks, Run
from real_cloned.probing.training import log_probabilities, train_probe
from tests.tiny import PROBE, but

SIZE = 6
CPU = torch.device("cpu")
PARAMETERS = but(PROBE, hidden_sizes=[7, 5], max_epochs=40, stop_patience=4, plateau_patience=1)


def corpus(n_singers=8, seed=0, noise=0.9):
    """Return segments in float64, and the rows of tracks of 1 to 6 segments by role and singer."""
    rng = np.random.default_rng(seed)
    centroids, segments, tracks = 2 * rng.normal(size=(n_singers, SIZE)), [], {"train": {}, "validation": {}}
    for singer in range(n_singers):
        for role, n_tracks in (("train", 2 + singer % 3), ("validation", 1)):
            tracks[role][singer] = []
            for _ in range(n_tracks):
                count = int(rng.integers(1, 7))
                tracks[role][singer].append(np.arange(len(segments), len(segments) + count))
                segments += list(centroids[singer] + noise * rng.normal(size=(count, SIZE)))
    return torch.tensor(np.array(segments), dtype=torch.float64), tracks


def run_of(tracks, singers, seed):
    sides = []
    for role in ("train", "validation"):
        rows = [(track, label) for label, singer in enumerate(singers) for track in tracks[role][singer]]
        sides.append(LabelledTracks([track for track, _ in rows], np.array([label for _, label in rows])))
    return Run(*sides, len(singers), seed)


def five_runs():
    segments, tracks = corpus()
    singers = [np.random.default_rng(seed).permutation(8)[:4].tolist() for seed in range(5)]
    return segments, [run_of(tracks, some, seed) for seed, some in enumerate(singers)]


def assert_same(batched, alone):
    assert batched.losses == pytest.approx(alone.losses, rel=1e-7)
    assert list(batched.weights) == list(alone.weights)
    for name, weight in alone.weights.items():
        torch.testing.assert_close(batched.weights[name], weight, rtol=1e-6, atol=1e-8, msg=name)


@pytest.mark.parametrize("balance", ["singers", "tracks"])
def test_every_run_has_the_losses_weights_and_last_epoch_of_training_alone(balance):
    segments, runs = five_runs()
    parameters = but(PARAMETERS, balance=balance)
    batched = train_probes(segments, runs, parameters, CPU)
    for run, probe in zip(runs, batched, strict=True):
        assert_same(probe, train_probe(segments, run, parameters))
    assert len({len(probe.losses) for probe in batched}) > 2  # they did stop at different epochs
    assert len({len(run.validation.sample_per_track(2, np.random.default_rng(0))[0]) for run in runs}) > 1


def test_every_run_predicts_every_segment_as_after_training_alone():
    segments, runs = five_runs()
    for run, probe in zip(runs, train_probes(segments, runs, PARAMETERS, CPU), strict=True):
        alone = log_probabilities(train_probe(segments, run, PARAMETERS).build_network(), segments)
        np.testing.assert_allclose(log_probabilities(probe.build_network(), segments), alone, rtol=1e-6, atol=1e-8)


def test_other_runs_in_the_batch_make_no_difference():
    segments, runs = five_runs()
    expected = train_probes(segments, runs, PARAMETERS, CPU)
    for part in ([3], [4, 0]):
        for index, probe in zip(part, train_probes(segments, [runs[k] for k in part], PARAMETERS, CPU), strict=True):
            assert_same(probe, expected[index])


def test_the_validation_batch_size_makes_no_difference(monkeypatch):
    segments, runs = five_runs()
    expected = train_probes(segments, runs, PARAMETERS, CPU)
    monkeypatch.setattr("real_cloned.probing.batched_training.VALIDATION_BATCH_SIZE", 3)
    for probe, piecewise in zip(expected, train_probes(segments, runs, PARAMETERS, CPU), strict=True):
        assert_same(piecewise, probe)


def test_the_learning_rate_of_a_run_depends_on_its_own_losses():
    segments, runs = five_runs()
    steady = but(PARAMETERS, learning_rate=0.1, plateau_patience=99, max_epochs=25, stop_patience=25)
    falling = but(steady, plateau_patience=1)
    for run, one, other in zip(
        runs, train_probes(segments, runs, steady, CPU), train_probes(segments, runs, falling, CPU), strict=True
    ):
        assert one.losses != pytest.approx(other.losses)
        assert_same(other, train_probe(segments, run, falling))


def test_every_run_is_reported_when_it_stops():
    segments, runs = five_runs()
    stopped = []
    probes = train_probes(segments, runs, PARAMETERS, CPU, stopped.append)
    assert sum(stopped) == 5
    assert len(stopped) == max(len(probe.losses) for probe in probes)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_same_seeds_give_the_same_weights(precision):
    segments, runs = five_runs()
    parameters = but(PARAMETERS, precision=precision)
    first, again = (train_probes(segments.float(), runs, parameters, CPU) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert all(torch.equal(weight, other.weights[name]) for name, weight in one.weights.items())


def test_bfloat16_keeps_weights_in_float32_and_gives_nearly_the_same_losses():
    segments, runs = five_runs()
    wide = but(PARAMETERS, max_epochs=3)
    exact = train_probes(segments.float(), runs, wide, CPU)
    for one, other in zip(
        exact, train_probes(segments.float(), runs, but(wide, precision="bfloat16"), CPU), strict=True
    ):
        assert {weight.dtype for weight in other.weights.values()} == {torch.float32, torch.int64}
        assert other.losses == pytest.approx(one.losses, rel=0.1)
        assert other.losses != one.losses


def test_the_global_random_state_of_torch_is_unchanged():
    segments, runs = five_runs()
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    train_probes(segments, runs, but(PARAMETERS, max_epochs=1), CPU)
    assert torch.equal(torch.rand(3), expected)
