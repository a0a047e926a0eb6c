"""Enrol some singers, train a probe, name the singer of every test track; repeat (paper, section 3.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from real_cloned.finding_schemas import Confidences, Predictions
from real_cloned.parameters import ProbeParameters
from real_cloned.probing.asking import Examinee, Questions, Row, ask
from real_cloned.probing.calibration import fit_temperature
from real_cloned.probing.classifier import log_probabilities
from real_cloned.probing.corpus import ProbeCorpus
from real_cloned.probing.course import TrainedProbe
from real_cloned.probing.draws import Run
from real_cloned.probing.experiments import Experiment, draw_experiments
from real_cloned.probing.together import train_together
from real_cloned.schemas import Table, empty


@dataclass(frozen=True)
class Findings:
    """What the probes say: Predictions and Confidences."""

    predictions: pd.DataFrame
    confidences: pd.DataFrame


def identify_singers(
    names: tuple[str, str], gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> Findings:
    """Return what every run of every class count says of every query.

    names : the variant's and the query corpus' names; queries : its test tracks, or clones, are the ones to be named

    All runs of a class count train together. Tracks of singers who are not enrolled are asked for, too; of them, only
    the confidence is noted.
    """
    experiments = draw_experiments(names[1], gallery, queries, parameters)
    predictions, confidences = [], []
    with progress(experiments, f"probe {' on '.join(names)}") as bar:
        for experiment, said, sure in _answered(experiments, gallery, queries, parameters, bar):
            predictions.append(labelled(said, names, experiment))
            confidences.append(labelled(sure, names, experiment))
    return Findings(whole(predictions, Predictions), whole(confidences, Confidences))


def progress(experiments: list[Experiment], label: str) -> tqdm:
    """Return a bar that counts runs; there is none to see where there are none."""
    return tqdm(experiments, desc=label, unit="run", mininterval=1.0, disable=not experiments)


def labelled(rows: list[Row], names: tuple[str, str], experiment: Experiment) -> pd.DataFrame:
    """Return rows of one run with the columns that say whose they are."""
    facts = {"n_singers": len(experiment.enrolled), "run": experiment.run}
    return pd.DataFrame(rows).assign(variant=names[0], corpus=names[1], **facts)


def whole(tables: list[pd.DataFrame], model: type[Table]) -> pd.DataFrame:
    """Return the rows of all tables, with the columns of `model`."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True)[list(empty(model))] if filled else empty(model)


def _answered(
    experiments: list[Experiment], gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters, bar: tqdm
) -> Iterator[tuple[Experiment, list[Row], list[Row]]]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    for _, group in groupby(experiments, key=lambda experiment: len(experiment.enrolled)):
        together = list(group)
        runs = [gallery.run(experiment.enrolled, experiment.seed) for experiment in together]
        segments = gallery.segments(device)
        probes = train_together(segments, runs, parameters, device, bar.update)
        questions = Questions(queries.questions, queries.segments(device), queries.rows)
        for experiment, run, probe in zip(together, runs, probes, strict=True):
            examinee = _examinee(experiment, run, probe, segments, parameters.n_validation_segments)
            yield experiment, *ask(examinee, questions, gallery.n_train_tracks)


def _examinee(experiment: Experiment, run: Run, probe: TrainedProbe, segments: Tensor, per_track: int) -> Examinee:
    """Return the trained run with its temperature, found on the segments that decided when it ends."""
    network = probe.network()
    rows, labels = run.held_out(per_track)
    held_out = segments[torch.from_numpy(rows).to(segments.device)]
    counts = np.array([min(len(own), per_track) for own in run.validation.rows])
    temperature = fit_temperature(log_probabilities(network, held_out), labels, counts)
    return Examinee(network, experiment.enrolled, temperature)
