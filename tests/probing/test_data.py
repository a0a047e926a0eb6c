"""Corpora as the probe sees them, and which segments a run draws."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.probing.data import LabelledTracks, ProbeCorpus, Run

# tracks of 1, 3 and 6 segments at scattered places; the singer of the first is another than that of the others
TRACKS = LabelledTracks([np.array([20]), np.array([3, 1, 2]), np.array([10, 11, 12, 13, 14, 15])], np.array([0, 1, 1]))
TRACK_OF = {int(row): track for track, rows in enumerate(TRACKS.rows) for row in rows}


def sample(balance, count=3000):
    return TRACKS.sample((count,), balance, np.random.default_rng(0))


@pytest.mark.parametrize("balance", ["singers", "tracks"])
def test_every_segment_is_sampled_with_the_label_of_its_track(balance):
    rows, labels = sample(balance)
    assert set(rows.tolist()) == set(TRACK_OF)
    assert labels.tolist() == [0 if TRACK_OF[row] == 0 else 1 for row in rows.tolist()]


@pytest.mark.parametrize(("balance", "expected"), [("tracks", [1000, 1000, 1000]), ("singers", [1500, 750, 750])])
def test_tracks_or_singers_are_equally_likely_whatever_their_size(balance, expected):
    counts = Counter(TRACK_OF[row] for row in sample(balance)[0].tolist())
    assert [counts[track] for track in range(3)] == pytest.approx(expected, abs=120)


def test_a_sample_has_the_requested_shape():
    rows, labels = TRACKS.sample((4, 5), "singers", np.random.default_rng(0))
    assert rows.shape == labels.shape == (4, 5)


def test_a_class_without_tracks_is_never_sampled():
    rows, labels = LabelledTracks([np.array([5])], np.array([2])).sample((9,), "singers", np.random.default_rng(0))
    assert set(rows.tolist()) == {5}
    assert set(labels.tolist()) == {2}


def test_a_sample_per_track_has_n_segments_of_each_track_or_all_it_has():
    rows, labels = TRACKS.sample_per_track(2, np.random.default_rng(0))
    assert Counter(TRACK_OF[row] for row in rows.tolist()) == {0: 1, 1: 2, 2: 2}
    assert labels.tolist() == [0, 1, 1, 1, 1]
    assert len(set(rows.tolist())) == 5


def test_validation_segments_depend_on_the_seed_alone():
    first, again, other = (Run(TRACKS, TRACKS, 2, seed).validation_segments(2)[0].tolist() for seed in (0, 0, 3))
    assert first == again
    assert first != other


def test_tracks_are_joined_with_their_roles_and_embeddings():
    tracks = pd.DataFrame({"track_id": ["b", "a", "c", "d"], "singer_id": ["s1", "s0", "s0", "s1"]})
    splits = pd.DataFrame({"track_id": ["a", "b", "d"], "role": ["train", "test", "train"]})
    index = pd.DataFrame({"track_id": ["b", "a", "b", "c"], "stem": "vocals", "offset_s": 0.0, "row": [0, 1, 2, 3]})
    corpus = ProbeCorpus.from_tables(tracks, splits, Embeddings(index, np.arange(8, dtype=np.float32).reshape(4, 2)))
    assert corpus.tracks[["track_id", "role"]].values.tolist() == [["a", "train"], ["b", "test"]]
    assert corpus.matrix[corpus.rows["b"]].tolist() == [[0, 1], [4, 5]]
    assert corpus.matrix[corpus.rows["a"]].tolist() == [[2, 3]]


def test_a_memory_mapped_matrix_is_not_copied(tmp_path):
    np.save(tmp_path / "matrix.npy", np.zeros((4, 2), np.float32))
    matrix = np.load(tmp_path / "matrix.npy", mmap_mode="r")
    segments = ProbeCorpus(pd.DataFrame(), matrix, {}).to_tensor(torch.device("cpu"))
    assert segments.data_ptr() == matrix.ctypes.data


def test_labels_are_positions_in_the_list_of_enrolled_singers(make_gallery):
    gallery = make_gallery(3)
    labelled = gallery.labelled_tracks("train", ["s2", "s0"])
    assert labelled.labels.tolist() == [1, 1, 1, 0, 0, 0]
    assert [gallery.matrix[rows].mean(axis=0).argmax() for rows in labelled.rows] == [0, 0, 0, 2, 2, 2]
