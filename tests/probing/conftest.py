"""Fabricated corpora: singers whose embeddings are as easy to tell apart as wanted, and clones of them."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.probing.data import ProbeCorpus

SIZE = 8


@pytest.fixture
def make_gallery():
    """Return a ProbeCorpus of `n_singers`: one test and one validation track each, the rest for training."""

    def make(n_singers=4, noise=0.05, n_tracks=5, seed=0):
        rng = np.random.default_rng(seed)
        centroids = 3 * np.eye(max(SIZE, n_singers))
        roles = ["test", "validation", *["train"] * (n_tracks - 2)]
        rows = [
            {"track_id": f"s{singer}_{number}", "singer_id": f"s{singer}", "singer_ids": [f"s{singer}"], "role": role}
            for singer in range(n_singers)
            for number, role in enumerate(roles)
        ]
        segments = {row["track_id"]: _segments(rng, centroids[int(row["singer_id"][1:])], noise) for row in rows}
        return corpus_of(_with_metadata(rows), segments)

    return make


@pytest.fixture
def make_clones():
    """Return a ProbeCorpus of clones of the singers in `targets` (a list of lists), which sound like the first."""

    def make(targets, noise=0.05, seed=1):
        rng = np.random.default_rng(seed)
        rows = [
            {"track_id": f"c{number}", "singer_id": singers[0], "singer_ids": singers, "role": "clone"}
            for number, singers in enumerate(targets)
        ]
        centroids = 3 * np.eye(SIZE)
        segments = {row["track_id"]: _segments(rng, centroids[int(row["singer_id"][1:])], noise) for row in rows}
        return corpus_of(_with_metadata(rows).assign(clone_method="blend"), segments)

    return make


def corpus_of(tracks, segments):
    """Return a ProbeCorpus of (n_segments, size) embeddings by track."""
    ends = np.cumsum([len(rows) for rows in segments.values()])
    rows = {track: np.arange(end - len(segments[track]), end) for track, end in zip(segments, ends, strict=True)}
    return ProbeCorpus(tracks, np.concatenate(list(segments.values())), rows)


def _segments(rng, centroid, noise):
    return (centroid + noise * rng.normal(size=(3, len(centroid)))).astype(np.float32)


def _with_metadata(rows):
    return pd.DataFrame(rows).assign(genre="pop", language=None, clone_method=None)
