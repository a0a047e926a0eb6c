"""Embeddings as a table beside a matrix, and their averages of singers and of tracks."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings, average_embeddings, mean_embedding, track_averages


@pytest.fixture
def world():
    tracks = pd.DataFrame({"track_id": ["t1", "t2", "t3"], "singer_id": ["b", "a", "b"]})
    index = pd.DataFrame(
        {"track_id": ["t1", "t1", "t2", "t3", "t9"], "stem": "vocals", "offset_s": 0.0, "row": range(5)}
    )
    matrix = np.array([[2, 0], [0, 5], [3, 0], [1, 0], [9, 9]], np.float32)
    return Embeddings(index, matrix), tracks


def test_each_singer_is_one_row_of_unit_length_whatever_the_length_of_the_segments(world):
    table = average_embeddings(*world)
    assert table[["singer_id", "n_tracks", "n_segments"]].values.tolist() == [["a", 1, 1], ["b", 2, 3]]
    np.testing.assert_allclose(table["embedding"][0], [1, 0])
    np.testing.assert_allclose(table["embedding"][1], np.array([2, 1]) / np.sqrt(5), rtol=1e-6)


def test_tracks_can_be_averaged_too(world):
    table = average_embeddings(*world, by="track_id")
    assert table[["singer_id", "track_id", "n_segments"]].values.tolist() == [
        ["a", "t2", 1],
        ["b", "t1", 2],
        ["b", "t3", 1],
    ]


def test_averages_of_no_embeddings_are_a_table_without_rows(world):
    nothing = Embeddings(world[0].index[:0], world[0].matrix[:0])
    assert average_embeddings(nothing, world[1]).empty


def test_the_mean_of_directions_that_cancel_out_is_0():
    assert mean_embedding(np.array([[1, 0], [-1, 0]], np.float32)).tolist() == [0, 0]


def test_track_averages_are_those_of_the_table_by_track_and_keep_all_columns_of_the_tracks(world):
    embeddings, tracks = world
    embedded, matrix = track_averages(embeddings, tracks.assign(album_id="x")[::-1])
    table = average_embeddings(embeddings, tracks, by="track_id").sort_values("track_id")
    assert embedded["track_id"].tolist() == table["track_id"].tolist()
    assert list(embedded) == ["track_id", "singer_id", "album_id"]
    np.testing.assert_allclose(matrix, np.array(table["embedding"].tolist()))


def test_tracks_without_embeddings_have_no_rows_in_the_matrix(world):
    embedded, matrix = track_averages(world[0], world[1].assign(track_id="elsewhere"))
    assert len(embedded) == 0 and matrix.shape == (0, 2)


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


def test_the_rows_of_each_track_are_those_of_its_embeddings_in_the_matrix(embeddings):
    rows = embeddings.rows_by_track()
    assert {track: own.tolist() for track, own in rows.items()} == {"a": [3, 2], "b": [5, 1], "c": [0, 4]}
    assert list(rows) == ["a", "b", "c"]
