import logging

import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.splits import split_tracks
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import PublishedSplits, Rejected, Segments, Splits, Tracks

NONE = empty_table(PublishedSplits)


def made(**n_tracks):
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
    tracks = made(A=3, B=7, C=20)
    splits, rejected = split_tracks(tracks, segments(tracks), NONE, corpus())
    counts = Splits.validate(splits).merge(tracks).groupby("singer_id")["role"].value_counts().unstack()
    assert counts.to_dict("index") == {
        "A": {"test": 1, "train": 1, "validation": 1},
        "B": {"test": 1, "train": 5, "validation": 1},
        "C": {"test": 1, "train": 18, "validation": 1},
    }
    assert Rejected.validate(rejected).empty


def test_roles_depend_on_the_seed_and_not_on_the_order_of_the_rows(corpus):
    tracks = made(A=5, B=6, C=7)
    first = split_tracks(tracks, segments(tracks), NONE, corpus())[0]
    shuffled = tracks.sample(frac=1, random_state=3)
    assert split_tracks(shuffled, segments(shuffled), NONE, corpus())[0].equals(first)
    assert roles(split_tracks(tracks, segments(tracks), NONE, corpus(seed=1))[0]) != roles(first)


def test_another_singer_does_not_change_a_singers_roles(corpus):
    few, many = made(B=6, C=7), made(A=5, B=6, C=7)
    before, after = (roles(split_tracks(tracks, segments(tracks), NONE, corpus())[0]) for tracks in (few, many))
    assert before.items() <= after.items()


def test_every_track_of_a_singer_comes_to_be_the_test_track_under_some_seed(corpus):
    tracks = made(A=4, B=4)
    splits = [split_tracks(tracks, segments(tracks), NONE, corpus(seed=seed))[0] for seed in range(40)]
    assert {track for split in splits for track, role in roles(split).items() if role == "test"} == set(
        tracks["track_id"]
    )


@pytest.mark.parametrize("split", ["train", "validation", "clone"])
def test_the_other_splits_give_all_tracks_one_role(split, corpus):
    tracks = made(A=2, B=3)
    splits, _ = split_tracks(tracks, segments(tracks), NONE, corpus(split=split))
    assert roles(splits) == dict.fromkeys(tracks["track_id"], split)


def test_a_track_without_segments_is_neither_used_nor_rejected_again(corpus):
    tracks = made(A=4, B=4)
    splits, rejected = split_tracks(tracks, segments(tracks, "A0"), NONE, corpus())
    assert set(splits["track_id"]) == set(tracks["track_id"]) - {"A0"}
    assert rejected.empty


def test_singers_with_too_few_usable_tracks_are_left_out_and_one_line_says_so(corpus, caplog):
    tracks = made(A=4, B=2, C=3, D=1, E=5)
    with caplog.at_level(logging.INFO):
        splits, rejected = split_tracks(tracks, segments(tracks, "C0", "D0"), NONE, corpus(min_tracks_per_singer=3))
    assert set(splits["track_id"].str[0]) == {"A", "E"}
    assert Rejected.validate(rejected)[["track_id", "stage", "reason"]].values.tolist() == [
        [track, "vocal_filter", "too few tracks: its singer has 2 usable ones, at least 3 asked"]
        for track in ("B0", "B1", "C1", "C2")
    ]
    assert caplog.messages == ["closed: 3 of 5 singers left out, they have fewer than 3 usable tracks: B, C, D"]


def test_a_long_list_of_singers_is_cut_short_in_the_log(corpus, caplog):
    tracks = made(**{f"s{i:02}": 1 for i in range(15)}, Y=3, Z=3)
    with caplog.at_level(logging.INFO):
        split_tracks(tracks, segments(tracks), NONE, corpus())
    assert caplog.messages[0].endswith("s08, s09 and 5 more")


@pytest.mark.parametrize(("split", "least"), [("probe", 3), ("train", 2), ("validation", 2)])
def test_no_use_takes_fewer_tracks_than_it_needs_whatever_is_asked(split, least, corpus):
    tracks = made(A=least, B=least, C=least - 1)
    splits, rejected = split_tracks(tracks, segments(tracks), NONE, corpus(split=split, min_tracks_per_singer=1))
    assert set(splits["track_id"].str[0]) == {"A", "B"}
    assert rejected["reason"].str.endswith(f"at least {least} asked").all()


def test_fewer_than_two_singers_stop_the_run_with_what_was_asked_found_and_the_way_out(corpus):
    tracks = made(A=9, B=4)
    with pytest.raises(RealClonedError) as caught:
        split_tracks(tracks, segments(tracks), NONE, corpus(min_tracks_per_singer=7, min_vocal_share=0.25))
    message = str(caught.value)
    assert message.startswith("closed: 1 of 2 singers have at least 7 usable tracks")
    assert "A 9, B 4" in message
    assert "--params=own.min_tracks_per_singer=COUNT" in message
    assert "0.25" in message


def test_tracks_without_any_segments_stop_the_run_too(corpus):
    tracks = made(A=9, B=9)
    with pytest.raises(RealClonedError, match="0 of 2 singers"):
        split_tracks(tracks, empty_table(Segments), NONE, corpus())


def test_clones_know_no_minimum(corpus):
    tracks = made(A=1)
    splits, rejected = split_tracks(tracks, segments(tracks), NONE, corpus(split="clone", min_tracks_per_singer=7))
    assert roles(splits) == {"A0": "clone"}
    assert rejected.empty
    splits, _ = split_tracks(tracks, empty_table(Segments), NONE, corpus(split="clone"))
    assert Splits.validate(splits).empty


@pytest.mark.parametrize("split", ["train", "validation", "probe", "clone"])
def test_a_corpus_that_is_not_there_passes_on_empty_tables(split, corpus):
    splits, rejected = split_tracks(empty_table(Tracks), empty_table(Segments), NONE, corpus(split=split, root=None))
    assert Splits.validate(splits).empty
    assert Rejected.validate(rejected).empty
