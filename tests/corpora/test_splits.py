"""Which tracks test, validate and train, by track, by album and as published."""

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.splits import select_enrolled, split_by_album, split_tracks
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import PublishedSplits, Rejected, Segments, Splits, Tracks

NONE = empty_table(PublishedSplits)


def tracks_of(**n_tracks):
    """Tracks of the singers, each with its number of tracks; only the columns that are read."""
    rows = [
        {"track_id": f"{s}{i}", "singer_id": s, "path": f"{s}/{i}.mp3"} for s, n in n_tracks.items() for i in range(n)
    ]
    return pd.DataFrame(rows)


def segments(tracks, *without):
    return pd.DataFrame({"track_id": [track for track in tracks["track_id"] if track not in without for _ in range(2)]})


def roles(splits):
    return dict(zip(splits["track_id"], splits["role"], strict=True))


def test_a_probe_has_one_test_and_one_validation_track_per_singer_and_trains_on_the_rest(corpus):
    tracks = tracks_of(A=3, B=7, C=20)
    splits, rejected = split_tracks(tracks, segments(tracks), NONE, corpus())
    counts = Splits.validate(splits).merge(tracks).groupby("singer_id")["role"].value_counts().unstack()
    assert counts.to_dict("index") == {
        "A": {"test": 1, "train": 1, "validation": 1},
        "B": {"test": 1, "train": 5, "validation": 1},
        "C": {"test": 1, "train": 18, "validation": 1},
    }
    assert Rejected.validate(rejected).empty


def test_roles_depend_on_the_seed_and_not_on_the_order_of_the_rows(corpus):
    tracks = tracks_of(A=5, B=6, C=7)
    first = split_tracks(tracks, segments(tracks), NONE, corpus())[0]
    shuffled = tracks.sample(frac=1, random_state=3)
    assert split_tracks(shuffled, segments(shuffled), NONE, corpus())[0].equals(first)
    assert roles(split_tracks(tracks, segments(tracks), NONE, corpus(seed=1))[0]) != roles(first)


def test_another_singer_does_not_change_a_singers_roles(corpus):
    few, many = tracks_of(B=6, C=7), tracks_of(A=5, B=6, C=7)
    before, after = (roles(split_tracks(tracks, segments(tracks), NONE, corpus())[0]) for tracks in (few, many))
    assert before.items() <= after.items()


def test_every_track_of_a_singer_comes_to_be_the_test_track_under_some_seed(corpus):
    tracks = tracks_of(A=4, B=4)
    splits = [split_tracks(tracks, segments(tracks), NONE, corpus(seed=seed))[0] for seed in range(40)]
    assert {track for split in splits for track, role in roles(split).items() if role == "test"} == set(
        tracks["track_id"]
    )


@pytest.mark.parametrize("split", ["train", "validation", "clone"])
def test_the_other_splits_give_all_tracks_one_role(split, corpus):
    tracks = tracks_of(A=2, B=3)
    splits, _ = split_tracks(tracks, segments(tracks), NONE, corpus(split=split))
    assert roles(splits) == dict.fromkeys(tracks["track_id"], split)


def test_a_track_without_segments_is_neither_used_nor_rejected_again(corpus):
    tracks = tracks_of(A=4, B=4)
    splits, rejected = split_tracks(tracks, segments(tracks, "A0"), NONE, corpus())
    assert set(splits["track_id"]) == set(tracks["track_id"]) - {"A0"}
    assert rejected.empty


def test_singers_with_too_few_usable_tracks_are_left_out_and_one_line_says_so(corpus, caplog):
    tracks = tracks_of(A=4, B=2, C=3, D=1, E=5)
    with caplog.at_level(logging.INFO):
        splits, rejected = split_tracks(tracks, segments(tracks, "C0", "D0"), NONE, corpus(min_tracks_per_singer=3))
    assert set(splits["track_id"].str[0]) == {"A", "E"}
    assert Rejected.validate(rejected)[["track_id", "stage", "reason"]].values.tolist() == [
        [track, "vocal_filter", "too few tracks: its singer has 2 usable ones, at least 3 asked"]
        for track in ("B0", "B1", "C1", "C2")
    ]
    assert caplog.messages == ["closed: 3 of 5 singers left out, they have fewer than 3 usable tracks: B, C, D"]


