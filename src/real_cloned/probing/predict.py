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

from real_cloned.metrics.temperature import Temperature, apply_temperature
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
        temperature: Divisor of the logits for the calibrated confidence, fitted to validation tracks.
        clone_temperatures: The same by track_id of clones, each fitted to other clones
            (`probing.temperatures.fit_to_other_clones`); empty for real tracks.
    """

    network: nn.Module
    enrolled: list[str]
    temperature: Temperature
    clone_temperatures: Mapping[str, Temperature]


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
    predictions, confidences = [], []
    score = network_scores(probe.network, queries.segments)
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
        answer = {"track_id": track["track_id"], "clone_method": track["clone_method"], "is_enrolled": bool(true)}
        answer |= {"is_right": top5[0] in true}
        clone_temperature = probe.clone_temperatures.get(track["track_id"])
        confidences.append(answer | confidence(log_probs, vote.classes[0], probe.temperature, clone_temperature))
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


def confidence(
    log_probs: NDArray[np.float32], label: int, temperature: Temperature, clone_temperature: Temperature | None
) -> Record:
    """Return the confidence of a track: the mean probability over its segments of the predicted class.

    Args:
        log_probs: Log-probabilities of the segments of the track. Shape: (n_segments, n_classes).
        label: The predicted class.
        temperature: Divisor of the logits, fitted to validation tracks.
        clone_temperature: Divisor of the logits, fitted to other clones; None where the track is no clone.

    Returns:
        Columns confidence, calibrated, temperature, is_at_bound, and the last three with the prefix clone_, of
        `schemas.results.Confidences`.
    """
    columns = {"confidence": float(np.exp(log_probs[:, label]).mean())}
    for prefix, fitted in {"": temperature, "clone_": clone_temperature}.items():
        value = fitted.value if fitted else np.nan
        calibrated = float(np.exp(apply_temperature(log_probs, value)[:, label]).mean()) if fitted else np.nan
        is_at_bound = fitted.is_at_bound if fitted else False
        columns |= {
            f"{prefix}calibrated": calibrated,
            f"{prefix}temperature": value,
            f"{prefix}is_at_bound": is_at_bound,
        }
    return columns


def network_scores(network: nn.Module, segments: Tensor) -> ScoreFunction:
    """Return the function that gives the log-probabilities of segments, (n, n_classes), by their rows, (n,).

    Args:
        network: Classifier in evaluation mode.
        segments: Embeddings of all segments of a corpus. Shape: (n_segments, size).
    """

    def score(rows: Indices) -> NDArray[np.float32]:
        return log_probabilities(network, segments[torch.from_numpy(rows).to(segments.device)])

    return score


def score_tracks(
    tracks: pd.DataFrame, rows: Mapping[str, Indices], score: ScoreFunction
) -> Iterator[tuple[Record, NDArray[Any]]]:
    """Yield each track with the scores of its segments, (n_segments, n_classes), computed for many tracks at once.

    Args:
        tracks: Table with track_id and any other columns.
        rows: Matrix rows of each track, by track_id.
        score: Scores the segments in some rows.
    """
    for batch, counts, scores in score_batches(tracks, rows, score):
        yield from zip(batch, np.split(scores, np.cumsum(counts)[:-1]), strict=True)


def score_batches(
    tracks: pd.DataFrame, rows: Mapping[str, Indices], score: ScoreFunction
) -> Iterator[tuple[list[Record], Indices, NDArray[Any]]]:
    """Yield batches of tracks with the scores of their segments.

    Args:
        tracks: Table with track_id and any other columns.
        rows: Matrix rows of each track, by track_id.
        score: Scores the segments in some rows.

    Yields:
        The tracks of a batch, how many segments each has, (n_tracks,), and the scores of all segments in the order of
        the tracks, (n_segments, n_classes).
    """
    records = tracks.to_dict("records")
    for start in range(0, len(records), TRACKS_PER_BATCH):
        batch = records[start : start + TRACKS_PER_BATCH]
        batch_rows = [rows[track["track_id"]] for track in batch]
        counts = np.array([len(track_rows) for track_rows in batch_rows], np.int64)
        yield batch, counts, score(np.concatenate(batch_rows))


def _prediction(track: Record, vote: Vote, top5: list[str]) -> Record:
    columns = {"true_ids": list(track["singer_ids"]), "top5_ids": top5}
    columns |= {"votes": vote.shares, "log_probability": vote.log_probs}
    return columns | {name: track[name] for name in METADATA_COLUMNS}
