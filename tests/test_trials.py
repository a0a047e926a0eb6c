"""Lists of trials: which pairs they hold, and that they stay the same."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.metrics.verification import pairwise_eer, trial_list


def clips(n_singers=4, n_albums=3, per_album=2):
    rows = [(f"s{s}", f"s{s}-a{a}") for s in range(n_singers) for a in range(n_albums) for _ in range(per_album)]
    return pd.DataFrame(rows, columns=["singer_id", "album_id"])


def pairs(trials):
    return set(trials[["first", "second"]].itertuples(index=False, name=None))


def test_all_pairs_are_tried_where_they_are_few():
    trials = trial_list(clips(), 10_000, 0)
    assert pairs(trials) == set(combinations(range(24), 2))
    singers = clips()["singer_id"].to_numpy()
    assert (singers[trials["first"]] == singers[trials["second"]]).tolist() == trials["is_same"].tolist()


def test_as_many_of_each_kind_are_drawn_as_are_asked_for_none_twice():
    trials = trial_list(clips(30), 50, 0)
    assert trials["is_same"].value_counts().to_dict() == {True: 50, False: 50}
    assert len(pairs(trials)) == 100
    assert (trials["first"] < trials["second"]).all()


def test_trials_of_different_albums_leave_out_pairs_of_one_album_and_of_unknown_ones():
    table = clips()
    table.loc[0, "album_id"] = None
    trials = trial_list(table, 10_000, 0, different_albums=True)
    albums = table["album_id"].to_numpy()
    assert (albums[trials["first"]] != albums[trials["second"]]).all()
    assert 0 not in {clip for pair in pairs(trials) for clip in pair}
    assert len(trials) == 23 * 22 // 2 - 11


def test_the_seed_decides_which():
    first, again, other = (trial_list(clips(30), 50, seed) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_names_and_index_of_the_clips_do_not_matter():
    table = clips(30)
    renamed = table.assign(singer_id=table["singer_id"] + "x").set_index(np.arange(len(table)) * 7)
    assert trial_list(table, 50, 0).equals(trial_list(renamed, 50, 0))


def test_every_pair_of_two_singers_is_as_likely():
    drawn = pd.concat([trial_list(clips(3, 1, 2), 2, seed) for seed in range(600)])
    counts = drawn[~drawn["is_same"]].groupby(["first", "second"]).size()
    assert len(counts) == 12
    assert counts.between(60, 140).all()  # 100 each on average, 9.5 standard deviation


def test_a_hundred_thousand_clips_are_no_burden():
    many = pd.DataFrame({"singer_id": np.arange(100_000) // 5})
    assert len(trial_list(many, 1000, 0)) == 2000


@pytest.mark.parametrize(("table", "kind"), [(clips(1), "of two singers"), (clips(4, 1, 1), "of one singer")])
def test_clips_that_give_no_pair_of_a_kind_are_refused(table, kind):
    with pytest.raises(RealClonedError, match=kind):
        trial_list(table, 10, 0)


def test_embeddings_that_point_where_their_singer_does_make_no_errors_whatever_their_length():
    table = clips()
    codes = table["singer_id"].factorize()[0]
    lengths = np.random.default_rng(0).uniform(0.1, 9, (24, 1))
    points = (np.eye(4)[codes] * lengths).astype(np.float32)
    assert pairwise_eer(trial_list(table, 10_000, 0), points) == 0


def test_embeddings_that_are_all_the_same_are_a_coin_toss():
    assert pairwise_eer(trial_list(clips(), 10_000, 0), np.ones((24, 3), np.float32)) == pytest.approx(0.5)
