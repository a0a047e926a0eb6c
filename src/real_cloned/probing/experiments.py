"""The paper's experiments: which singers are enrolled in which run (section 3.3).

Real tracks are tested against randomly drawn singers of their own corpus; clones against their target singers among
others drawn from the closed corpus.

Enrol some singers, train a probe, name the singer of every test track; repeat (paper, section 3.3).

The album effect: the same probe on the same singers, tested on albums of which no track trains.

A random test track shares its mix, its studio and its day with training tracks of its album, and a probe can name the
singer by those. By album it cannot; what the accuracy loses is what it owed to them, and to fewer training tracks.

Is a singer still named when the accompaniment changes? The probe, asked for remixes of the test tracks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.metrics.calibration import fit_temperature
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.batched_training import train_together
from real_cloned.probing.data import ProbeCorpus, Run
from real_cloned.probing.predict import Examinee, Questions, Row, ask
from real_cloned.probing.training import TrainedProbe, log_probabilities
from real_cloned.schemas.base import Table, empty_table
from real_cloned.schemas.results import Confidences, Predictions, RemixPredictions


@dataclass(frozen=True)
class Experiment:
    """One repetition: which singers are enrolled, and the seed of everything random in it."""

    enrolled: list[str]
    run: int
    seed: int


def draw_experiments(
    corpus: str, gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> list[Experiment]:
    """Return the experiments on one corpus, run by run of each class count.

    They depend on the seed and the singers alone, so variants and baselines share them. The singers that clones imitate
    are always enrolled. A class count above what the gallery holds, or below what the clones need, is left out.
    """
    singers = sorted(gallery.n_train_tracks)
    clones = queries.tracks[queries.tracks["role"] == "clone"]
    needed = sorted(set(singers) & {singer for ids in clones["singer_ids"] for singer in ids})
    if queries.questions.empty:
        return []
    asked = parameters.class_counts(corpus, len(singers))
    counts = [count for count in asked if max(2, len(needed)) <= count <= len(singers)]
    experiments = []
    for count in counts:
        for run in range(parameters.n_runs):
            rng = np.random.default_rng([parameters.seed, count, run])
            others = rng.permutation([singer for singer in singers if singer not in needed])[: count - len(needed)]
            experiments.append(Experiment(sorted([*needed, *others.tolist()]), run, int(rng.integers(2**31))))
    return experiments


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
    return pd.concat(filled, ignore_index=True)[list(empty_table(model))] if filled else empty_table(model)


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


def identify_by_both_splits(
    names: tuple[str, str],
    tracks: pd.DataFrame,
    splits: tuple[pd.DataFrame, pd.DataFrame],
    embeddings: Embeddings,
    parameters: ProbeParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two predictions tables, by album and by track, of the same singers at the largest class count.

    names : the variant's and the corpus' names; tracks, embeddings : of the corpus
    splits : schemas.Splits by album, then by track (the paper's); singers without a role by album are left out of both

    A class count above what is left becomes all that are left. Both draw the same singers in each run.
    """
    by_album = ProbeCorpus.of(tracks, splits[0], embeddings)
    singers = by_album.tracks["singer_id"].unique()
    by_track = ProbeCorpus.of(tracks[tracks["singer_id"].isin(singers)], splits[1], embeddings)
    largest = _at_largest(names[1], parameters, len(singers))
    said = [identify_singers(names, side, side, largest).predictions for side in (by_album, by_track)]
    return said[0], said[1]


def _at_largest(corpus: str, parameters: ProbeParameters, n_singers: int) -> ProbeParameters:
    largest = max(parameters.class_counts(corpus, n_singers), default=0)
    return parameters.model_copy(update={"n_singers": {corpus: [min(largest, n_singers)]}})


CONDITION = ["track_id", "accompaniment", "level_db"]


def identify_remixes(
    names: tuple[str, str],
    gallery: ProbeCorpus,
    tracks: pd.DataFrame,
    remixes: Embeddings,
    parameters: ProbeParameters,
) -> pd.DataFrame:
    """Return RemixPredictions: what each run at the largest class count says of each remix.

    names : the variant's and the corpus' names; gallery : that corpus; tracks : its schemas.Tracks
    remixes : their index has accompaniment and level_db, too

    Singers and seeds are those of the corpus' own predictions at that class count, and all remixes are asked of the
    same classifiers.
    """
    number = remixes.index.groupby(CONDITION, dropna=False).ngroup()
    index = remixes.index.assign(query=number.astype(str))
    queries = _queries(index, tracks, remixes)
    said = identify_singers(names, gallery, queries, at_largest(names[1], gallery, parameters)).predictions
    said = said[["variant", "n_singers", "run", "track_id", "is_top1", "is_top5"]].rename(columns={"track_id": "query"})
    table = said.merge(index[["query", *CONDITION]].drop_duplicates(), on="query")
    return table[list(empty_table(RemixPredictions))]


def at_largest(corpus: str, gallery: ProbeCorpus, parameters: ProbeParameters) -> ProbeParameters:
    """Return the parameters with one class count for `corpus`: the largest that the gallery has singers for."""
    enrolled = len(gallery.n_train_tracks)
    possible = [count for count in parameters.class_counts(corpus, enrolled) if count <= enrolled]
    return parameters.model_copy(update={"n_singers": {corpus: sorted(possible)[-1:]}})


def _queries(index: pd.DataFrame, tracks: pd.DataFrame, remixes: Embeddings) -> ProbeCorpus:
    """Return the remixes as a corpus of test tracks, each of which is called by the number of its query."""
    pairs = index[["query", "track_id"]].drop_duplicates()
    renamed = pairs.merge(tracks, on="track_id").drop(columns="track_id").rename(columns={"query": "track_id"})
    numbered = index.assign(track_id=index["query"])[["track_id", "stem", "offset_s", "row"]]
    splits = renamed[["track_id"]].assign(role="test")
    return ProbeCorpus.of(renamed, splits, Embeddings(numbered, remixes.matrix))
