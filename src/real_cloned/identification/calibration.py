"""From scores to probabilities and a threshold, found on the enrolled singers alone.

Each singer in turn is left out of the registry: the best score of the singer's tracks is what somebody who is not
enrolled reaches, and a threshold is chosen that a given share of these tracks passes. Each album in turn is left out of
its singer (each track where there is one album): these tracks are what an enrolled singer reaches. Both together fit
probabilities, by a softmax over the singers' scores, scaled and shifted, and over 0 for nobody.

Nothing else is used: no track that is to be identified changes a threshold.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from real_cloned.artifacts.embeddings import l2_normalise
from real_cloned.core.errors import RealClonedError
from real_cloned.identification.registry import Registry
from real_cloned.identification.scoring import MIN_COHORT_SINGERS, Models, ProbeModels, thin_out
from real_cloned.identification.voices import Floats
from real_cloned.parameters.enrol import ScoringParameters

MAX_LEFT_OUT = 200
"""Singers, and albums, that are left out in turn at most; of more, evenly spaced ones."""
SEGMENTS_PER_TRACK = 4
"""Single segments of a track that are left out with it, evenly spaced."""
ROUNDING = 1e-6
"""By how much a threshold lies above the score that must not reach it: computed anew, that score differs by less."""
SCALE_DEVIATION, SHIFT_DEVIATION = 2.0, 20.0
"""Of the normal priors of the scale's logarithm and of the shift, which matter where all left-out tracks are right."""


@dataclass(frozen=True)
class Calibration:
    """How scores of one kind of voice, whole tracks or single segments, are read.

    Attributes:
        left_out: Best score of each voice of a singer who was left out of the registry. Shape: (n_voices,).
        false_accept_rate: Share of these that may be given a name.
        scale: What scores are multiplied by.
        shift: What is added then; the sum is a logit, beside 0 for nobody.
    """

    left_out: Floats
    false_accept_rate: float
    scale: float
    shift: float

    @property
    def threshold(self) -> float:
        """Score from which a singer is named."""
        return self.threshold_at(self.false_accept_rate)

    def threshold_at(self, false_accept_rate: float) -> float:
        """Return the score that at most a share of the voices of singers who were left out reach.

        Args:
            false_accept_rate: The share.
        """
        return float(np.quantile(self.left_out, 1.0 - false_accept_rate, method="higher")) + ROUNDING

    def log_probabilities(self, scores: Floats) -> Floats:
        """Return log-probabilities of the singers, and last of nobody. Shape: (n_voices, n_singers + 1).

        Args:
            scores: Shape: (n_voices, n_singers).
        """
        logits = np.pad(self.scale * scores + self.shift, ((0, 0), (0, 1)))
        return np.asarray(log_softmax(logits, axis=1))


@dataclass(frozen=True)
class Trials:
    """Scores of voices that were left out.

    Attributes:
        left_out: Of singers who are not in the registry. Shape of each: (n_voices, n_other_singers).
        enrolled: Of singers who are, by other tracks. Shape of each: (n_voices, n_singers).
        places: Column of the true singer in each of `enrolled`.
        resemblances: Of `left_out`, to the nearest singer of all.
    """

    left_out: list[Floats]
    enrolled: list[Floats]
    places: list[int]
    resemblances: list[Floats]


@dataclass(frozen=True)
class CalibratedModels:
    """A registry ready to answer.

    Attributes:
        models: What voices are compared with.
        of_tracks: How scores of whole tracks are read.
        of_segments: How scores of single segments are read.
        min_resemblance: Voices that are less like the nearest singer of all are not clear.
    """

    models: Models
    of_tracks: Calibration
    of_segments: Calibration
    min_resemblance: float


def calibrate(registry: Registry, parameters: ScoringParameters) -> CalibratedModels:
    """Return a registry ready to answer.

    Args:
        registry: Of at least three singers, those of the cohort among them.
        parameters: Rate of false accepts, and how scores are normalised.

    Raises:
        RealClonedError: There are too few singers.
    """
    tracks = registry.tracks
    n_singers = tracks["singer_id"].nunique()
    if not len(registry.singers) or n_singers < 3:
        raise RealClonedError(
            f"the registry has {len(registry.singers)} singers and {n_singers - len(registry.singers)} in its cohort: "
            "a threshold for those who are not enrolled is found by leaving singers out in turn, which takes at least "
            "three: enrol more singers, or add some to the cohort"
        )
    ways = [False] if n_singers < MIN_COHORT_SINGERS else [False, True]
    if parameters.normalisation != "auto":
        ways = [parameters.normalisation == "as_norm"]
    if parameters.model == "probe":
        ways = [False]
    builder = _TrialBuilder(registry, parameters)
    tried = [(way, builder.trials(1, is_normalised=way)) for way in ways]
    way, of_tracks = max(tried, key=lambda one: _share_right(one[1], parameters.false_accept_rate))
    of_segments = builder.trials(SEGMENTS_PER_TRACK, is_normalised=way)
    return CalibratedModels(
        models=builder.models(np.ones(len(tracks), bool), is_normalised=way),
        of_tracks=_fit(of_tracks, parameters),
        of_segments=_fit(of_segments, parameters),
        min_resemblance=float(np.quantile(np.concatenate(of_tracks.resemblances), parameters.unclear_rate)),
    )


