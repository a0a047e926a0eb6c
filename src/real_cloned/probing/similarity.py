"""How similar are a test track's embeddings to those of its own parts and of other tracks? (paper, Figure 4)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.averages import unit
from real_cloned.embeddings import Embeddings
from real_cloned.finding_schemas import Similarities
from real_cloned.schemas import empty


def track_similarities(
    variant: str, embeddings: Embeddings, stems: Embeddings, tracks: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Return, per test track, its mean cosine similarity to each reference group.

    embeddings : of all used tracks; stems : of the test tracks' vocals and accompaniment
    tracks : table of track_id, singer_id and role; seed : draws the random other singer's test track

    References: `test`, the track's other segments (left out where it has one only); `validation`, the same singer's
    validation track; `vocals` and `accompaniment`, its own stems; `other`, another singer's test track. Tracks without
    embeddings are left out.
    """
    embedded = tracks[tracks["track_id"].isin(embeddings.index["track_id"])]
    tests = embedded[embedded["role"] == "test"].sort_values("track_id").reset_index(drop=True)
    validation = tracks[tracks["role"] == "validation"].set_index("singer_id")["track_id"]
    if len(tests) < 2:
        return empty(Similarities)
    circle = np.random.default_rng(seed).permutation(len(tests))
    neighbour = dict(zip(circle.tolist(), np.roll(circle, 1).tolist(), strict=True))
    by_track = _by_track(embeddings)
    rows = []
    for place, track in tests.iterrows():
        own = by_track[track["track_id"]]
        groups = {"validation": by_track.get(str(validation.get(track["singer_id"])))}
        groups["other"] = by_track[tests["track_id"][neighbour[place]]]
        for stem in ("vocals", "accompaniment"):
            groups[stem] = _by_track(stems.of_tracks(pd.Series([track["track_id"]]), stem)).get(track["track_id"])
        similarity = {name: mean_similarity(own, group) for name, group in groups.items() if group is not None}
        if len(own) > 1:
            similarity["test"] = mean_similarity_within(own)
        rows += [
            {"track_id": track["track_id"], "reference": name, "similarity": value}
            for name, value in similarity.items()
        ]
    return pd.DataFrame(rows).assign(variant=variant)[list(empty(Similarities))]


def mean_similarity(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the mean cosine similarity over all pairs of rows of (n, size) and (m, size)."""
    return float((unit(first) @ unit(second).T).mean())


def mean_similarity_within(rows: NDArray[np.float32]) -> float:
    """Return the mean cosine similarity over all pairs of different rows of (n, size), n at least 2."""
    similarity = unit(rows) @ unit(rows).T
    return float(similarity[~np.eye(len(rows), dtype=bool)].mean())


def _by_track(embeddings: Embeddings) -> dict[str, NDArray[np.float32]]:
    return {track: embeddings.matrix[rows] for track, rows in embeddings.rows_by_track().items()}
