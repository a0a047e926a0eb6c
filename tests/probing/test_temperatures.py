"""Temperatures of probes: one per class count, and for clones one from other clones only."""

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.metrics.temperature import fit_temperature, temperature_grid, track_log_likelihoods
from real_cloned.probing.data import Run
from real_cloned.probing.predict import Queries
from real_cloned.probing.temperatures import fit_to_other_clones, fit_to_validation
from real_cloned.probing.training import log_probabilities
from tests.tiny import CALIBRATION, PROBE

N_CLASSES = 4
ENROLLED = [f"s{label}" for label in range(N_CLASSES)]


def identity(sharpness=1.0):
    """Return a probe whose logits are the embedding itself, times the sharpness."""
    network = torch.nn.Linear(N_CLASSES, N_CLASSES, bias=False)
    network.weight.data = sharpness * torch.eye(N_CLASSES)
    return network


def make_clones(rows, noise=1.0, wrong=()):
    """Return queries for clones (method, singers), which sound like the first singer, or the next if `wrong`."""
    rng = np.random.default_rng(0)
    centres = [(int(singers[0][1:]) + (number in wrong)) % N_CLASSES for number, (_, singers) in enumerate(rows)]
    segments = 3 * np.eye(N_CLASSES)[np.repeat(centres, 2)] + noise * rng.normal(size=(2 * len(rows), N_CLASSES))
    names = [f"c{number}" for number in range(len(rows))]
    table = pd.DataFrame({"track_id": names, "clone_method": [method for method, _ in rows]})
    matrix_rows = {name: np.arange(2 * number, 2 * number + 2) for number, name in enumerate(names)}
    table["singer_ids"] = [singers for _, singers in rows]
    return Queries(table, torch.from_numpy(segments.astype(np.float32)), matrix_rows)


EIGHT = [(method, [f"s{singer}"]) for singer in range(N_CLASSES) for method in ("blend", "vocoder")]


def fit_by_hand(queries, track_ids, networks):
    """Return the temperature of all runs and some clones together."""
    rows = []
    for network in networks:
        for track in track_ids:
            log_probs = log_probabilities(network, queries.segments[queries.rows[track]])
            singers = queries.tracks.set_index("track_id").loc[track, "singer_ids"]
            is_true = np.array([[singer in singers for singer in ENROLLED]])
            rows.append(track_log_likelihoods(log_probs, is_true, np.array([2]), temperature_grid(CALIBRATION)))
    return fit_temperature(np.concatenate(rows), len(track_ids), CALIBRATION)


def test_a_clones_temperature_is_that_of_clones_by_other_methods_of_other_singers_in_all_runs():
    queries, networks = make_clones(EIGHT, wrong=(1, 4)), [identity(1.0), identity(3.0)]
    fitted = fit_to_other_clones(networks, [ENROLLED] * 2, queries, CALIBRATION)
    assert list(fitted) == queries.tracks["track_id"].tolist()
    for number, (method, (singer,)) in enumerate(EIGHT):
        others = [f"c{other}" for other, (name, (who,)) in enumerate(EIGHT) if name != method and who != singer]
        assert len(others) == 3
        assert fitted[f"c{number}"].value == pytest.approx(fit_by_hand(queries, others, networks).value)


def test_what_a_probe_says_of_a_clone_does_not_change_its_own_temperature():
    right, wrong = make_clones(EIGHT), make_clones(EIGHT, wrong=(0, 2, 4, 6))  # all blends are named wrongly
    first, second = (fit_to_other_clones([identity()], [ENROLLED], q, CALIBRATION) for q in (right, wrong))
    for number, (method, _) in enumerate(EIGHT):
        is_same = first[f"c{number}"] == second[f"c{number}"]
        assert is_same == (method == "blend"), number


def test_a_duet_shares_a_singer_with_the_clones_of_both_of_its_singers():
    queries = make_clones([("blend", ["s0", "s1"]), ("vocoder", ["s1"]), ("vocoder", ["s2"])])
    fitted = fit_to_other_clones([identity()], [ENROLLED], queries, CALIBRATION)
    assert fitted["c0"].value == pytest.approx(fit_by_hand(queries, ["c2"], [identity()]).value)
    assert set(fitted) == {"c0", "c2"}  # for c1 there is nothing but the duet


@pytest.mark.parametrize("rows", [[("blend", ["s0"]), ("blend", ["s1"])], [(None, ["s0"]), ("blend", ["s1"])]])
def test_without_clones_by_another_known_method_there_is_no_temperature(rows):
    queries = make_clones(rows)
    assert fit_to_other_clones([identity()], [ENROLLED], queries, CALIBRATION) == {}


def test_clones_whose_target_is_not_enrolled_are_left_out():
    queries = make_clones([("blend", ["s0"]), ("vocoder", ["s1"]), ("vocoder", ["s2"])])
    queries.tracks["singer_ids"] = [["s0"], ["s1"], ["stranger"]]
    assert set(fit_to_other_clones([identity()], [ENROLLED], queries, CALIBRATION)) == {"c0", "c1"}


def test_validation_tracks_of_several_runs_count_once(make_gallery):
    gallery = make_gallery(N_CLASSES, noise=1.0)
    run = gallery.make_run(ENROLLED, 0)
    network = torch.nn.Linear(gallery.matrix.shape[1], N_CLASSES)
    segments = torch.from_numpy(gallery.matrix)
    once, thrice = (fit_to_validation([network] * n, [run] * n, segments, PROBE) for n in (1, 3))
    assert once == thrice


def test_the_temperature_fits_the_validation_tracks_of_all_runs(make_gallery):
    gallery = make_gallery(N_CLASSES, noise=1.0)
    runs: list[Run] = [gallery.make_run(ENROLLED[:2], 0), gallery.make_run(ENROLLED[2:], 1)]
    networks = [torch.nn.Linear(gallery.matrix.shape[1], 2) for _ in runs]
    segments, rows = torch.from_numpy(gallery.matrix), []
    for network, run in zip(networks, runs, strict=True):
        chosen, labels = run.validation_segments(PROBE.n_validation_segments)
        is_true = np.eye(2, dtype=bool)[labels[:: PROBE.n_validation_segments]]
        log_probs = log_probabilities(network, segments[chosen])
        rows.append(track_log_likelihoods(log_probs, is_true, np.array([2, 2]), temperature_grid(CALIBRATION)))
    expected = fit_temperature(np.concatenate(rows), 4, CALIBRATION)
    assert fit_to_validation(networks, runs, segments, PROBE) == expected
