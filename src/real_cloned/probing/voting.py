"""From segments to an answer for the track."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
