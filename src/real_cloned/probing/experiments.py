"""The paper's experiments: enrol some singers, train a probe, predict the singer of every test track; repeat.

Real tracks are tested against randomly drawn singers of their own corpus, and clones against their target singers among
others drawn from the closed corpus (paper, section 3.3). The gallery is the corpus whose tracks train the probe, the
queries are the corpus whose test tracks or clones are predicted; for real tracks both are the same.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.batched_training import train_probes
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.predict import FittedProbe, Queries, Record, predict
from real_cloned.probing.temperatures import fit_to_other_clones, fit_to_validation
from real_cloned.schemas.base import Table, empty_table
from real_cloned.schemas.results import Confidences, Predictions

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Experiment:
    """One run at one class count.

    Attributes:
        enrolled: Ids of the enrolled singers, in alphabetical order.
        run: Number of the run, from 0.
        seed: Seed of all random numbers of the run.
    """

    enrolled: list[str]
    run: int
    seed: int


@dataclass(frozen=True)
class ProbeResults:
    """What the probes of all runs predict.

    Attributes:
        predictions: `schemas.results.Predictions`.
        confidences: `schemas.results.Confidences`.
        others: `schemas.results.Predictions` of further queries, at the largest class count.
    """

    predictions: pd.DataFrame
    confidences: pd.DataFrame
    others: pd.DataFrame


def identify_singers(
    gallery: ProbeCorpus,
    queries: ProbeCorpus,
    parameters: ProbeParameters,
    *,
    variant: str,
    corpus: str,
    others: ProbeCorpus | None = None,
) -> ProbeResults:
    """Return the predictions and confidences of every run of every class count.

    All runs of a class count are trained as one batch, and share the temperature of their confidences. Tracks without
    an enrolled singer have a confidence, but no prediction.

    Args:
        gallery: Corpus whose training and validation tracks train the probes.
        queries: Corpus whose test tracks or clones are predicted.
        parameters: Parameters of the probe.
        variant: Name of the encoder variant.
        corpus: Name of the query corpus.
        others: Further real tracks that the probes of most singers are asked; None: none.
    """
    experiments = draw_experiments(corpus, gallery, queries, parameters)
    if not experiments:
        return ProbeResults(empty_table(Predictions), empty_table(Confidences), empty_table(Predictions))
    largest = max(len(experiment.enrolled) for experiment in experiments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    segments = gallery.to_tensor(device)  # one copy for all
    asked = queries_of(queries, gallery, segments)
    also_asked = queries_of(others, gallery, segments) if others is not None else None
    predictions, confidences, other_predictions = [], [], []
    with progress_bar(experiments, f"probe {variant} on {corpus}") as bar:
        for experiment, probe in _train_experiments(experiments, gallery, segments, asked, parameters, bar):
            answers = predict(probe, asked, gallery.n_train_tracks)
            tables = [experiment_table(rows, experiment, variant=variant, corpus=corpus) for rows in answers]
            predictions.append(tables[0])
            confidences.append(tables[1])
            if also_asked is not None and len(experiment.enrolled) == largest:
                rows, _ = predict(probe, also_asked, gallery.n_train_tracks)
                other_predictions.append(experiment_table(rows, experiment, variant=variant, corpus=corpus))
    return ProbeResults(
        concat_tables(predictions, Predictions),
        concat_tables(confidences, Confidences),
        concat_tables(other_predictions, Predictions),
    )


def queries_of(corpus: ProbeCorpus, gallery: ProbeCorpus, segments: Tensor) -> Queries:
    """Return the test tracks or clones of a corpus, as a probe is asked about them.

    Args:
        corpus: The corpus.
        gallery: The corpus that trains the probe.
        segments: Embeddings of the gallery, which are not copied again where both are the same. Shape: (n_segments,
            size).
    """
    own = segments if corpus.matrix is gallery.matrix else corpus.to_tensor(segments.device)
    return Queries(corpus.query_tracks, own, corpus.rows)


def draw_experiments(
    corpus: str, gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> list[Experiment]:
    """Return the experiments on one corpus, run by run of each class count.

    They depend on the seed and the singers alone, so that variants and baselines share them. The target singers of
    clones are always enrolled. A class count above the number of singers of the gallery, or below the number of target
    singers, is left out, and a line that is logged says so.

    Args:
        corpus: Name of the query corpus.
        gallery: Corpus whose singers are enrolled.
        queries: Corpus whose test tracks or clones are predicted.
        parameters: Parameters of the probe.
    """
    singers = sorted(gallery.n_train_tracks)
    clones = queries.tracks[queries.tracks["role"] == "clone"]
    targets = sorted(set(singers) & {singer for ids in clones["singer_ids"] for singer in ids})
    if queries.query_tracks.empty:
        return []
    counts = parameters.class_counts(corpus, len(singers))
    least = max(2, len(targets))
    possible = [count for count in counts if least <= count <= len(singers)]
    if len(possible) < len(counts):
        left_out = ", ".join(str(count) for count in counts if count not in possible)
        logger.info("%s: no probe of %s singers: possible are %d to %d", corpus, left_out, least, len(singers))
    experiments = []
    for count in possible:
        for run in range(parameters.n_runs):
            rng = np.random.default_rng([parameters.seed, count, run])
            others = rng.permutation([singer for singer in singers if singer not in targets])[: count - len(targets)]
            experiments.append(Experiment(sorted([*targets, *others.tolist()]), run, int(rng.integers(2**31))))
    return experiments


def progress_bar(experiments: list[Experiment], label: str) -> tqdm:
    """Return a progress bar that counts runs, hidden if there are none.

    Args:
        experiments: Experiments to iterate over.
        label: Text before the bar.
    """
    return tqdm(experiments, desc=label, unit="run", mininterval=1.0, disable=not experiments)


def experiment_table(rows: list[Record], experiment: Experiment, *, variant: str, corpus: str) -> pd.DataFrame:
    """Return rows of one run as a table with the columns variant, corpus, n_singers and run.

    Args:
        rows: Rows of one run.
        experiment: The run.
        variant: Name of the encoder variant.
        corpus: Name of the query corpus.
    """
    columns = {"n_singers": len(experiment.enrolled), "run": experiment.run}
    return pd.DataFrame(rows).assign(variant=variant, corpus=corpus, **columns)


def concat_tables(tables: list[pd.DataFrame], model: type[Table]) -> pd.DataFrame:
    """Return the rows of all tables, with the columns of a schema; an empty table if there are no rows.

    Args:
        tables: Tables that have at least the columns of the schema, or no rows.
        model: Schema of the result.
    """
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True)[list(empty_table(model))] if filled else empty_table(model)


def _train_experiments(
    experiments: list[Experiment],
    gallery: ProbeCorpus,
    segments: Tensor,
    queries: Queries,
    parameters: ProbeParameters,
    bar: tqdm,
) -> Iterator[tuple[Experiment, FittedProbe]]:
    """Yield each experiment with its probe; those of one class count are trained together."""
    for _, group in groupby(experiments, key=lambda experiment: len(experiment.enrolled)):
        batch = list(group)
        runs = [gallery.make_run(experiment.enrolled, experiment.seed) for experiment in batch]
        probes = train_probes(segments, runs, parameters, segments.device, bar.update)
        networks = [probe.build_network() for probe in probes]
        enrolled = [experiment.enrolled for experiment in batch]
        temperature = fit_to_validation(networks, runs, segments, parameters)
        clone_temperatures = fit_to_other_clones(networks, enrolled, queries, parameters.calibration)
        for experiment, network in zip(batch, networks, strict=True):
            yield experiment, FittedProbe(network, experiment.enrolled, temperature, clone_temperatures)
