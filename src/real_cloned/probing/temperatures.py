"""Temperatures of probes: fitted to the validation tracks, and, as an experiment, to clones by other methods.

All runs of a class count share a temperature. Each run has a probe of its own, but all of them are trained alike, and
the validation tracks of one run are too few to fit a temperature to (`metrics.temperature`).

Clones are not among the validation tracks, and confidence in their singers is far too high. Would a calibration on some
clones help with others? To answer this for a clone, a temperature is fitted to clones that were made by other methods
and that imitate other singers: as if method and singer were met for the first time.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor, nn

from real_cloned.metrics.temperature import Temperature, fit_temperature, temperature_grid, track_log_likelihoods
from real_cloned.parameters.probe import CalibrationParameters, ProbeParameters
from real_cloned.probing.data import Run
from real_cloned.probing.predict import Queries, network_scores, score_batches


def fit_to_validation(
    networks: Sequence[nn.Module], runs: Sequence[Run], segments: Tensor, parameters: ProbeParameters
) -> Temperature:
    """Return the temperature that fits the validation tracks of all runs together.

    Args:
        networks: Trained classifier of each run.
        runs: The runs, of one class count.
        segments: Embeddings of all segments of the gallery. Shape: (n_segments, size).
        parameters: Parameters of the probe.
    """
    grid = temperature_grid(parameters.calibration)
    likelihoods, tracks = [], set[int]()
    for network, run in zip(networks, runs, strict=True):
        rows, _ = run.validation_segments(parameters.n_validation_segments)
        log_probs = network_scores(network, segments)(rows)
        counts = np.array([min(len(track), parameters.n_validation_segments) for track in run.validation.rows])
        is_true = np.eye(run.n_classes, dtype=bool)[run.validation.labels]  # (n_tracks, n_classes)
        likelihoods.append(track_log_likelihoods(log_probs, is_true, counts, grid))
        tracks.update(int(track[0]) for track in run.validation.rows)  # a segment belongs to one track
    return fit_temperature(np.concatenate(likelihoods), len(tracks), parameters.calibration)


def fit_to_other_clones(
    networks: Sequence[nn.Module], enrolled: Sequence[list[str]], queries: Queries, parameters: CalibrationParameters
) -> dict[str, Temperature]:
    """Return a temperature for each clone, fitted to the clones that share neither its method nor a target singer.

    Clones of an unknown method, and those without an enrolled target singer, are left out on both sides. A clone to
    which none of the others could be fitted has no temperature.

    Args:
        networks: Trained classifier of each run of a class count.
        enrolled: Singers of the classes of each run.
        queries: Tracks of which clones are taken.
        parameters: Of the calibration.

    Returns:
        Temperatures by track_id.
    """
    clones = queries.tracks[queries.tracks["clone_method"].notna()]
    tables, rows = [], []
    for network, singers in zip(networks, enrolled, strict=True):
        for names, likelihoods in _clone_log_likelihoods(network, singers, clones, queries, parameters):
            tables += names
            rows.append(likelihoods)
    if not tables:
        return {}
    return _leave_one_out(clones, np.array(tables), np.concatenate(rows), parameters)


def _clone_log_likelihoods(
    network: nn.Module, enrolled: list[str], clones: pd.DataFrame, queries: Queries, parameters: CalibrationParameters
) -> Iterator[tuple[list[str], NDArray[np.float64]]]:
    """Yield ids of clones with an enrolled target singer, and their log-likelihoods, (n_tracks, N_GRID)."""
    grid = temperature_grid(parameters)
    known = clones[clones["singer_ids"].map(lambda singers: not set(enrolled).isdisjoint(singers))]
    for tracks, counts, log_probs in score_batches(known, queries.rows, network_scores(network, queries.segments)):
        is_true = np.stack([np.isin(enrolled, list(track["singer_ids"])) for track in tracks])  # (n_tracks, n_classes)
        yield [track["track_id"] for track in tracks], track_log_likelihoods(log_probs, is_true, counts, grid)


def _leave_one_out(
    clones: pd.DataFrame, track_ids: NDArray[np.str_], rows: NDArray[np.float64], parameters: CalibrationParameters
) -> dict[str, Temperature]:
    """Return a temperature per clone; rows of log-likelihoods, (n_rows, N_GRID), are of `track_ids`, (n_rows,)."""
    used = clones[clones["track_id"].isin(track_ids)]
    temperatures: dict[str, Temperature] = {}
    fitted: dict[frozenset[str], Temperature] = {}
    for clone in used.to_dict("records"):
        is_other = used["clone_method"].ne(clone["clone_method"]) & used["singer_ids"].map(
            set(clone["singer_ids"]).isdisjoint
        )
        others = frozenset(used.loc[is_other, "track_id"])
        if others and others not in fitted:  # all clones of a singer by one method have the same others
            fitted[others] = fit_temperature(rows[np.isin(track_ids, list(others))], len(others), parameters)
        if others:
            temperatures[clone["track_id"]] = fitted[others]
    return temperatures