class _TrialBuilder:
    """Leaves tracks out of a registry, and scores them against the rest."""

    def __init__(self, registry: Registry, parameters: ScoringParameters):
        self.registry, self.tracks, self.averages = registry, registry.tracks, registry.averages
        self.n_nearest, self.kind = parameters.n_nearest, ProbeModels if parameters.model == "probe" else Models
        self._models: dict[bytes, Models] = {}

    def models(self, is_kept: NDArray[np.bool_], *, is_normalised: bool) -> Models:
        key = is_kept.tobytes()
        if key not in self._models:
            tracks, averages = self.tracks[is_kept], self.averages[is_kept]
            self._models[key] = self.kind.from_tracks(tracks, averages, self.n_nearest, is_normalised=is_normalised)
        return replace(self._models[key], is_normalised=is_normalised)

    def trials(self, voices_per_track: int, *, is_normalised: bool) -> Trials:
        """Return the scores of whole tracks (1), or of so many segments of each."""
        trials = Trials([], [], [], [])
        for is_out in self._singers():
            voices = self._voices(is_out, voices_per_track)
            models = self.models(~is_out, is_normalised=is_normalised)
            if models.singer_ids:
                trials.left_out.append(models.score(voices))
                trials.resemblances.append(models.resemblance(voices))
        for singer_id, is_out in self._albums():
            models = self.models(~is_out, is_normalised=is_normalised)
            trials.enrolled.append(models.score(self._voices(is_out, voices_per_track)))
            trials.places.append(models.singer_ids.index(singer_id))
        return trials

    def _voices(self, is_out: NDArray[np.bool_], voices_per_track: int) -> NDArray[np.float32]:
        if voices_per_track == 1:
            return self.averages[is_out]
        spans = self.tracks.loc[is_out, ["first_row", "n_segments"]].to_numpy()
        return l2_normalise(
            self.registry.embeddings[np.concatenate([first + thin_out(n, voices_per_track) for first, n in spans])]
        )

    def _singers(self) -> Iterator[NDArray[np.bool_]]:
        singer_ids = self.tracks["singer_id"].unique()
        for number in thin_out(len(singer_ids), MAX_LEFT_OUT):
            yield (self.tracks["singer_id"] == singer_ids[number]).to_numpy()

    def _albums(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield singer and tracks of each album, or each track, whose singer has others."""
        enrolled = self.tracks[~self.tracks["is_cohort"]]
        albums = enrolled["album_id"].where(enrolled.groupby("singer_id")["album_id"].transform("nunique") > 1)
        albums = albums.fillna(enrolled["track_id"])
        pairs = pd.DataFrame({"singer_id": enrolled["singer_id"], "album": albums}).drop_duplicates()
        pairs = pairs[pairs.groupby("singer_id")["album"].transform("size") > 1]
        for singer_id, album in pairs.iloc[thin_out(len(pairs), MAX_LEFT_OUT)].itertuples(index=False, name=None):
            out = enrolled.index[(enrolled["singer_id"] == singer_id) & (albums == album)]
            yield singer_id, self.tracks.index.isin(out)


def _share_right(trials: Trials, false_accept_rate: float) -> float:
    """Return the share of voices of enrolled singers that are named, and rightly."""
    threshold = Calibration(_best(trials), false_accept_rate, 1.0, 0.0).threshold
    named = [
        (scores.argmax(axis=1) == place) & (scores[:, place] >= threshold)
        for scores, place in zip(trials.enrolled, trials.places, strict=True)
    ]
    return float(np.concatenate(named).mean()) if named else 0.0


def _fit(trials: Trials, parameters: ScoringParameters) -> Calibration:
    left_out, enrolled = _stack(trials.left_out), _stack(trials.enrolled)
    places = np.repeat(trials.places, [len(scores) for scores in trials.enrolled]).astype(np.intp)
    best, rate = _best(trials), parameters.false_accept_rate
    share, n_rows = (parameters.not_enrolled_share if len(places) else 1.0), len(left_out) + len(places)

    def cost(values: Floats) -> float:
        log_scale, shift = map(float, values)
        reading = Calibration(best, rate, float(np.exp(log_scale)), shift)
        nobody = reading.log_probabilities(left_out)[:, -1].mean()
        singers = reading.log_probabilities(enrolled)[np.arange(len(places)), places].mean() if len(places) else 0.0
        log_prior = -0.5 * ((log_scale / SCALE_DEVIATION) ** 2 + (shift / SHIFT_DEVIATION) ** 2)
        return -float(share * nobody + (1 - share) * singers + log_prior / n_rows)

    log_scale, shift = map(float, minimize(cost, [0.0, -float(np.median(best))], method="Nelder-Mead").x)
    return Calibration(best, rate, float(np.exp(log_scale)), shift)


def _best(trials: Trials) -> Floats:
    return np.concatenate([scores.max(axis=1) for scores in trials.left_out])


def _stack(scores: list[Floats]) -> Floats:
    """Return all rows in one array; where a singer was left out, the last column is minus infinity."""
    width = max((part.shape[1] for part in scores), default=0)
    parts = [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=-np.inf) for part in scores]
    return np.concatenate(parts) if parts else np.zeros((0, width))
