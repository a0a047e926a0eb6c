"""Prediction with a trained probe: from log-probabilities of segments to the singer of a track and its confidence.

A track is assigned to the singer that most of its segments are assigned to (paper, section 3.3). Log-probabilities are
natural logarithms.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from real_cloned.metrics.calibration import apply_temperature
from real_cloned.probing.data import Indices
from real_cloned.probing.training import log_probabilities

TRACKS_PER_BATCH = 64
METADATA_COLUMNS = ("track_id", "genre", "language", "clone_method")

Record = dict[Any, Any]
"""A row of a table."""
ScoreFunction = Callable[[Indices], NDArray[Any]]
"""From matrix rows of segments, (n,), to scores, (n, n_classes); the class of the greatest score is predicted."""


@dataclass(frozen=True)
class FittedProbe:
    """A trained probe, ready to predict.

    Attributes:
        network: Classifier in evaluation mode, from embeddings to logits.
        enrolled: Singer of each class.
        temperature: Divisor of the logits for the calibrated confidence.
    """

    network: nn.Module
    enrolled: list[str]
    temperature: float


@dataclass(frozen=True)
class Queries:
    """Tracks whose singers are to be predicted.

    Attributes:
        tracks: `schemas.corpora.Tracks`.
        segments: Embeddings of all segments of the corpus. Shape: (n_segments, size).
        rows: Rows of `segments` of each track, by track_id.
    """

    tracks: pd.DataFrame
    segments: Tensor
    rows: Mapping[str, Indices]


def predict(
    probe: FittedProbe, queries: Queries, n_train_tracks: Mapping[str, int]
) -> tuple[list[Record], list[Record]]:
    """Return predictions for the tracks with an enrolled singer, and confidences for all tracks.

    A track of several singers, which only clones are, is right if any of them is named (authors' code).

    Args:
        probe: Probe of one run.
        queries: Tracks to predict.
        n_train_tracks: Number of training tracks of each singer.

    Returns:
        Rows of `schemas.results.Predictions` and of `schemas.results.Confidences`, without the columns of the run.
    """

    def score(rows: Indices) -> NDArray[np.float32]:
        index = torch.from_numpy(rows).to(queries.segments.device)
        return log_probabilities(probe.network, queries.segments[index])

    predictions, confidences = [], []
    for track, log_probs in score_tracks(queries.tracks, queries.rows, score):
        vote = majority_vote(log_probs)
        top5 = [probe.enrolled[label] for label in vote.classes]
        true = [singer for singer in track["singer_ids"] if singer in probe.enrolled]
        if true:
            most_probable = {probe.enrolled[label] for label in vote.most_probable}
            hits = {"is_top1": top5[0] in true, "is_top5": bool(set(top5) & set(true))}
            hits["is_top5_by_log_probability"] = bool(most_probable & set(true))
            counts = {"n_train_tracks": int(n_train_tracks.get(true[0], 0))}
            predictions.append(_prediction(track, vote, top5) | hits | counts)
        confidences.append(
            {"track_id": track["track_id"], "is_enrolled": bool(true), "is_right": top5[0] in true}
            | confidence(log_probs, vote.classes[0], probe.temperature)
        )
    return predictions, confidences


@dataclass(frozen=True)
class Vote:
    """The result of a majority vote, best class first.

    Attributes:
        classes: At most five classes with most votes.
        shares: Share of the segments that voted for each of them.
        log_probs: Mean log-probability over the segments of each of them.
        most_probable: At most five classes of greatest mean log-probability, whatever their votes.
    """

    classes: list[int]
    shares: list[float]
    log_probs: list[float]
    most_probable: list[int]


def majority_vote(log_probs: NDArray[np.float32], n_best: int = 5) -> Vote:
    """Return the classes that most segments vote for (paper, section 3.3).

    Ties, as between all classes without a vote, are broken by mean log-probability.

    Args:
        log_probs: Log-probabilities, or other scores, of the segments of a track. Shape: (n_segments, n_classes).
        n_best: Number of classes to return, if there are so many.
    """
    shares = np.bincount(log_probs.argmax(axis=1), minlength=log_probs.shape[1]) / len(log_probs)  # (n_classes,)
    mean = log_probs.mean(axis=0)  # (n_classes,)
    order = np.lexsort((-mean, -shares))[:n_best]
    most_probable = np.argsort(-mean, kind="stable")[:n_best]
    return Vote(order.tolist(), shares[order].tolist(), mean[order].tolist(), most_probable.tolist())


def confidence(log_probs: NDArray[np.float32], label: int, temperature: float) -> Record:
    """Return the confidence of a track: the mean probability over its segments of the predicted class.

    Args:
        log_probs: Log-probabilities of the segments of the track. Shape: (n_segments, n_classes).
        label: The predicted class.
        temperature: Divisor of the logits for the calibrated confidence.

    Returns:
        Columns confidence, calibrated and temperature of `schemas.results.Confidences`.
    """
    calibrated = apply_temperature(log_probs, temperature)
    return {
        "confidence": float(np.exp(log_probs[:, label]).mean()),
        "calibrated": float(np.exp(calibrated[:, label]).mean()),
        "temperature": temperature,
    }


def score_tracks(
    tracks: pd.DataFrame, rows: Mapping[str, Indices], score: ScoreFunction
) -> Iterator[tuple[Record, NDArray[Any]]]:
    """Yield each track with the scores of its segments, (n_segments, n_classes), computed for many tracks at once.

    Args:
        tracks: Table with track_id and any other columns.
        rows: Matrix rows of each track, by track_id.
        score: Scores the segments in some rows.
    """
    records = tracks.to_dict("records")
    for start in range(0, len(records), TRACKS_PER_BATCH):
        batch = records[start : start + TRACKS_PER_BATCH]
        batch_rows = [rows[track["track_id"]] for track in batch]
        scores = score(np.concatenate(batch_rows))
        ends = np.cumsum([len(track_rows) for track_rows in batch_rows])
        yield from zip(batch, np.split(scores, ends[:-1]), strict=True)


def _prediction(track: Record, vote: Vote, top5: list[str]) -> Record:
    columns = {"true_ids": list(track["singer_ids"]), "top5_ids": top5}
    columns |= {"votes": vote.shares, "log_probability": vote.log_probs}
    return columns | {name: track[name] for name in METADATA_COLUMNS}
