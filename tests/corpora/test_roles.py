import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.corpora.splits import split_by_album, split_tracks
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import PublishedSplits, Rejected, Splits, Tracks

NONE = empty_table(PublishedSplits)


def made(albums):
    """Tracks of singers, each given by the albums of its tracks."""
    rows = [
        {"track_id": f"{singer}{place}", "path": "p", "singer_id": singer, "album_id": album}
        for singer, of in albums.items()
        for place, album in enumerate(of)
    ]
    return pd.DataFrame(rows)


def by_album(albums, seed=0):
    tracks = made(albums)
    corpus = CorpusParameters(name="closed", root="x", split="probe", split_by="album", seed=seed)
    splits, rejected = split_tracks(tracks, tracks[["track_id"]], NONE, corpus)
    return Splits.validate(splits).merge(tracks, on="track_id"), Rejected.validate(rejected)


albums = st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=3, max_size=12)


@given(one=albums, other=albums, seed=st.integers(0, 3))
def test_no_album_of_a_test_or_validation_track_trains_and_no_track_is_lost_unsaid(one, other, seed):
    splits, rejected = by_album({"A": one, "B": other}, seed)
    assert len(splits) + len(rejected) == len(one) + len(other)
    for _, group in splits.groupby("singer_id"):
        counts = group["role"].value_counts()
        assert (counts["test"], counts["validation"]) == (1, 1)
        assert counts["train"] >= 1
        assert group.fillna("unknown").groupby("album_id")["role"].nunique().eq(1).all()


def test_a_singer_of_two_albums_cannot_be_tested_and_the_reason_says_so():
    splits, rejected = by_album({"A": ["a", "a", "b"], "B": ["a", "b", "c"]})
    assert set(splits["singer_id"]) == {"B"}
    assert rejected["reason"].str.startswith("fewer than three albums").tolist() == [True] * 3


def test_tracks_without_an_album_count_as_one_album():
    splits, _ = by_album({"A": [None, None, None, "b", "c"], "B": [None, None, None]})
    assert splits.set_index("track_id")["role"].loc[["A0", "A1", "A2"]].tolist() == ["train"] * 3
    assert set(splits["singer_id"]) == {"A"}


def test_the_most_tracks_that_can_train_do():
    splits, rejected = by_album({"A": list("aaaabbc"), "B": list("abc")})
    assert splits.query("singer_id == 'A'")["role"].eq("train").sum() == 4
    assert rejected["reason"].str.startswith("same album as test or validation").tolist() == [True]


@pytest.mark.parametrize("split_by", ["track", "album"])
def test_the_draw_depends_on_the_seed_alone(split_by):
    tracks = made({singer: list("abcdef") for singer in "ABCD"})
    corpus = CorpusParameters(name="closed", root="x", split="probe", split_by=split_by)
    draws = [split_tracks(tracks.sample(frac=1, random_state=n), tracks, NONE, corpus)[0] for n in range(2)]
    assert draws[0].equals(draws[1])
    other = split_tracks(tracks, tracks, NONE, corpus.model_copy(update={"seed": 1}))[0]
    assert not np.array_equal(draws[0]["role"], other["role"])


@given(one=albums, other=albums)
def test_tracks_of_any_split_can_be_parted_by_album_anew(one, other):
    tracks = made({"A": one, "B": other})
    used = tracks.iloc[1:]
    splits = Splits.validate(split_by_album(tracks, used[["track_id"]].assign(role="train"), 0))
    assert set(splits["track_id"]) <= set(used["track_id"])
    roles = splits.merge(tracks, on="track_id").fillna("unknown")
    assert roles.groupby(["singer_id", "album_id"])["role"].nunique().le(1).all()
    known = used.fillna("unknown").groupby("singer_id")["album_id"].nunique()
    assert set(roles["singer_id"]) == set(known[known >= 3].index)


def test_of_no_tracks_nothing_is_parted():
    assert split_by_album(empty_table(Tracks), empty_table(Splits), 0).empty
