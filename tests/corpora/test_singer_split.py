"""The singers of one source are drawn by the tracks that are left after the vocal filter."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.singer_split import Pool, assign_parts, draw_singers, to_count
from real_cloned.parameters.ingest import CorpusParameters, SingerSplit
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Duplicates, Rejected, Splits

DRAW = SingerSplit(closed=2, validation=1, min_tracks=3)


def counts(**n_tracks):
    return pd.Series(n_tracks)


@given(
    n_tracks=st.lists(st.integers(1, 9), max_size=30),
    closed=st.one_of(st.integers(0, 40), st.floats(0, 1)),
    validation=st.one_of(st.integers(0, 40), st.floats(0, 1)),
    seed=st.integers(0, 5),
)
def test_every_singer_gets_one_part_and_only_those_with_enough_tracks_are_closed(n_tracks, closed, validation, seed):
    track_counts = pd.Series({f"s{i}": count for i, count in enumerate(n_tracks)}, dtype=int)
    parts = assign_parts(track_counts, SingerSplit(closed=closed, validation=validation, min_tracks=5), seed)
    assert set(parts) == set(track_counts.index)
    chosen = [singer for singer, part in parts.items() if part == "closed"]
    assert all(track_counts[singer] >= 5 for singer in chosen)
    assert len(chosen) == to_count(closed, int((track_counts >= 5).sum()))


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_the_singers():
    track_counts = counts(**{f"s{i}": 4 for i in range(20)})
    first = assign_parts(track_counts, DRAW, 0)
    assert assign_parts(track_counts[::-1], DRAW, 0) == first
    assert assign_parts(track_counts, DRAW, 1) != first


@pytest.mark.parametrize(("wanted", "expected"), [(1, 1), (1.0, 10), (0.25, 2), (99, 10), (0, 0), (0.0, 0)])
def test_a_whole_number_counts_and_a_fraction_is_a_share(wanted, expected):
    assert to_count(wanted, 10) == expected


@pytest.mark.parametrize("settings", [{"part": "closed"}, {"draw": DRAW}, {"part": "real", "draw": DRAW}])
def test_a_draw_and_its_part_belong_together(settings):
    with pytest.raises(ValueError, match="belong together"):
        CorpusParameters(name="closed", root="x", split="probe", **settings)


def test_a_draw_is_not_for_published_splits():
    with pytest.raises(ValueError, match="so there is no `draw`"):
        CorpusParameters(name="fma", root="x", split="probe", part="closed", draw=DRAW, published_splits="splits")


def pool(sung, without_singing=(), names=None, duplicates=()):
    """A pool whose singers have these numbers of tracks with and without singing."""
    rows = []
    for singer in sung:
        name = (names or {}).get(singer, f"name of {singer}")
        for number in range(sung[singer] + dict(without_singing).get(singer, 0)):
            singers = {"singer_id": singer, "singer_ids": [singer], "singer_name": name}
            track = {"track_id": f"{singer}-{number}", "path": f"{singer}/{number}.mp3", "album_id": None}
            rows.append({**track, **singers, "clone_method": None, "is_sung": number < sung[singer]})
    tracks = pd.DataFrame(rows)
    segments = pd.DataFrame({"track_id": tracks.loc[tracks["is_sung"], "track_id"], "offset_s": 0.0})
    unsung = tracks[~tracks["is_sung"]]
    rejected = unsung[["track_id", "path"]].assign(stage="vocal_filter", reason="too little singing")
    unread = pd.DataFrame([{"track_id": "?", "path": "broken.mp3", "stage": "ingest", "reason": "empty"}])
    pairs = pd.DataFrame(list(duplicates), columns=list(empty_table(Duplicates)))
    return Pool(tracks.drop(columns="is_sung"), segments, pd.concat([rejected, unread]), pairs)


def parts(draw, **seed):
    splits = {"train": "train", "closed": "probe", "validation": "validation"}
    return {
        part: CorpusParameters(name=part, root="x", part=part, draw=draw, split=split, **seed)
        for part, split in splits.items()
    }


def singers(corpora):
    return {part: set(corpus.tracks["singer_id"]) for part, corpus in corpora.items()}


def test_a_singer_of_seven_listed_tracks_of_which_three_are_sung_trains():
    draw = SingerSplit(closed=1.0, validation=0, min_tracks=7)
    few = {"few": 3, "other": 4, "V1": 2, "V2": 2, "A": 7, "B": 9}
    corpora = draw_singers(pool(few, {"few": 4}), {part: parts(draw)[part] for part in ("train", "closed")})
    assert singers(corpora) == {"closed": {"A", "B"}, "train": {"few", "other", "V1", "V2"}}
    used = corpora["train"].splits["track_id"]
    assert sorted(used[used.str.startswith("few")]) == ["few-0", "few-1", "few-2"]


@settings(max_examples=30)
@given(
    sung=st.lists(st.integers(0, 9), min_size=20, max_size=40),
    without_singing=st.lists(st.integers(0, 9), min_size=40, max_size=40),
    seed=st.integers(0, 5),
)
def test_as_many_singers_are_closed_as_are_asked_whoever_loses_tracks_and_none_has_two_parts(
    sung, without_singing, seed
):
    sung = {f"s{i}": count for i, count in enumerate([*sung, *[2] * 6, *[7] * 3])}
    source = pool(sung, {f"s{i}": count for i, count in enumerate(without_singing)})
    corpora = draw_singers(source, parts(SingerSplit(closed=3, validation=2, min_tracks=7), seed=seed))
    drawn = singers(corpora)
    assert len(drawn["closed"]) == 3
    assert all(sung[singer] >= 7 for singer in drawn["closed"])
    assert len(drawn["validation"]) == 2
    assert sum(map(len, drawn.values())) == len(set.union(*drawn.values())) == source.tracks["singer_id"].nunique()


def test_every_track_and_every_rejected_file_is_in_one_of_the_parts():
    source = pool({f"s{i}": i % 9 for i in range(30)}, {f"s{i}": i % 4 for i in range(30)})
    corpora = draw_singers(source, parts(SingerSplit(closed=4, validation=3, min_tracks=5)))
    used = pd.concat([Splits.validate(corpus.splits) for corpus in corpora.values()])["track_id"].tolist()
    left_out = pd.concat([Rejected.validate(corpus.rejected) for corpus in corpora.values()])["track_id"].tolist()
    assert sorted(used + left_out) == sorted([*source.tracks["track_id"], "?"])
    assert "?" in corpora["train"].rejected["track_id"].tolist()


def test_a_singer_of_two_spellings_does_not_train_beside_the_own_test():
    source = pool({"A": 7, "B": 7, "C": 3, "D": 3, "E": 3}, names={"A": "The Voice", "C": "the voice feat. Nobody"})
    draw = SingerSplit(closed=1.0, validation=0, min_tracks=7)
    corpora = draw_singers(source, {part: parts(draw)[part] for part in ("train", "closed")})
    assert singers(corpora) == {"closed": {"A", "B"}, "train": {"D", "E"}}
    reasons = corpora["train"].rejected.set_index("track_id")["reason"]
    assert reasons["C-0"].startswith("singer of another corpus: the voice feat. Nobody has a singer of closed")


def test_a_recording_that_another_corpus_identifies_does_not_train_and_is_still_identified():
    pairs = [
        {
            "corpus": "fma",
            "track_id": "9",
            "other_corpus": "train",
            "share_singer": True,
            "bit_error": 0.1,
            "offset_s": 0.0,
        }
    ]
    pairs = [{**pairs[0], "other_track_id": track} for track in ("A-0", "D-0")]
    source = pool({"A": 7, "B": 7, "C": 3, "D": 3, "E": 3}, duplicates=pairs)
    draw = SingerSplit(closed=1.0, validation=0, min_tracks=7)
    corpora = draw_singers(source, {part: parts(draw)[part] for part in ("train", "closed")})
    assert "A-0" in corpora["closed"].splits["track_id"].tolist()
    assert "D-0" not in corpora["train"].splits["track_id"].tolist()
    assert corpora["train"].rejected.set_index("track_id").loc["D-0", "reason"].startswith("near-duplicate")


def test_a_part_that_gets_no_singer_stops_the_run_and_says_why():
    draw = SingerSplit(closed=5, validation=2, min_tracks=7)
    with pytest.raises(RealClonedError, match=r"leaves no singer for closed. Of 6 singers 6 .* and 0 the 7 that"):
        draw_singers(pool({f"s{i}": 6 for i in range(6)}), parts(draw))


def test_a_source_that_is_not_there_gives_empty_tables():
    source = pool({"A": 1})
    none = Pool(source.tracks[:0], source.segments[:0], source.rejected[:0], source.duplicates)
    corpora = draw_singers(none, parts(DRAW))
    assert all(corpus.splits.empty and corpus.rejected.empty for corpus in corpora.values())
