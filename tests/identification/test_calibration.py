"""Thresholds and probabilities from singers and albums that are left out in turn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from real_cloned.core.errors import RealClonedError
from real_cloned.identification.calibration import Calibration, calibrate
from real_cloned.identification.registry import Registry
from real_cloned.identification.scoring import Models, ProbeModels
from real_cloned.parameters.enrol import ScoringParameters
from tests.identification.people import NAMES, registry, voice

HARD = 2.2
"""Scatter at which singers are confused."""


def hard_registry() -> Registry:
    made = Registry.empty({})
    for place, name in enumerate(NAMES):
        voices = {f"{name}/{number}": voice(name, scatter=HARD, seed=50 * place + number) for number in range(6)}
        made = made.add(name, voices, {})
    return made


@pytest.mark.parametrize(("model", "normalisation"), [("centroid", "none"), ("centroid", "as_norm"), ("probe", "auto")])
@pytest.mark.parametrize("rate", [0.05, 0.25])
def test_at_most_the_given_share_of_tracks_of_singers_who_are_left_out_reaches_the_threshold(
    rate, model, normalisation
):
    made = hard_registry()
    parameters = ScoringParameters(false_accept_rate=rate, model=model, normalisation=normalisation)
    threshold = calibrate(made, parameters).of_tracks.threshold
    n_passed = 0
    for name in NAMES:  # a second way to leave a singer out: by taking the singer away, and asking anew
        rest = made.remove(name)
        kind = ProbeModels if model == "probe" else Models
        models = kind.from_tracks(rest.tracks, rest.averages, 50, is_normalised=normalisation == "as_norm")
        is_out = (made.tracks["singer_id"] == name).to_numpy()
        n_passed += int((models.score(made.averages[is_out]).max(axis=1) >= threshold).sum())
    assert 0 < n_passed <= rate * len(made.tracks)
    assert n_passed > rate * len(made.tracks) - 2


def test_a_stricter_rate_has_a_higher_threshold():
    found = calibrate(registry(), ScoringParameters(false_accept_rate=0.02)).of_tracks
    assert found.threshold == found.threshold_at(0.02) > found.threshold_at(0.3)


def test_probabilities_add_up_to_one_with_nobody_and_are_about_right_on_tracks_that_were_not_used():
    made = hard_registry()
    models = calibrate(made, ScoringParameters())
    answers = []
    for place, name in enumerate(NAMES):
        fresh = [voice(name, scatter=HARD, seed=9000 + 50 * place + number) for number in range(20)]
        alone = Registry.empty({}).add(name, {str(number): one for number, one in enumerate(fresh)}, {}).averages
        log_probabilities = models.of_tracks.log_probabilities(models.models.score(alone))
        np.testing.assert_allclose(np.exp(log_probabilities).sum(axis=1), 1.0)
        column = models.models.singer_ids.index(name)
        given_enrolled = np.exp(log_probabilities[:, :-1])
        given_enrolled /= given_enrolled.sum(axis=1, keepdims=True)
        answers += list(zip(given_enrolled.max(axis=1), given_enrolled.argmax(axis=1) == column, strict=True))
    confidence, is_right = np.array(answers, float).T
    assert abs(confidence.mean() - is_right.mean()) < 0.1
    assert 0.5 < is_right.mean() < 0.99


def test_tracks_of_one_album_are_left_out_together():
    made = Registry.empty({})
    for place, name in enumerate(NAMES[:6]):
        albums = {f"{name}/{number}": f"{name} {number // 2}" for number in range(4)}
        voices = {}
        for number, track in enumerate(albums):  # tracks of an album are alike, and nothing else is
            voices[track] = voice(f"{name} album {number // 2}", scatter=0.1, seed=10 * place + number)
        made = made.add(name, voices, albums)
    by_album = calibrate(made, ScoringParameters(normalisation="none"))
    unknown = Registry(made.tracks.assign(album_id=None), made.embeddings, made.durations_s, {})
    by_track = calibrate(unknown, ScoringParameters(normalisation="none"))
    scores = by_album.models.score(made.averages)
    own = [by_album.models.singer_ids.index(name) for name in made.tracks["singer_id"]]
    row = np.arange(len(own))
    confident = np.exp(by_track.of_tracks.log_probabilities(scores))[row, own].mean()
    cautious = np.exp(by_album.of_tracks.log_probabilities(scores))[row, own].mean()
    assert cautious < 0.6 * confident


def test_the_cohort_is_never_an_answer_and_helps_a_registry_of_one():
    made = registry(NAMES[:1])
    with pytest.raises(RealClonedError, match="has 1 singers and 0 in its cohort.*at least"):
        calibrate(made, ScoringParameters())
    for name in NAMES[1:8]:
        made = made.add(name, {f"{name}/{number}": voice(name, seed=number) for number in range(2)}, {}, is_cohort=True)
    models = calibrate(made, ScoringParameters())
    assert models.models.singer_ids == (NAMES[0],)
    scores = models.models.score(made.averages)[:, 0]
    is_singer = (made.tracks["singer_id"] == NAMES[0]).to_numpy()
    assert scores[is_singer].min() >= models.of_tracks.threshold > scores[~is_singer].max()


def test_a_registry_with_one_track_per_singer_has_a_threshold_too():
    models = calibrate(registry(n_tracks=1), ScoringParameters())
    assert np.isfinite([models.of_tracks.threshold, models.of_tracks.scale, models.of_tracks.shift]).all()


def test_log_probabilities_are_those_of_a_softmax_beside_zero():
    found = Calibration(np.zeros(1), 0.05, 2.0, -1.0).log_probabilities(np.array([[0.5, 1.0]]))
    expected = np.exp([0.0, 1.0, 0.0])
    np.testing.assert_allclose(np.exp(found[0]), expected / expected.sum())


@pytest.mark.parametrize("n_singers", [3, 12])
def test_a_probe_names_voices_that_it_has_not_heard(n_singers):
    made = registry(NAMES[:n_singers])
    models = calibrate(made, ScoringParameters(model="probe"))
    for name in NAMES[:n_singers]:
        heard = Registry.empty({}).add(name, {"new": voice(name, seed=777)}, {}).averages
        scores = models.models.score(heard)[0]
        assert models.models.singer_ids[scores.argmax()] == name
        assert scores.max() >= models.of_tracks.threshold
        assert sorted(scores)[-2] < models.of_tracks.threshold


def test_a_probe_weighs_singers_alike_and_gives_the_logits_of_scikit_learn():
    made = registry(NAMES[:4]).add(NAMES[5], {"o": voice(NAMES[5]), "p": voice(NAMES[5], seed=1)}, {}, is_cohort=True)
    models = ProbeModels.from_tracks(made.tracks, made.averages, 50)
    known = LogisticRegression(C=100.0, class_weight="balanced", max_iter=300)
    known.fit(made.averages, made.tracks["singer_id"])
    assert models.singer_ids == tuple(NAMES[:4])  # the cohort is never an answer
    columns = [list(known.classes_).index(name) for name in NAMES[:4]]
    np.testing.assert_allclose(
        models.score(made.averages), known.decision_function(made.averages)[:, columns], rtol=1e-4
    )
    two = registry(NAMES[:2])
    known.fit(two.averages, two.tracks["singer_id"])
    scores = ProbeModels.from_tracks(two.tracks, two.averages, 50).score(two.averages)
    np.testing.assert_allclose(scores[:, 1] - scores[:, 0], known.decision_function(two.averages), rtol=1e-4)
