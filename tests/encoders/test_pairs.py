"""Pairs are two segments from two tracks of one singer, drawn from one seed."""

from collections import Counter

import numpy as np
import pytest
import torch

from real_cloned.encoders.pairs import Discographies, PairBatches
from real_cloned.errors import RealClonedError

WORLD = {0: {"a": [0.0, 0.4], "b": [1.2]}, 1: {"c": [0.0], "d": [0.8], "e": [0.4]}, 2: {"f": [0.0], "g": [0.0]}}
DISCOGRAPHIES = Discographies(list(WORLD.values()))


def draws(singer, stems, count=300):
    rng = np.random.default_rng(0)
    return [DISCOGRAPHIES.draw_pair(singer, rng, stems) for _ in range(count)]


def test_the_two_sides_come_from_different_tracks_of_the_same_singer_where_there_is_singing():
    for singer, songs in WORLD.items():
        for sides in draws(singer, ["mixture"]):
            assert sides[0][0] != sides[1][0]
            assert all(offset_s in songs[track] for track, _, offset_s in sides)


def test_every_track_and_every_segment_is_drawn_on_either_side():
    for side in (0, 1):
        assert {(pair[side][0], pair[side][2]) for pair in draws(0, ["mixture"])} == {
            ("a", 0.0),
            ("a", 0.4),
            ("b", 1.2),
        }


def test_tracks_are_equally_likely_however_many_segments_they_have():
    firsts = Counter(pair[0][0] for pair in draws(0, ["mixture"], 1000))
    assert firsts["a"] == pytest.approx(500, abs=80)


@pytest.mark.parametrize("stems", [["mixture"], ["vocals"], ["mixture", "vocals"]])
def test_stems_are_only_those_listed_and_each_side_has_its_own(stems):
    pairs = Counter((one[1], other[1]) for one, other in draws(0, stems))
    assert set(pairs) == {(one, other) for one in stems for other in stems}


def test_no_singer_comes_twice_while_there_are_enough():
    rng = np.random.default_rng(0)
    assert all(len(set(DISCOGRAPHIES.draw_singers(2, rng))) == 2 for _ in range(50))
    assert set(Counter(DISCOGRAPHIES.draw_singers(6, rng)).values()) == {2}
    assert sorted(Counter(DISCOGRAPHIES.draw_singers(7, rng)).values()) == [2, 2, 3]


def test_all_singers_are_drawn_equally_often():
    rng = np.random.default_rng(0)
    counts = Counter(singer for _ in range(600) for singer in DISCOGRAPHIES.draw_singers(1, rng))
    assert all(count == pytest.approx(200, abs=60) for count in counts.values())


def test_singers_of_one_track_and_tracks_outside_the_splits_are_left_out(make_world):
    tracks, splits, segments, *_ = make_world((3, 1, 2, 2))
    kept = Discographies.of(tracks, segments[segments["track_id"] != "t00"], splits[splits["track_id"] != "t06"])
    assert [sorted(songs) for songs in kept.offsets_s] == [["t01", "t02"], ["t04", "t05"]]
    assert kept.offsets_s[0]["t01"] == pytest.approx([0.0, 0.4, 0.8, 1.2, 1.6])


@pytest.mark.parametrize("n_tracks", [(3, 1, 1), (1, 1), ()])
def test_too_few_singers_are_an_error_that_says_how_many_there_are(make_world, n_tracks):
    tracks, splits, segments, *_ = make_world((3, 3))
    wanted = [track for singer, count in enumerate(n_tracks) for track in _tracks_of(tracks, singer)[:count]]
    found = int(sum(count >= 2 for count in n_tracks[:2]))
    with pytest.raises(RealClonedError, match=f"found {found} among"):
        Discographies.of(tracks, segments, splits[splits["track_id"].isin(wanted)])


def _tracks_of(tracks, singer):
    return tracks.loc[tracks["singer_id"] == f"s{singer}", "track_id"].tolist()


def batches(source, seed=0, stems=("mixture",), *, fixed=False):
    return PairBatches(source.discographies, source.reader, list(stems), seed, fixed=fixed).sized(3, 2)


def same(one, other):
    return all(torch.equal(*tensors) for pair in zip(one, other, strict=True) for tensors in zip(*pair, strict=True))


def test_an_epoch_has_as_many_batches_of_as_many_pairs_as_asked_for(make_source):
    epoch = batches(make_source())
    drawn = list(epoch)
    assert len(drawn) == len(epoch) == 2
    for first, second, singers in drawn:
        assert first.shape == second.shape == (3, 1, 1600)
        assert first.dtype == torch.int16
        assert len(set(singers.tolist())) == 3


def test_a_fixed_epoch_repeats_and_others_differ(make_source):
    source = make_source()
    fixed, free = batches(source, fixed=True), batches(source)
    assert same(list(fixed), list(fixed))
    assert not same(list(free), list(free))


def test_the_same_seed_draws_the_same_epochs_and_another_others(make_source):
    source = make_source()
    first, again, other = (batches(source, seed) for seed in (1, 1, 2))
    assert all(same(list(first), list(again)) for _ in range(3))
    assert not same(list(batches(source, 1)), list(other))


def test_a_batch_holds_the_sound_of_the_singers_that_it_names(make_source):
    source = make_source()
    (first, second, singers), *_ = batches(source)
    for side in (first, second):
        loudest = torch.fft.rfft(side[:, 0].double()).abs().argmax(dim=1).double() * 2.5  # bins of 2.5 Hz
        torch.testing.assert_close(loudest, 250 * 1.6 ** singers.double(), rtol=0.01, atol=2.5)
