"""All runs trained as one network, against each of them trained alone."""

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
    """Segments in float64, and a maker of runs on some of the singers, with tracks of 1 to 6 segments."""
    rng = np.random.default_rng(seed)
    centres, segments, tracks = 2 * rng.normal(size=(n_singers, SIZE)), [], {"train": {}, "validation": {}}
    for singer in range(n_singers):
        for role, n_tracks in (("train", 2 + singer % 3), ("validation", 1)):
            tracks[role][singer] = []
            for _ in range(n_tracks):
                count = int(rng.integers(1, 7))
                tracks[role][singer].append(np.arange(len(segments), len(segments) + count))
                segments += list(centres[singer] + noise * rng.normal(size=(count, SIZE)))
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


def assert_same(together, alone):
    assert together.losses == pytest.approx(alone.losses, rel=1e-7)
    assert list(together.weights) == list(alone.weights)
    for name, weight in alone.weights.items():
        torch.testing.assert_close(together.weights[name], weight, rtol=1e-6, atol=1e-8, msg=name)


@pytest.mark.parametrize("balance", ["singers", "tracks"])
def test_every_run_has_the_losses_and_weights_that_it_has_alone_and_stops_at_the_same_epoch(balance):
    segments, runs = five_runs()
    parameters = but(PARAMETERS, balance=balance)
    together = train_probes(segments, runs, parameters, CPU)
    for run, probe in zip(runs, together, strict=True):
        assert_same(probe, train_probe(segments, run, parameters))
    assert len({len(probe.losses) for probe in together}) > 2  # they did stop at different epochs
    assert len({len(run.validation.sample_per_track(2, np.random.default_rng(0))[0]) for run in runs}) > 1


def test_every_run_says_of_every_segment_what_it_says_alone():
    segments, runs = five_runs()
    for run, probe in zip(runs, train_probes(segments, runs, PARAMETERS, CPU), strict=True):
        alone = log_probabilities(train_probe(segments, run, PARAMETERS).build_network(), segments)
        np.testing.assert_allclose(log_probabilities(probe.build_network(), segments), alone, rtol=1e-6, atol=1e-8)


def test_who_else_trains_makes_no_difference():
    segments, runs = five_runs()
    whole = train_probes(segments, runs, PARAMETERS, CPU)
    for part in ([3], [4, 0]):
        for place, probe in zip(part, train_probes(segments, [runs[p] for p in part], PARAMETERS, CPU), strict=True):
            assert_same(probe, whole[place])


def test_validation_in_pieces_is_validation_at_once(monkeypatch):
    segments, runs = five_runs()
    whole = train_probes(segments, runs, PARAMETERS, CPU)
    monkeypatch.setattr("real_cloned.probing.batched_training.VALIDATION_BATCH_SIZE", 3)
    for probe, piecewise in zip(whole, train_probes(segments, runs, PARAMETERS, CPU), strict=True):
        assert_same(piecewise, probe)


def test_the_learning_rate_of_a_run_falls_by_its_own_losses():
    segments, runs = five_runs()
    steady = but(PARAMETERS, plateau_patience=99, max_epochs=25, stop_patience=25)
    falling = but(steady, plateau_patience=1)
    for run, one, other in zip(
        runs, train_probes(segments, runs, steady, CPU), train_probes(segments, runs, falling, CPU), strict=True
    ):
        assert one.losses != pytest.approx(other.losses)
        assert_same(other, train_probe(segments, run, falling))


def test_every_run_is_reported_when_it_stops():
    segments, runs = five_runs()
    ended = []
    probes = train_probes(segments, runs, PARAMETERS, CPU, ended.append)
    assert sum(ended) == 5
    assert len(ended) == max(len(probe.losses) for probe in probes)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_same_seeds_give_the_same_weights(precision):
    segments, runs = five_runs()
    parameters = but(PARAMETERS, precision=precision)
    first, again = (train_probes(segments.float(), runs, parameters, CPU) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert all(torch.equal(weight, other.weights[name]) for name, weight in one.weights.items())


def test_bfloat16_keeps_weights_in_float32_and_comes_to_nearly_the_same_losses():
    segments, runs = five_runs()
    wide = but(PARAMETERS, max_epochs=3)
    exact = train_probes(segments.float(), runs, wide, CPU)
    for one, other in zip(
        exact, train_probes(segments.float(), runs, but(wide, precision="bfloat16"), CPU), strict=True
    ):
        assert {weight.dtype for weight in other.weights.values()} == {torch.float32, torch.int64}
        assert other.losses == pytest.approx(one.losses, rel=0.1)
        assert other.losses != one.losses


def test_torchs_own_random_numbers_are_left_alone():
    segments, runs = five_runs()
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    train_probes(segments, runs, but(PARAMETERS, max_epochs=1), CPU)
    assert torch.equal(torch.rand(3), expected)
