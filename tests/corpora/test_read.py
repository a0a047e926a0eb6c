import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.corpora.read import find_tracks, share_of_singers
from real_cloned.errors import RealClonedError
from real_cloned.schemas import FoundTracks, Rejected

SINGERS = pd.Series([f"s{i % 20:02}" for i in range(60)])


def test_a_corpus_that_is_not_there_is_two_empty_tables(corpus):
    found, rejected = find_tracks(corpus(root=None))
    assert FoundTracks.validate(found).empty
    assert Rejected.validate(rejected).empty


@pytest.mark.parametrize(("source", "path"), [("own", "Nina/1.mp3"), ("folder", "Nina/1.mp3")])
def test_the_source_names_the_reader(source, path, corpus, touch):
    touch(path)
    assert find_tracks(corpus(source=source))[0]["path"].tolist() == [path]


@given(
    edges=st.lists(st.floats(0, 1), max_size=5).map(lambda edges: [0.0, *sorted(edges), 1.0]),
    n_singers=st.integers(0, 30),
    seed=st.integers(0, 5),
)
def test_adjoining_shares_are_disjoint_and_together_complete(edges, n_singers, seed):
    singers = pd.Series([f"s{i}" for i in range(n_singers)], dtype=str)
    pairs = zip(edges, edges[1:], strict=False)
    parts = [share_of_singers(singers, share, seed) for share in pairs]
    assert sum(len(part) for part in parts) == n_singers
    assert set().union(*parts) == set(singers)


def test_a_share_depends_on_the_seed_and_not_on_the_order_of_the_tracks():
    half = share_of_singers(SINGERS, (0, 0.5), 1)
    assert len(half) == 10
    assert share_of_singers(SINGERS[::-1], (0, 0.5), 1) == half
    assert share_of_singers(SINGERS, (0, 0.5), 2) != half


def test_singers_outside_the_share_are_neither_found_nor_rejected(corpus, touch):
    touch(*(f"{singer}/{track}.mp3" for singer in "ABCD" for track in "123"))
    first, rejected = find_tracks(corpus(singer_share=(0, 0.5)))
    second, _ = find_tracks(corpus(singer_share=(0.5, 1)))
    assert rejected.empty
    assert len(first) == len(second) == 6
    assert set(first["singer_id"]) | set(second["singer_id"]) == set("ABCD")


def test_a_corpus_of_which_nothing_is_usable_stops_the_run_and_says_why(corpus, tmp_path):
    (tmp_path / "manifest.csv").write_text("path,singer_id\na.mp3,A\nb.mp3,\n")
    with pytest.raises(RealClonedError, match=r"of the 2 tracks .*missing on disk \(1\).*The first is a\.mp3"):
        find_tracks(corpus())
