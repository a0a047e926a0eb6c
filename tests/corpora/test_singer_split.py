import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.corpora.singer_split import assign_parts, select_part, to_count
from real_cloned.parameters.ingest import CorpusParameters, SingerSplit
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected

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


def test_a_corpus_without_a_draw_is_left_as_it_is():
    reading = (pd.DataFrame({"singer_id": ["a"], "singer_ids": [["a"]]}), empty_table(Rejected))
    corpus = CorpusParameters(name="closed", root="x", split="probe")
    assert select_part(reading, corpus) is reading


@pytest.mark.parametrize("settings", [{"part": "closed"}, {"draw": DRAW}, {"part": "real", "draw": DRAW}])
def test_a_draw_and_its_part_belong_together(settings):
    with pytest.raises(ValueError, match="belong together"):
        CorpusParameters(name="closed", root="x", split="probe", **settings)
