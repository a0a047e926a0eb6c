"""Verdicts, candidates, and who sings when."""

import numpy as np
import pytest

from real_cloned.identification.answers import answer, identifications_table, likeliest_path, stretches_table
from real_cloned.identification.calibration import calibrate
from real_cloned.identification.voices import Voice
from real_cloned.parameters.enrol import ScoringParameters
from real_cloned.parameters.identify import AnswerParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.identification import VERDICTS, Identifications, Stretches
from tests.identification.people import NAMES, registry, voice

PARAMETERS = AnswerParameters()


@pytest.fixture(scope="module")
def models():
    return calibrate(registry(), ScoringParameters())


def test_an_enrolled_singer_is_named_first_with_five_candidates(models):
    found = answer(voice(NAMES[3], seed=77), models, PARAMETERS)
    assert (found.verdict, found.singer_id) == ("singer", NAMES[3])
    assert [one.singer_id for one in found.candidates] == list(found.ranking[:5])
    assert len(found.ranking) == len(NAMES)
    assert found.candidates[0].probability > 0.9
    assert found.share == pytest.approx(24 / 26)


def test_somebody_who_is_not_enrolled_gets_no_name_but_candidates(models):
    strangers = [answer(voice(f"stranger {n}", seed=n), models, PARAMETERS) for n in range(20)]
    assert sum(one.singer_id is not None for one in strangers) <= 2
    assert {one.verdict for one in strangers} <= {"not enrolled", "no clear voice", "singer"}
    assert all(len(one.candidates) == 5 for one in strangers)


def test_what_is_like_no_voice_at_all_is_not_a_clear_one(models):
    unlike = np.linalg.svd(models.models.centroids)[2][-1:]  # orthogonal to every singer
    noise = Voice(30.0, np.zeros(1), np.full(1, 24.0), unlike)
    found = answer(noise, models, PARAMETERS)
    assert (found.verdict, found.singer_id) == ("no clear voice", None)
    assert "cosine" in found.reason


def test_a_problem_of_the_recording_is_the_verdict(models):
    for problem in ("unreadable", "no singing found", "too short"):
        found = answer(Voice(3.0, problem=problem, reason="why"), models, PARAMETERS)
        assert (found.verdict, found.reason, found.candidates) == (problem, "why", ())
    short = answer(voice(NAMES[0], n_segments=1), models, AnswerParameters(min_sung_s=6.5))
    assert short.verdict == "too short"


def test_a_duet_shows_as_two(models):
    found = answer(voice(NAMES[0], NAMES[5], NAMES[0], seed=5), models, PARAMETERS)
    assert [(one.start_s, one.end_s, one.singer_id) for one in found.stretches] == [
        (0.0, 24.0, NAMES[0]),
        (24.0, 48.0, NAMES[5]),
        (48.0, 72.0, NAMES[0]),
    ]


def test_a_pause_ends_a_stretch_and_overlapping_segments_do_not(models):
    heard = voice(NAMES[0], n_segments=3)
    apart = Voice(60.0, np.array([0.0, 20.0, 24.0]), heard.durations_s, heard.embeddings)
    spans = [(one.start_s, one.end_s) for one in answer(apart, models, PARAMETERS).stretches]
    assert spans == [(0.0, 6.0), (20.0, 30.0)]


def test_one_doubtful_segment_does_not_cut_a_stretch_where_a_change_has_a_cost():
    log_probabilities = np.log([[0.9, 0.1]] * 3 + [[0.4, 0.6]] + [[0.9, 0.1]] * 3)
    assert likeliest_path(log_probabilities, 2.0).tolist() == [0] * 7
    assert likeliest_path(log_probabilities, 0.0).tolist() == [0, 0, 0, 1, 0, 0, 0]


def test_the_likeliest_path_is_the_best_of_all_paths():
    from itertools import product

    rng = np.random.default_rng(0)
    for _ in range(20):
        log_probabilities = np.log(rng.dirichlet(np.ones(3), 5))
        paths = {
            path: sum(log_probabilities[n, one] for n, one in enumerate(path))
            - 0.7 * sum(a != b for a, b in zip(path, path[1:], strict=False))
            for path in product(range(3), repeat=5)
        }
        found = tuple(likeliest_path(log_probabilities, 0.7).tolist())
        assert paths[found] == pytest.approx(max(paths.values()))


def test_answers_become_tables_that_fit_their_schemas(models):
    answers = {
        "a": answer(voice(NAMES[1], seed=3), models, PARAMETERS),
        "b": answer(Voice(problem="unreadable", reason="not audio"), models, PARAMETERS),
    }
    table = Identifications.validate(identifications_table(answers, 1.0))
    assert table["verdict"].tolist() == ["singer", "unreadable"]
    assert table.loc[1, ["singer_id", "top5_ids"]].isna().all()
    Stretches.validate(stretches_table(answers))
    assert identifications_table({}, 1.0).columns.tolist() == list(empty_table(Identifications))


def test_no_verdict_says_how_a_recording_was_made():
    assert not [verdict for verdict in VERDICTS if "fake" in verdict or "clone" in verdict or "AI" in verdict]