def test_a_long_list_of_singers_is_cut_short_in_the_log(corpus, caplog):
    tracks = tracks_of(**{f"s{i:02}": 1 for i in range(15)}, Y=3, Z=3)
    with caplog.at_level(logging.INFO):
        split_tracks(tracks, segments(tracks), NONE, corpus())
    assert caplog.messages[0].endswith("s08, s09 and 5 more")


@pytest.mark.parametrize(("split", "least"), [("probe", 3), ("train", 2), ("validation", 2)])
def test_no_use_takes_fewer_tracks_than_it_needs_whatever_is_asked(split, least, corpus):
    tracks = tracks_of(A=least, B=least, C=least - 1)
    splits, rejected = split_tracks(tracks, segments(tracks), NONE, corpus(split=split, min_tracks_per_singer=1))
    assert set(splits["track_id"].str[0]) == {"A", "B"}
    assert rejected["reason"].str.endswith(f"at least {least} asked").all()


def test_fewer_than_two_singers_stop_the_run_with_what_was_asked_found_and_the_way_out(corpus):
    tracks = tracks_of(A=9, B=4)
    with pytest.raises(RealClonedError) as caught:
        split_tracks(tracks, segments(tracks), NONE, corpus(min_tracks_per_singer=7, min_vocal_share=0.25))
    message = str(caught.value)
    assert message.startswith("closed: 1 of 2 singers have at least 7 usable tracks")
    assert "A 9, B 4" in message
    assert "--params=own.min_tracks_per_singer=COUNT" in message
    assert "0.25" in message


def test_tracks_without_any_segments_stop_the_run_too(corpus):
    tracks = tracks_of(A=9, B=9)
    with pytest.raises(RealClonedError, match="0 of 2 singers"):
        split_tracks(tracks, empty_table(Segments), NONE, corpus())


def test_clones_know_no_minimum(corpus):
    tracks = tracks_of(A=1)
    splits, rejected = split_tracks(tracks, segments(tracks), NONE, corpus(split="clone", min_tracks_per_singer=7))
    assert roles(splits) == {"A0": "clone"}
    assert rejected.empty
    splits, _ = split_tracks(tracks, empty_table(Segments), NONE, corpus(split="clone"))
    assert Splits.validate(splits).empty


def test_a_clone_is_rejected_unless_one_of_its_targets_has_a_used_track_in_the_gallery():
    gallery = tracks_of(A=4, B=2)
    clones = pd.DataFrame(
        [
            {"track_id": name, "path": f"{name}.mp3", "singer_ids": targets}
            for name, targets in (
                ("a", ["A"]),
                ("b", ["B"]),
                ("both", ["B", "A"]),
                ("unknown", ["C"]),
                ("unused", ["A"]),
            )
        ]
    )
    used = clones.loc[:3, ["track_id"]].assign(role="clone")
    asked, rejected = select_enrolled(clones, used, gallery, gallery.query("singer_id == 'A'"), "closed")
    assert roles(Splits.validate(asked)) == {"a": "clone", "both": "clone"}
    assert Rejected.validate(rejected)["track_id"].tolist() == ["b", "unknown"]
    assert rejected["stage"].eq("vocal_filter").all()
    assert rejected["reason"].eq("target not enrolled: closed uses no track of its target singers").all()


def test_of_no_clones_none_is_asked():
    asked, rejected = select_enrolled(*(empty_table(table) for table in (Tracks, Splits, Tracks, Splits)), "closed")
    assert Splits.validate(asked).empty and Rejected.validate(rejected).empty


@pytest.mark.parametrize("split", ["train", "validation", "probe", "clone"])
def test_a_corpus_that_is_not_there_passes_on_empty_tables(split, corpus):
    splits, rejected = split_tracks(empty_table(Tracks), empty_table(Segments), NONE, corpus(split=split, root=None))
    assert Splits.validate(splits).empty
    assert Rejected.validate(rejected).empty


def tracks_of_albums(albums):
    """Tracks of singers, each given by the albums of its tracks."""
    rows = [
        {"track_id": f"{singer}{index}", "path": "p", "singer_id": singer, "album_id": album}
        for singer, names in albums.items()
        for index, album in enumerate(names)
    ]
    return pd.DataFrame(rows)


