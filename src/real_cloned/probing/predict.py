"""From segments to an answer for the track.

A trained probe is asked who sings: an answer per track, and how sure it is of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from real_cloned.metrics.calibration import at_temperature
from real_cloned.probing.data import Places
from real_cloned.probing.training import log_probabilities


@dataclass(frozen=True)
class Answer:
    """A track's five likeliest classes, best first, with the share of votes and the mean log-probability of each.

    likeliest : five classes by mean log-probability alone, which may be others
    """

    classes: list[int]
    votes: list[float]
    log_probability: list[float]
    likeliest: list[int]


def majority_vote(log_probability: NDArray[np.float32], n_best: int = 5) -> Answer:
    """Return the classes with most segments voting for them (paper, section 3.3).

    log_probability : (n_segments, n_classes) natural logarithms. Equal votes, and so the classes without any, are
    ordered by their mean log-probability.
    """
    votes = np.bincount(log_probability.argmax(axis=1), minlength=log_probability.shape[1]) / len(log_probability)
    mean = log_probability.mean(axis=0)
    order = np.lexsort((-mean, -votes))[:n_best]
    likeliest = np.argsort(-mean, kind="stable")[:n_best]
    return Answer(order.tolist(), votes[order].tolist(), mean[order].tolist(), likeliest.tolist())


TRACKS_AT_ONCE = 64
FACTS = ("track_id", "genre", "language", "clone_method")

Row = dict[Any, Any]
Scores = Callable[[Places], NDArray[Any]]
"""(n,) places of segments to (n, n_classes) scores, the greatest being the answer."""


@dataclass(frozen=True)
class Questions:
    """The tracks that are asked for.

    tracks : schemas.Tracks; segments : (n_segments, size); rows : track_id to its places in `segments`
    """

    tracks: pd.DataFrame
    segments: Tensor
    rows: Mapping[str, Places]


@dataclass(frozen=True)
class Examinee:
    """A trained run: its network, the singers it knows in the order of its classes, and its temperature."""

    network: nn.Module
    enrolled: list[str]
    temperature: float


def ask(examinee: Examinee, questions: Questions, n_train_tracks: Mapping[str, int]) -> tuple[list[Row], list[Row]]:
    """Return rows of predictions, of the tracks with an enrolled singer, and rows of confidences, of all tracks.

    n_train_tracks : of each singer
    """

    def scores(places: Places) -> NDArray[np.float32]:
        chosen = torch.from_numpy(places).to(questions.segments.device)
        return log_probabilities(examinee.network, questions.segments[chosen])

    predictions, confidences = [], []
    for track, values in heard(questions.tracks, questions.rows, scores):
        answer = majority_vote(values)
        named = [examinee.enrolled[place] for place in answer.classes]
        true = [singer for singer in track["singer_ids"] if singer in examinee.enrolled]
        if true:
            likeliest = {examinee.enrolled[place] for place in answer.likeliest}
            outcome = {"is_top1": named[0] in true, "is_top5": bool(set(named) & set(true))}
            outcome["is_top5_by_log_probability"] = bool(likeliest & set(true))
            predictions.append(_prediction(track, answer, named) | outcome)
            predictions[-1]["n_train_tracks"] = int(n_train_tracks.get(true[0], 0))
        confidences.append(
            {"track_id": track["track_id"], "is_enrolled": bool(true), "is_right": named[0] in true}
            | sureness(values, answer.classes[0], examinee.temperature)
        )
    return predictions, confidences


def sureness(log_probability: NDArray[np.float32], named: int, temperature: float) -> Row:
    """Return a track's confidence, and the calibrated one: its segments' mean probability of the class named.

    log_probability : (n_segments, n_classes)
    """
    calibrated = at_temperature(log_probability, temperature)
    return {
        "confidence": float(np.exp(log_probability[:, named]).mean()),
        "calibrated": float(np.exp(calibrated[:, named]).mean()),
        "temperature": temperature,
    }


def heard(tracks: pd.DataFrame, rows: Mapping[str, Places], scores: Scores) -> Iterator[tuple[Row, NDArray[Any]]]:
    """Yield each track with the (n_segments, n_classes) scores of its segments, found for many tracks at once.

    rows : track_id to the places of its segments
    """
    records = tracks.to_dict("records")
    for start in range(0, len(records), TRACKS_AT_ONCE):
        some = records[start : start + TRACKS_AT_ONCE]
        places = [rows[track["track_id"]] for track in some]
        values = scores(np.concatenate(places))
        yield from zip(some, np.split(values, np.cumsum([len(one) for one in places])[:-1]), strict=True)


def _prediction(track: Row, answer: Answer, named: list[str]) -> Row:
    answers = {"true_ids": list(track["singer_ids"]), "top5_ids": named}
    answers |= {"votes": answer.votes, "log_probability": answer.log_probability}
    return answers | {name: track[name] for name in FACTS}
