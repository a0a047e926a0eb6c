"""Embeddings as a table beside a matrix."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings


@pytest.fixture
def embeddings():
    """Six segments whose rows are not in the order of the table; embedding `row` is [row, row]."""
    index = pd.DataFrame(
        {
            "track_id": ["b", "a", "b", "c", "a", "c"],
            "stem": ["vocals", "vocals", "mixture", "mixture", "mixture", "vocals"],
            "offset_s": [0.0, 0.0, 6.0, 6.0, 12.0, 0.0],
            "row": [5, 3, 1, 0, 2, 4],
        }
    )
    return Embeddings(index, np.repeat(np.arange(6, dtype=np.float32), 2).reshape(6, 2))


def test_the_embeddings_of_some_tracks_keep_their_order_and_their_numbers(embeddings):
    chosen = embeddings.of_tracks(pd.Series(["c", "b"]))
    assert chosen.index["track_id"].tolist() == ["b", "b", "c", "c"]
    assert chosen.index["row"].tolist() == [0, 1, 2, 3]
    assert chosen.matrix[chosen.index["row"], 0].tolist() == [5, 1, 0, 4]


def test_the_rows_of_each_track_are_those_of_its_embeddings_in_the_matrix(embeddings):
    rows = embeddings.rows_by_track()
    assert {track: own.tolist() for track, own in rows.items()} == {"a": [3, 2], "b": [5, 1], "c": [0, 4]}
    assert list(rows) == ["a", "b", "c"]


def test_one_stem_can_be_asked_for(embeddings):
    chosen = embeddings.of_tracks(pd.Series(["a", "c"]), "vocals")
    assert list(zip(chosen.index["track_id"], chosen.matrix[:, 1], strict=True)) == [("a", 3), ("c", 4)]


def test_tracks_without_embeddings_give_a_matrix_of_no_rows(embeddings):
    nothing = embeddings.of_tracks(pd.Series(["z"]))
    assert nothing.index.empty
    assert nothing.matrix.shape == (0, 2)
