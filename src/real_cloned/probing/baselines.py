"""Baseline classifiers on the same embeddings in the same runs as the probe: how much does the probe itself add?

Embeddings are brought to unit length. Segments vote as they do for the probe.
"""

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
from real_cloned.probing.data import Indices, LabelledTracks, ProbeCorpus
from real_cloned.probing.experiments import (
    Experiment,
    concat_tables,
    draw_experiments,
    experiment_table,
    progress_bar,
)
from real_cloned.probing.predict import Record, majority_vote, score_tracks
from real_cloned.schemas.results import Baselines

Segments = NDArray[np.float32]
Classifier = Callable[[Segments], NDArray[np.floating]]
"""From embeddings of unit length, (n, size), to scores, (n, n_classes), of which the greatest decides."""


def predict_baselines(
    gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters, *, variant: str, corpus: str
) -> pd.DataFrame:
    """Return the predictions of each method for the tracks of enrolled singers, in the probe's own runs.

    Args:
        gallery: Corpus whose training tracks fit the classifiers.
        queries: Corpus whose test tracks or clones are predicted.
        parameters: Parameters of the probe, which include those of the baselines.
        variant: Name of the encoder variant.
        corpus: Name of the query corpus.

    Returns:
        `schemas.results.Baselines`.
    """
    experiments = draw_experiments(corpus, gallery, queries, parameters)
    tables = []
    with threadpool_limits(1):  # these matrices are small: threads would spend seven times as long on waiting
        for experiment in progress_bar(experiments, f"baselines {variant} on {corpus}"):
            rows = _predict_experiment(experiment, gallery, queries, parameters)
            tables.append(experiment_table(rows, experiment, variant=variant, corpus=corpus))
    return concat_tables(tables, Baselines)


def fit_baseline(
    method: str, segments: Segments, labels: Indices, n_classes: int, parameters: BaselineParameters
) -> Classifier:
    """Return a fitted classifier.

    Args:
        method: `centroid` (cosine similarity to the mean of the class), `neighbours` (vote of the nearest segments,
            weighted by inverse cosine distance) or `logistic` (logistic regression).
        segments: Training embeddings of unit length. Shape: (n_segments, size).
        labels: Class of each segment, where each class occurs. Shape: (n_segments,).
        n_classes: Number of classes.
        parameters: Parameters of the baselines.
    """
    if method == "centroid":
        centroids = np.stack([mean_embedding(segments[labels == label]) for label in range(n_classes)])
        return lambda rows: rows @ centroids.T  # (n, size) @ (size, n_classes): cosines
    if method == "neighbours":
        n_neighbours = min(parameters.n_neighbours, len(labels))
        model = KNeighborsClassifier(n_neighbours, weights="distance", metric="cosine")
    else:
        model = LogisticRegression(C=parameters.inverse_regularisation, max_iter=parameters.max_iterations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # max_iterations is meant to be short
        model.fit(segments, labels)
    return model.predict_proba  # type: ignore[no-any-return]


def _predict_experiment(
    experiment: Experiment, gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> list[Record]:
    """Return the predictions of every method for the tracks with an enrolled singer."""
    enrolled = experiment.enrolled
    rng = np.random.default_rng([experiment.seed, 2])
    train = gallery.labelled_tracks("train", enrolled)
    rows, labels = _sample_per_class(train, parameters.baselines.segments_per_singer, rng)
    segments = l2_normalise(gallery.matrix[rows])
    is_known = queries.query_tracks["singer_ids"].map(lambda singers: not set(enrolled).isdisjoint(singers))
    tracks = queries.query_tracks[is_known]
    predictions: list[Record] = []
    for method in parameters.baselines.methods:
        classifier = fit_baseline(method, segments, labels, len(enrolled), parameters.baselines)
        scored = score_tracks(tracks, queries.rows, _score_function(classifier, queries.matrix))
        predictions += [{"method": method, **_prediction(track, scores, enrolled)} for track, scores in scored]
    return predictions


def _score_function(classifier: Classifier, matrix: Segments) -> Callable[[Indices], NDArray[np.floating]]:
    return lambda rows: classifier(l2_normalise(matrix[rows]))


def _prediction(track: Record, scores: NDArray[np.floating], enrolled: list[str]) -> Record:
    top5 = [enrolled[label] for label in majority_vote(scores.astype(np.float32)).classes]
    true = list(track["singer_ids"])
    hits = {"is_top1": top5[0] in true, "is_top5": bool(set(top5) & set(true))}
    return {"track_id": track["track_id"], "true_ids": true} | hits


def _sample_per_class(tracks: LabelledTracks, n_per_class: int, rng: np.random.Generator) -> tuple[Indices, Indices]:
    """Return the matrix rows of at most `n_per_class` random segments of each class, and their labels."""
    rows = np.concatenate(tracks.rows)
    labels = np.repeat(tracks.labels, [len(track_rows) for track_rows in tracks.rows])
    order = rng.permutation(len(rows))
    ranks = pd.Series(labels[order]).groupby(labels[order]).cumcount().to_numpy()
    chosen = np.sort(order[ranks < n_per_class])
    return rows[chosen], labels[chosen]
