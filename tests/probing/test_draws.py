"""Which segments a run sees."""

from collections import Counter

import numpy as np
import pytest

from real_cloned.probing.data import LabelledTracks, Run

# tracks of 1, 3 and 6 segments at scattered places; the singer of the first is another than that of the others
TRACKS = LabelledTracks([np.array([20]), np.array([3, 1, 2]), np.array([10, 11, 12, 13, 14, 15])], np.array([0, 1, 1]))
TRACK_OF = {int(row): track for track, rows in enumerate(TRACKS.rows) for row in rows}


def drawn(balance, count=3000):
    return TRACKS.draw((count,), balance, np.random.default_rng(0))


@pytest.mark.parametrize("balance", ["singers", "tracks"])
def test_every_segment_is_drawn_and_carries_the_label_of_its_track(balance):
    rows, labels = drawn(balance)
    assert set(rows.tolist()) == set(TRACK_OF)
    assert labels.tolist() == [0 if TRACK_OF[row] == 0 else 1 for row in rows.tolist()]


@pytest.mark.parametrize(("balance", "expected"), [("tracks", [1000, 1000, 1000]), ("singers", [1500, 750, 750])])
def test_tracks_or_singers_are_equally_likely_however_much_there_is_of_them(balance, expected):
    counts = Counter(TRACK_OF[row] for row in drawn(balance)[0].tolist())
    assert [counts[track] for track in range(3)] == pytest.approx(expected, abs=120)


def test_a_draw_has_the_shape_asked_for():
    rows, labels = TRACKS.draw((4, 5), "singers", np.random.default_rng(0))
    assert rows.shape == labels.shape == (4, 5)


def test_a_class_without_tracks_is_never_drawn():
    rows, labels = LabelledTracks([np.array([5])], np.array([2])).draw((9,), "singers", np.random.default_rng(0))
    assert set(rows.tolist()) == {5}
    assert set(labels.tolist()) == {2}


def test_fixed_segments_are_so_many_of_each_track_and_all_where_there_are_no_more():
    rows, labels = TRACKS.fixed(2, np.random.default_rng(0))
    assert Counter(TRACK_OF[row] for row in rows.tolist()) == {0: 1, 1: 2, 2: 2}
    assert labels.tolist() == [0, 1, 1, 1, 1]
    assert len(set(rows.tolist())) == 5


def test_a_run_holds_out_the_same_segments_whenever_it_is_asked_and_another_seed_others():
    first, again, other = (Run(TRACKS, TRACKS, 2, seed).held_out(2)[0].tolist() for seed in (0, 0, 3))
    assert first == again
    assert first != other
