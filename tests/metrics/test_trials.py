"""Which pairs lists of trials hold, and that they are drawn without listing all pairs."""

import tracemalloc
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.metrics.trials import trial_list


def clips(n_singers=4, n_albums=3, per_album=2):
    rows = [(f"s{s}", f"s{s}-a{a}") for s in range(n_singers) for a in range(n_albums) for _ in range(per_album)]
    return pd.DataFrame(rows, columns=["singer_id", "album_id"])


def pairs(trials):
    return set(trials[["first", "second"]].itertuples(index=False, name=None))


def test_all_pairs_are_taken_where_they_are_few():
    trials = trial_list(clips(), 10_000, 0)
    assert pairs(trials) == set(combinations(range(24), 2))
    singers = clips()["singer_id"].to_numpy()
    assert (singers[trials["first"]] == singers[trials["second"]]).tolist() == trials["is_same"].tolist()


def test_n_trials_different_pairs_of_each_kind_are_drawn():
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


def test_trials_depend_on_the_seed():
    first, again, other = (trial_list(clips(30), 50, seed) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_names_and_index_of_the_clips_do_not_matter():
    table = clips(30)
    renamed = table.assign(singer_id=table["singer_id"] + "x").set_index(np.arange(len(table)) * 7)
    assert trial_list(table, 50, 0).equals(trial_list(renamed, 50, 0))


def test_every_pair_of_two_singers_is_as_likely():
    trials = pd.concat([trial_list(clips(3, 1, 2), 2, seed) for seed in range(300)])
    counts = trials[~trials["is_same"]].groupby(["first", "second"]).size()
    assert len(counts) == 12
    assert counts.between(25, 75).all()  # 50 each on average, standard deviation 6.7


@pytest.mark.parametrize("different_albums", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_the_trials_are_those_of_a_loop_over_all_pairs(seed, different_albums):
    rng = np.random.default_rng(seed)
    albums = np.append(["x", "y", "z", "w"], None)[rng.integers(0, 5, 40)]  # of several singers each, or unknown
    table = pd.DataFrame({"singer_id": rng.integers(0, 4, 40), "album_id": albums})
    trials = trial_list(table, 10_000, 0, different_albums=different_albums)
    for is_same, drawn in trials.groupby("is_same"):
        expected = [
            (one, other)
            for one, other in combinations(range(40), 2)
            if (table["singer_id"][one] == table["singer_id"][other]) == is_same
            and (not different_albums or (albums[one] and albums[other] and albums[one] != albums[other]))
        ]
        assert list(drawn[["first", "second"]].itertuples(index=False, name=None)) == expected


def test_every_pair_of_two_singers_and_two_albums_is_as_likely():
    table = pd.DataFrame({"singer_id": list("aaabbcc"), "album_id": list("xyzxyxz")})
    drawn = pd.concat([trial_list(table, 3, seed, different_albums=True) for seed in range(800)])
    counts = drawn.groupby(["is_same", "first", "second"]).size()
    assert counts[True].between(430, 530).all() and len(counts[True]) == 5  # 480 each on average
    assert counts[False].between(170, 260).all() and len(counts[False]) == 11  # 218 each, standard deviation 13


N_CLIPS = 20_000
FIRST_OF_ALL = np.arange(N_CLIPS) == 0
CLIPS = {
    "five of each singer": (np.arange(N_CLIPS) // 5, np.arange(N_CLIPS)),
    "albums unknown": (np.arange(N_CLIPS) // 5, np.where(np.arange(N_CLIPS) < 10, np.arange(N_CLIPS), np.nan)),
    "all but one by one singer": (FIRST_OF_ALL, np.arange(N_CLIPS)),
    "all but two of one album": (np.arange(N_CLIPS) // 5, np.arange(N_CLIPS).clip(max=2)),
}


@pytest.mark.parametrize("case", CLIPS)
@pytest.mark.parametrize("different_albums", [False, True])
def test_the_pairs_of_many_clips_are_never_listed(case, different_albums):
    singers, albums = CLIPS[case]
    table = pd.DataFrame({"singer_id": singers, "album_id": albums})
    tracemalloc.start()
    trials = trial_list(table, 1000, 0, different_albums=different_albums)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(trials) > 0
    assert peak < 10e6  # the numbers of all pairs would take 1.6 GB


@pytest.mark.parametrize(("table", "kind"), [(clips(1), "of two singers"), (clips(4, 1, 1), "of one singer")])
def test_clips_that_give_no_pair_of_a_kind_are_refused(table, kind):
    with pytest.raises(RealClonedError, match=kind):
        trial_list(table, 10, 0)