def split_albums(albums, seed=0):
    tracks = tracks_of_albums(albums)
    corpus = CorpusParameters(name="closed", root="x", split="probe", split_by="album", seed=seed)
    splits, rejected = split_tracks(tracks, tracks[["track_id"]], NONE, corpus)
    return Splits.validate(splits).merge(tracks, on="track_id"), Rejected.validate(rejected)


albums = st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=3, max_size=12)


@given(one=albums, other=albums, seed=st.integers(0, 3))
def test_no_album_of_a_test_or_validation_track_trains_and_no_track_is_lost_unsaid(one, other, seed):
    splits, rejected = split_albums({"A": one, "B": other}, seed)
    assert len(splits) + len(rejected) == len(one) + len(other)
    for _, group in splits.groupby("singer_id"):
        counts = group["role"].value_counts()
        assert (counts["test"], counts["validation"]) == (1, 1)
        assert counts["train"] >= 1
        assert group.fillna("unknown").groupby("album_id")["role"].nunique().eq(1).all()


def test_a_singer_of_two_albums_cannot_be_tested_and_the_reason_says_so():
    splits, rejected = split_albums({"A": ["a", "a", "b"], "B": ["a", "b", "c"]})
    assert set(splits["singer_id"]) == {"B"}
    assert rejected["reason"].str.startswith("fewer than three albums").tolist() == [True] * 3


def test_tracks_without_an_album_count_as_one_album():
    splits, _ = split_albums({"A": [None, None, None, "b", "c"], "B": [None, None, None]})
    assert splits.set_index("track_id")["role"].loc[["A0", "A1", "A2"]].tolist() == ["train"] * 3
    assert set(splits["singer_id"]) == {"A"}


def test_the_most_tracks_that_can_train_do():
    splits, rejected = split_albums({"A": list("aaaabbc"), "B": list("abc")})
    assert splits.query("singer_id == 'A'")["role"].eq("train").sum() == 4
    assert rejected["reason"].str.startswith("same album as test or validation").tolist() == [True]


@pytest.mark.parametrize("split_by", ["track", "album"])
def test_the_draw_depends_on_the_seed_alone(split_by):
    tracks = tracks_of_albums({singer: list("abcdef") for singer in "ABCD"})
    corpus = CorpusParameters(name="closed", root="x", split="probe", split_by=split_by)
    draws = [split_tracks(tracks.sample(frac=1, random_state=n), tracks, NONE, corpus)[0] for n in range(2)]
    assert draws[0].equals(draws[1])
    other = split_tracks(tracks, tracks, NONE, corpus.model_copy(update={"seed": 1}))[0]
    assert not np.array_equal(draws[0]["role"], other["role"])


@given(one=albums, other=albums)
def test_tracks_of_any_split_can_be_parted_by_album_anew(one, other):
    tracks = tracks_of_albums({"A": one, "B": other})
    used = tracks.iloc[1:]
    splits = Splits.validate(split_by_album(tracks, used[["track_id"]].assign(role="train"), 0))
    assert set(splits["track_id"]) <= set(used["track_id"])
    roles = splits.merge(tracks, on="track_id").fillna("unknown")
    assert roles.groupby(["singer_id", "album_id"])["role"].nunique().le(1).all()
    known = used.fillna("unknown").groupby("singer_id")["album_id"].nunique()
    assert set(roles["singer_id"]) == set(known[known >= 3].index)


def test_of_no_tracks_nothing_is_parted():
    assert split_by_album(empty_table(Tracks), empty_table(Splits), 0).empty


@pytest.mark.parametrize("split_by", ["track", "album"])
def test_no_table_is_made_for_each_singer(corpus, monkeypatch, split_by):
    joined, numbers, concat = [], [], pd.concat
    monkeypatch.setattr(pd, "concat", lambda tables, **kwargs: joined.append(len(tables)) or concat(tables, **kwargs))
    for count in (5, 50):
        tracks = tracks_of(**{f"s{number}": 4 for number in range(count)})
        tracks["album_id"] = tracks["track_id"]
        sung = segments(tracks)
        joined.clear()
        split_tracks(tracks, sung, NONE, corpus(split_by=split_by))
        numbers.append(sum(joined))
    assert numbers[0] == numbers[1]
