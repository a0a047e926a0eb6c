"""Answers: who sings in a recording, as far as the registry can tell, and who in each stretch of it.

An answer is an indication for a person to weigh, never a proof.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from real_cloned.artifacts.embeddings import l2_normalise
from real_cloned.identification.calibration import CalibratedModels
from real_cloned.identification.voices import TOO_SHORT, Floats, Voice, mean_direction
from real_cloned.parameters.identify import AnswerParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.identification import Identifications, Stretches

SINGER, NOT_ENROLLED, NO_CLEAR_VOICE = "singer", "not enrolled", "no clear voice"


@dataclass(frozen=True)
class Candidate:
    """An enrolled singer who may sing.

    Attributes:
        singer_id: Of the singer.
        probability: Calibrated, between 0 and 1.
        score: Against the registry.
    """

    singer_id: str
    probability: float
    score: float


@dataclass(frozen=True)
class Stretch:
    """A stretch of a recording with one likeliest singer.

    Attributes:
        start_s: From the start of the recording, in seconds.
        end_s: Likewise.
        singer_id: None where it is likeliest that the singer is not enrolled.
        probability: Mean over the segments of the stretch.
    """

    start_s: float
    end_s: float
    singer_id: str | None
    probability: float


@dataclass(frozen=True)
class Answer:
    """Who sings in a recording: an indication for a person to weigh.

    Attributes:
        verdict: One of `schemas.identification.VERDICTS`.
        singer_id: Whom the verdict `singer` indicates; else None.
        candidates: The likeliest enrolled singers, first the likeliest; nobody where no voice was heard.
        stretches: In their order.
        ranking: All enrolled singers, first the likeliest.
        share: Of the duration that the answer rests on, between 0 and 1.
        duration_s: Of the recording, in seconds.
        reason: More of a verdict without a voice.
    """

    verdict: str
    singer_id: str | None = None
    candidates: tuple[Candidate, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    ranking: tuple[str, ...] = ()
    share: float = 0.0
    duration_s: float = 0.0
    reason: str = ""


def answer(voice: Voice, registry: CalibratedModels, parameters: AnswerParameters) -> Answer:
    """Return who sings in a recording.

    Args:
        voice: What was heard.
        registry: Enrolled singers.
        parameters: How much has to be heard, and how many candidates are named.
    """
    if voice.problem is not None:
        return Answer(voice.problem, duration_s=voice.duration_s, reason=voice.reason)
    if voice.sung_s < parameters.min_sung_s:
        reason = f"{voice.sung_s:.1f} s of singing, and {parameters.min_sung_s:g} s are asked for"
        return Answer(TOO_SHORT, duration_s=voice.duration_s, reason=reason)
    average = mean_direction(voice.embeddings, voice.durations_s)[None]  # (1, size)
    scores = registry.models.score(average)
    ranking = _candidates(registry, scores)
    candidates = ranking[: parameters.n_candidates]
    resemblance = float(registry.models.resemblance(average)[0])
    is_clear = resemblance >= registry.min_resemblance
    is_named = candidates[0].score >= registry.of_tracks.threshold
    verdict = NO_CLEAR_VOICE if not is_clear else SINGER if is_named else NOT_ENROLLED
    return Answer(
        verdict=verdict,
        singer_id=candidates[0].singer_id if verdict == SINGER else None,
        candidates=candidates,
        ranking=tuple(one.singer_id for one in ranking),
        stretches=_stretches(voice, registry, parameters.switch_cost),
        share=min(1.0, voice.sung_s / voice.duration_s),
        duration_s=voice.duration_s,
        reason=""
        if is_clear
        else f"its nearest singer has a cosine of {resemblance:.2f}, a voice at least {registry.min_resemblance:.2f}",
    )


def identifications_table(answers: Mapping[str, Answer], threshold: float) -> pd.DataFrame:
    """Return answers as a table, `schemas.identification.Identifications`.

    Args:
        answers: By track.
        threshold: Score from which a singer is named.
    """
    rows = [
        {
            "track_id": track_id,
            "verdict": one.verdict,
            "singer_id": one.singer_id,
            "probability": one.candidates[0].probability if one.candidates else np.nan,
            "score": one.candidates[0].score if one.candidates else np.nan,
            "threshold": threshold,
            "share": one.share,
            "duration_s": one.duration_s,
            "top5_ids": _json([candidate.singer_id for candidate in one.candidates]),
            "top5_probabilities": _json([round(candidate.probability, 4) for candidate in one.candidates]),
            "reason": one.reason or None,
        }
        for track_id, one in answers.items()
    ]
    return pd.DataFrame(rows) if rows else empty_table(Identifications)


def stretches_table(answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Return the stretches of answers as a table, `schemas.identification.Stretches`.

    Args:
        answers: By track.
    """
    rows = [{"track_id": track_id, **vars(stretch)} for track_id, one in answers.items() for stretch in one.stretches]
    return pd.DataFrame(rows) if rows else empty_table(Stretches)


