"""Classifiers of scikit-learn on the same embeddings, in the same runs: how much does the probe itself add?"""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from real_cloned.artifacts.embeddings import l2_normalise, mean_embedding
from real_cloned.parameters.probe import BaselineParameters, ProbeParameters
from real_cloned.probing.data import LabelledTracks, Places, ProbeCorpus
from real_cloned.probing.experiments import Experiment, draw_experiments, labelled, progress, whole
from real_cloned.probing.predict import Row, heard, majority_vote
from real_cloned.schemas.results import Baselines

Rows = NDArray[np.float32]
Scores = Callable[[Rows], NDArray[np.floating]]
"""(n_segments, size) embeddings of unit length to (n_segments, n_classes) scores, the greatest being the answer."""


def try_baselines(
    names: tuple[str, str], gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> pd.DataFrame:
    """Return Baselines: what each method says of the tracks of enrolled singers, in the probe's own runs.

    names : the variant's and the query corpus' names; segments vote as they do for the probe
    """
    experiments = draw_experiments(names[1], gallery, queries, parameters)
    bar = progress(experiments, f"baselines {' on '.join(names)}")
    with threadpool_limits(1):  # these matrices are small: threads would spend seven times as long on waiting
        return whole([labelled(_rows(one, gallery, queries, parameters), names, one) for one in bar], Baselines)


def learnt(method: str, segments: Rows, labels: Places, n_classes: int, settings: BaselineParameters) -> Scores:
    """Return what a method has learnt.

    segments : (n, size) of unit length; labels : (n,) classes, each of 0 .. n_classes - 1 at least once
    """
    if method == "centroid":
        centroids = np.stack([mean_embedding(segments[labels == label]) for label in range(n_classes)])
        return lambda rows: rows @ centroids.T  # (n, size) @ (size, n_classes): cosines
    if method == "neighbours":
        model = KNeighborsClassifier(min(settings.n_neighbours, len(labels)), weights="distance", metric="cosine")
    else:
        model = LogisticRegression(C=settings.inverse_regularisation, max_iter=settings.max_iterations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # max_iterations is meant to be short
        model.fit(segments, labels)
    return model.predict_proba  # type: ignore[no-any-return]


def _rows(experiment: Experiment, gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters) -> list[Row]:
    """Return what every method says of the tracks with an enrolled singer."""
    enrolled, settings = experiment.enrolled, parameters.baselines
    rng = np.random.default_rng([experiment.seed, 2])
    places, labels = _sample(gallery.labelled("train", enrolled), settings.segments_per_singer, rng)
    segments = l2_normalise(gallery.matrix[places])
    known = queries.questions["singer_ids"].map(lambda singers: not set(enrolled).isdisjoint(singers))
    answers: list[Row] = []
    for method in settings.methods:
        scores = learnt(method, segments, labels, len(enrolled), settings)
        asked = heard(queries.questions[known], queries.rows, _of_places(scores, queries.matrix))
        answers += [{"method": method, **_answer(track, values, enrolled)} for track, values in asked]
    return answers


def _of_places(scores: Scores, matrix: Rows) -> Callable[[Places], NDArray[np.floating]]:
    return lambda places: scores(l2_normalise(matrix[places]))


def _answer(track: Row, scores: NDArray[np.floating], enrolled: list[str]) -> Row:
    named = [enrolled[place] for place in majority_vote(scores.astype(np.float32)).classes]
    true = list(track["singer_ids"])
    facts = {"track_id": track["track_id"], "true_ids": true}
    return facts | {"is_top1": named[0] in true, "is_top5": bool(set(named) & set(true))}


def _sample(tracks: LabelledTracks, per_singer: int, rng: np.random.Generator) -> tuple[Places, Places]:
    """Return the places of at most `per_singer` random segments of each class, and their labels."""
    places = np.concatenate(tracks.rows)
    labels = np.repeat(tracks.labels, [len(rows) for rows in tracks.rows])
    order = rng.permutation(len(places))
    ranks = pd.Series(labels[order]).groupby(labels[order]).cumcount().to_numpy()
    chosen = np.sort(order[ranks < per_singer])
    return places[chosen], labels[chosen]
