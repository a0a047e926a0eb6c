"""Singers come and go, and the others' embeddings stay as they are."""

import numpy as np
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.identification.registry import Registry
from real_cloned.identification.voices import Voice
from real_cloned.schemas.identification import EnrolledSingers, EnrolledTracks
from tests.identification.people import NAMES, registry, voice


def test_tracks_and_singers_fit_their_schemas():
    made = registry()
    EnrolledTracks.validate(made.tracks)
    singers = EnrolledSingers.validate(made.singers)
    assert singers["singer_id"].tolist() == sorted(NAMES)
    assert (singers["n_tracks"] == 4).all() and (singers["n_albums"] == 2).all()
    EnrolledTracks.validate(Registry.empty({}).tracks)


def test_removing_a_singer_and_adding_the_same_tracks_again_gives_the_same_averages():
    made = registry(NAMES[:4])
    less = made.remove(NAMES[1])
    kept = made.tracks["singer_id"] != NAMES[1]
    np.testing.assert_array_equal(less.averages, made.averages[kept])
    voices = {f"{NAMES[1]}/{number}": voice(NAMES[1], seed=100 + number) for number in range(4)}
    again = less.add(NAMES[1], voices, {})
    order = again.tracks["track_id"].map(made.tracks["track_id"].tolist().index)
    np.testing.assert_array_equal(again.averages, made.averages[order])


def test_a_renamed_singer_keeps_the_tracks():
    made = registry(NAMES[:3]).rename(NAMES[0], "Nina")
    assert made.singers["singer_id"].tolist() == ["Nina", *NAMES[1:3]]
    assert made.singers["n_tracks"].tolist() == [4, 4, 4]


def test_an_average_weights_segments_by_their_duration():
    embeddings = np.eye(2, dtype=np.float32)
    heard = Voice(12.0, np.array([0.0, 9.0]), np.array([9.0, 3.0]), embeddings)
    average = Registry.empty({}).add("x", {"t": heard}, {}).averages[0]
    np.testing.assert_allclose(average, np.array([3.0, 1.0]) / np.sqrt(10.0), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda made: made.remove("singer 10"), "singer 10 is not enrolled"),
        (lambda made: made.rename(NAMES[0], NAMES[1]), "singer 1 is enrolled already"),
        (lambda made: made.add("x", {f"{NAMES[0]}/0": voice("x")}, {}), "singer 0/0 is enrolled already"),
        (lambda made: made.add("x", {"a": Voice(problem="unreadable", reason="empty")}, {}), "a: unreadable empty"),
        (lambda made: made.add("x", {}, {}), "none was given"),
        (lambda made: made.add(NAMES[0], {"t": voice("x")}, {}, is_cohort=True), "both enrolled and in the cohort"),
    ],
)
def test_what_cannot_be_done_is_said(change, message):
    with pytest.raises(RealClonedError, match=message):
        change(registry(NAMES[:2]))