def _json(values: list[str] | list[float]) -> str | None:
    return json.dumps(values, ensure_ascii=False) if values else None


def _candidates(registry: CalibratedModels, scores: Floats) -> tuple[Candidate, ...]:
    """Return all singers, first the likeliest, by the scores of one voice, shape (1, n_singers)."""
    probabilities = np.exp(registry.of_tracks.log_probabilities(scores))[0]
    order = np.argsort(-scores[0], kind="stable")
    ids = registry.models.singer_ids
    return tuple(Candidate(ids[one], float(probabilities[one]), float(scores[0, one])) for one in order)


def _stretches(voice: Voice, registry: CalibratedModels, switch_cost: float) -> tuple[Stretch, ...]:
    log_probabilities = registry.of_segments.log_probabilities(registry.models.score(l2_normalise(voice.embeddings)))
    path = likeliest_path(log_probabilities, switch_cost)  # (n_segments,)
    probabilities = np.exp(log_probabilities[np.arange(len(path)), path])
    ends = voice.offsets_s + voice.durations_s
    is_apart = np.concatenate([[False], voice.offsets_s[1:] > ends[:-1] + 1e-6])
    names = [*registry.models.singer_ids, None]
    keys = zip(path, np.cumsum(is_apart), strict=True)
    rows = enumerate(keys)
    stretches: list[Stretch] = []
    for (place, _), group in groupby(rows, key=lambda row: row[1]):
        numbers = [number for number, _ in group]
        first, last = numbers[0], numbers[-1]
        start = max(float(voice.offsets_s[first]), stretches[-1].end_s if stretches else 0.0)  # segments may overlap
        stretches.append(Stretch(start, float(ends[last]), names[place], float(probabilities[numbers].mean())))
    return tuple(stretches)


def likeliest_path(log_probabilities: Floats, switch_cost: float) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Return the likeliest class of each segment, where each change of class has a cost (Viterbi's algorithm).

    Args:
        log_probabilities: Of the classes. Shape: (n_segments, n_classes).
        switch_cost: Subtracted from the log-probability at each change.

    Returns:
        Shape (n_segments,).

    Example:
        >>> log_probabilities = np.log([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9]])
        >>> likeliest_path(log_probabilities, 0.0).tolist(), likeliest_path(log_probabilities, 2.0).tolist()
        ([0, 1, 0, 1, 1], [0, 0, 0, 1, 1])
    """
    total, came_from = log_probabilities[0].copy(), []
    for row in log_probabilities[1:]:
        best = int(total.argmax())
        is_switch = total[best] - switch_cost > total
        came_from.append(np.where(is_switch, best, np.arange(len(row))))
        total = np.where(is_switch, total[best] - switch_cost, total) + row
    path = [int(total.argmax())]
    for previous in reversed(came_from):
        path.append(int(previous[path[-1]]))
    return np.array(path[::-1], np.intp)
