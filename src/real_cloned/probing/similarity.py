"""How similar are a test track's embeddings to those of its own parts and of other tracks? (paper, Figure 4).

Whose voice does an encoder hear in a clone: the target's, or that of the singer who really sang?

No probe is asked here: track averages are compared as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import Embeddings, l2_normalise, mean_embedding
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Similarities, VoiceSimilarities


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
        return empty_table(Similarities)
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
    return pd.DataFrame(rows).assign(variant=variant)[list(empty_table(Similarities))]


def mean_similarity(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the mean cosine similarity over all pairs of rows of (n, size) and (m, size)."""
    return float((l2_normalise(first) @ l2_normalise(second).T).mean())


def mean_similarity_within(rows: NDArray[np.float32]) -> float:
    """Return the mean cosine similarity over all pairs of different rows of (n, size), n at least 2."""
    similarity = l2_normalise(rows) @ l2_normalise(rows).T
    return float(similarity[~np.eye(len(rows), dtype=bool)].mean())


def _by_track(embeddings: Embeddings) -> dict[str, NDArray[np.float32]]:
    return {track: embeddings.matrix[rows] for track, rows in embeddings.rows_by_track().items()}


def voice_similarities(
    variant: str, real: tuple[pd.DataFrame, Embeddings], clones: tuple[pd.DataFrame, Embeddings]
) -> pd.DataFrame:
    """Return VoiceSimilarities: how near each clone is to its target, its source, its original and others.

    real : schemas.Tracks of the closed corpus, and the embeddings of those that are used; clones : the same of clones

    A track is its average embedding (`averages.mean_embedding`), and a group of tracks has the mean of its cosines:
    `target`, all tracks of the clone's targets; `source`, those of the singer who really sang, but for the original;
    `other`, those of all other singers. `original` is the one track that the clone was made of. What is not known, or
    was not embedded, has no row, and neither has a source who is a target.
    """
    asked = clone_sources(clones[0], real[0]).set_index("track_id")
    singers, originals = _groups_by_singer(*real, set(asked["original"].dropna()))
    everyone = sum(singers.values(), _NOBODY)
    rows = [
        {"track_id": track, "clone_method": asked.loc[track, "clone_method"], "reference": reference}
        | {"similarity": group.similarity(average)}
        for track, average in _averages(clones[1])
        for reference, group in _references(asked.loc[track].to_dict(), singers, originals, everyone).items()
        if group.count
    ]
    if not rows:
        return empty_table(VoiceSimilarities)
    return pd.DataFrame(rows).assign(variant=variant)[list(empty_table(VoiceSimilarities))]


def clone_sources(clones: pd.DataFrame, real: pd.DataFrame) -> pd.DataFrame:
    """Return track_id, clone_method, singer_ids (the targets), source (a singer or None), original (a track or None).

    clones, real : schemas.Tracks. `clone_source_id` names a track of `real`, whose singer then is the source, or else a
    singer.
    """
    singer_of = dict(zip(real["track_id"], real["singer_id"], strict=True))
    told = [name if isinstance(name, str) else None for name in clones["clone_source_id"]]
    columns = {
        "source": [singer_of.get(name, name) if name else None for name in told],
        "original": [name if name in singer_of else None for name in told],
    }
    table = clones[["track_id", "clone_method", "singer_ids"]].reset_index(drop=True)
    return table.assign(**{name: pd.Series(values, dtype=object) for name, values in columns.items()})


@dataclass(frozen=True)
class _Group:
    """Some tracks. total : (size,) the sum of their average embeddings; count : how many they are."""

    total: NDArray[np.float64]
    count: int

    def __add__(self, other: "_Group") -> "_Group":
        return _Group(self.total + other.total, self.count + other.count)

    def __sub__(self, other: "_Group") -> "_Group":
        return _Group(self.total - other.total, self.count - other.count)

    def similarity(self, average: NDArray[np.float64]) -> float:
        """Return the mean cosine of (size,) of unit length to the tracks."""
        return float(average @ self.total) / self.count


_NOBODY = _Group(np.zeros(1), 0)


def _groups_by_singer(
    tracks: pd.DataFrame, embeddings: Embeddings, originals: set[str]
) -> tuple[dict[str, _Group], dict[str, _Group]]:
    """Return the tracks of each singer, and each of `originals` alone: memory grows with singers, not with tracks."""
    singer_of = dict(zip(tracks["track_id"], tracks["singer_id"], strict=True))
    singers: dict[str, _Group] = {}
    alone: dict[str, _Group] = {}
    for track, average in _averages(embeddings):
        group = _Group(average, 1)
        singers[singer_of[track]] = singers.get(singer_of[track], _NOBODY) + group
        if track in originals:
            alone[track] = group
    return singers, alone


def _references(
    clone: Mapping[Any, Any], singers: Mapping[str, _Group], originals: Mapping[str, _Group], everyone: _Group
) -> dict[str, _Group]:
    """Return the groups of tracks that a clone is compared with; those that are not there are of no tracks."""
    names = list(clone["singer_ids"])
    target = reduce(add, (singers.get(name, _NOBODY) for name in dict.fromkeys(names)), _NOBODY)
    source = _NOBODY if clone["source"] in names else singers.get(clone["source"], _NOBODY)
    original = originals.get(clone["original"], _NOBODY)
    rest = source - original if source.count else source
    return {"target": target, "source": rest, "original": original, "other": everyone - target - source}


def _averages(embeddings: Embeddings) -> Iterator[tuple[str, NDArray[np.float64]]]:
    for track, rows in embeddings.rows_by_track().items():
        yield track, mean_embedding(embeddings.matrix[rows]).astype(np.float64)
