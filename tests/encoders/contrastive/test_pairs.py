"""Pairs are two segments from two tracks of one singer, or of one track, drawn by arithmetic on numbers."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive.pairs import PairSampler, PairSource, pair_sampler
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Segments, Splits, Tracks
from tests.tiny import AUDIO, MIX, PRETRAIN, but

# singer 0: tracks of 2 and 1 segments; singer 1: of 1, 1, 1; singer 2: of 1, 1
SAMPLER = PairSampler(np.array([0, 2, 5, 7]), np.array([0, 2, 3, 4, 5, 6, 7, 8]))
TRACK_OF = [0, 0, 1, 2, 3, 4, 5, 6]
SINGER_OF = [0, 0, 0, 1, 1, 1, 2, 2]


def rng(seed=0):
    return np.random.default_rng(seed)


def pairs(singer, count=600):
    return SAMPLER.draw_pairs(np.full(count, singer), rng()).T.tolist()


def test_the_two_sides_come_from_different_tracks_of_the_same_singer():
    for singer in range(3):
        for first, second in pairs(singer):
            assert SINGER_OF[first] == SINGER_OF[second] == singer
            assert TRACK_OF[first] != TRACK_OF[second]


def test_every_pair_of_tracks_is_equally_likely_on_either_side():
    drawn = Counter((TRACK_OF[first], TRACK_OF[second]) for first, second in pairs(1))
    assert len(drawn) == 6
    assert all(count == pytest.approx(100, abs=40) for count in drawn.values())


def test_tracks_are_equally_likely_however_many_segments_they_have():
    firsts = Counter(TRACK_OF[first] for first, _ in pairs(0))
    assert firsts[0] == pytest.approx(300, abs=60)
    assert {first for first, _ in pairs(0)} == {0, 1, 2}


def test_no_singer_comes_twice_while_there_are_enough():
    assert all(len(set(SAMPLER.draw_groups(2, rng(seed)))) == 2 for seed in range(50))
    assert set(Counter(SAMPLER.draw_groups(6, rng()).tolist()).values()) == {2}
    assert sorted(Counter(SAMPLER.draw_groups(7, rng()).tolist()).values()) == [2, 2, 3]


def test_with_replacement_singers_come_twice_although_there_are_enough():
    drawn = [SAMPLER.draw_groups(2, rng(seed), replacement=True).tolist() for seed in range(90)]
    assert sum(one == other for one, other in drawn) == pytest.approx(30, abs=15)


def test_all_singers_are_drawn_equally_often():
    counts = Counter(int(SAMPLER.draw_groups(1, rng(seed))[0]) for seed in range(600))
    assert all(count == pytest.approx(200, abs=60) for count in counts.values())


def test_the_others_are_of_any_other_singer():
    groups = np.array([0, 1, 2] * 200)
    others = [SINGER_OF[segment] for segment in SAMPLER.draw_from_other_groups(groups, rng())]
    assert all(other != group for other, group in zip(others, groups, strict=True))
    assert len(set(zip(groups.tolist(), others, strict=True))) == 6


def of_world(make_corpus, n_tracks, sampling="singer", without=()):
    corpus = make_corpus(n_tracks)
    splits = corpus.splits[~corpus.splits["track_id"].isin(without)]
    return pair_sampler(replace(corpus, splits=splits), sampling)


def test_singers_of_one_track_and_tracks_outside_the_splits_are_left_out(make_corpus):
    sampler, table = of_world(make_corpus, (3, 1, 2, 2), without=["t00", "t06"])
    assert table["track_id"].unique().tolist() == ["t01", "t02", "t04", "t05"]
    assert sampler.item_starts.tolist() == [0, 2, 4]
    assert sampler.segment_starts.tolist() == [0, 5, 10, 15, 20]


def test_sampled_by_track_the_two_sides_are_different_segments_of_one_track(make_corpus):
    sampler, table = of_world(make_corpus, (1, 2), sampling="track")
    assert sampler.n_groups == 3
    first, second = (table.loc[rows] for rows in sampler.draw_pairs(np.arange(3), rng()))
    assert first["track_id"].tolist() == second["track_id"].tolist() == ["t00", "t01", "t02"]
    assert (first["offset_s"].to_numpy() != second["offset_s"].to_numpy()).all()


@pytest.mark.parametrize(("n_tracks", "found"), [((3, 1, 1), 1), ((1, 1), 0)])
def test_too_few_singers_are_an_error_that_says_how_many_there_are(make_corpus, n_tracks, found):
    with pytest.raises(RealClonedError, match=f"2 singers with 2 tracks of singing each, and found {found} among"):
        of_world(make_corpus, n_tracks)


def test_too_few_tracks_are_an_error_too(make_corpus):
    with pytest.raises(RealClonedError, match="2 tracks with 2 segments of singing each, and found 1 among"):
        of_world(make_corpus, (1,), sampling="track")


def test_a_mashup_without_accompaniment_is_an_error_that_names_the_setting(make_corpus):
    mashup = but(PRETRAIN, train_stems=["vocals"], mix=MIX.model_dump())
    with pytest.raises(RealClonedError, match=r"separation\.train\.accompaniment"):
        PairSource.from_corpus(mashup, AUDIO, make_corpus())


@pytest.mark.parametrize("sampling", ["singer", "track"])
def test_an_empty_corpus_is_an_error_that_says_so(sampling, make_store):
    tables, nothing = (empty_table(model) for model in (Tracks, Splits, Segments)), make_store({})
    with pytest.raises(RealClonedError, match=f"found 0 among 0 {sampling}s"):
        pair_sampler(TrainingCorpus(*tables, mixtures=nothing, stems=nothing), sampling)
