"""Cosine similarities between tracks, without a probe: what do embeddings represent?

Track similarities compare the segments of a test track with its own parts and with other tracks (paper, Figure 4).
Clone similarities compare the average embedding of a clone with those of real tracks: is a clone nearer to its target,
or to the source, the singer whose performance was converted?
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
from real_cloned.schemas.results import CloneSimilarities, Similarities


def track_similarities(
    embeddings: Embeddings, stem_embeddings: Embeddings, tracks: pd.DataFrame, seed: int, *, variant: str
) -> pd.DataFrame:
    """Return the mean cosine similarity of each test track to each reference group.

    The references are `test`, the track itself; `validation`, the validation track of the same singer; `vocals` and
    `accompaniment`, its own stems; and `other`, the test track of another singer. Tracks without embeddings are left
    out. No segment is compared with itself, neither in `test` nor where the encoder hears the stem that it is compared
    with; a reference of which nothing else is left has no row.

    Args:
        embeddings: Embeddings of all tracks.
        stem_embeddings: Embeddings of the vocals and the accompaniment of the test tracks.
        tracks: Table with track_id, singer_id and role.
        seed: Seed of the pairing of test tracks with those of other singers.
        variant: Name of the encoder variant.

    Returns:
        `schemas.results.Similarities`.
    """
    embedded = tracks[tracks["track_id"].isin(embeddings.index["track_id"])]
    tests = embedded[embedded["role"] == "test"].sort_values("track_id").reset_index(drop=True)
    validation = embedded[embedded["role"] == "validation"].set_index("singer_id")["track_id"].to_dict()
    if len(tests) < 2:
        return empty_table(Similarities)
    other = _pair_with_others(tests["track_id"].tolist(), np.random.default_rng(seed))
    of_track: dict[Any, Any] = embeddings.index.groupby("track_id").indices
    of_stem: dict[Any, Any] = stem_embeddings.index.groupby(["track_id", "stem"]).indices
    rows = []
    for track, singer in zip(tests["track_id"], tests["singer_id"], strict=True):
        own = _Segments.of(embeddings, of_track[track])
        compared = {"validation": of_track.get(validation.get(singer)), "other": of_track[other[track]]}
        stems = {stem: of_stem.get((track, stem)) for stem in ("vocals", "accompaniment")}
        references = {name: _Segments.of(embeddings, at) for name, at in compared.items() if at is not None}
        references |= {stem: _Segments.of(stem_embeddings, at) for stem, at in stems.items() if at is not None}
        for name, reference in (references | {"test": own}).items():
            is_itself = own.is_same(reference)
            if not is_itself.all():
                similarity = mean_similarity(own.matrix, reference.matrix, is_itself)
                rows.append({"track_id": track, "reference": name, "similarity": similarity})
    return pd.DataFrame(rows).assign(variant=variant)[list(empty_table(Similarities))]


def mean_similarity(
    first: NDArray[np.float32], second: NDArray[np.float32], is_left_out: NDArray[np.bool_] | None = None
) -> float:
    """Return the mean cosine similarity over pairs of a row of the first and a row of the second array.

    Args:
        first: Embeddings. Shape: (n, size).
        second: Embeddings. Shape: (m, size).
        is_left_out: Pairs that do not count, not all of them; None: all pairs count. Shape: (n, m).
    """
    similarity = l2_normalise(first) @ l2_normalise(second).T  # (n, size) @ (size, m) -> (n, m)
    return float((similarity if is_left_out is None else similarity[~is_left_out]).mean())


def clone_similarities(
    real_tracks: pd.DataFrame,
    real_embeddings: Embeddings,
    clone_tracks: pd.DataFrame,
    clone_embeddings: Embeddings,
    *,
    variant: str,
) -> pd.DataFrame:
    """Return the mean cosine similarity of each clone to its target, its source, its original and other singers.

    Tracks are represented by their average embeddings. The references are `target`, all tracks of the clone's target
    singers; `source`, those of the singer who was converted, but for the original; `original`, the one track that the
    clone was made of; and `other`, those of all other singers. References that are unknown or have no embeddings have
    no row, and neither has a source who is also a target.

    Args:
        real_tracks: `schemas.corpora.Tracks` of the closed corpus.
        real_embeddings: Embeddings of the closed corpus.
        clone_tracks: `schemas.corpora.Tracks` of the cloned corpus.
        clone_embeddings: Embeddings of the cloned corpus.
        variant: Name of the encoder variant.

    Returns:
        `schemas.results.CloneSimilarities`.
    """
    sources = clone_sources(clone_tracks, real_tracks).set_index("track_id")
    singers, originals = _group_by_singer(real_tracks, real_embeddings, set(sources["original"].dropna()))
    everyone = sum(singers.values(), _EMPTY_GROUP)
    rows = [
        {"track_id": track, "clone_method": sources.loc[track, "clone_method"], "reference": reference}
        | {"similarity": group.mean_similarity(average)}
        for track, average in _iterate_averages(clone_embeddings)
        for reference, group in _reference_groups(sources.loc[track].to_dict(), singers, originals, everyone).items()
        if group.count
    ]
    if not rows:
        return empty_table(CloneSimilarities)
    return pd.DataFrame(rows).assign(variant=variant)[list(empty_table(CloneSimilarities))]


def clone_sources(clone_tracks: pd.DataFrame, real_tracks: pd.DataFrame) -> pd.DataFrame:
    """Return what each clone was made of.

    Args:
        clone_tracks: `schemas.corpora.Tracks` of clones. Their clone_source_id is a track_id of `real_tracks`, whose
            singer then is the source, or else a singer_id.
        real_tracks: `schemas.corpora.Tracks` of the closed corpus.

    Returns:
        Columns: track_id, clone_method, singer_ids (the targets), source (singer_id or None), original (track_id or
        None).
    """
    singer_of = dict(zip(real_tracks["track_id"], real_tracks["singer_id"], strict=True))
    source_ids = [source_id if isinstance(source_id, str) else None for source_id in clone_tracks["clone_source_id"]]
    columns = {
        "source": [singer_of.get(source_id, source_id) if source_id else None for source_id in source_ids],
        "original": [source_id if source_id in singer_of else None for source_id in source_ids],
    }
    table = clone_tracks[["track_id", "clone_method", "singer_ids"]].reset_index(drop=True)
    return table.assign(**{name: pd.Series(values, dtype=object) for name, values in columns.items()})


@dataclass(frozen=True)
class _Group:
    """A group of tracks, as the sum of their average embeddings, (size,), and their number."""

    total: NDArray[np.float64]
    count: int

    def __add__(self, other: "_Group") -> "_Group":
        return _Group(self.total + other.total, self.count + other.count)

    def __sub__(self, other: "_Group") -> "_Group":
        return _Group(self.total - other.total, self.count - other.count)

    def mean_similarity(self, average: NDArray[np.float64]) -> float:
        """Return the mean cosine of an embedding of unit length, (size,), to the tracks."""
        return float(average @ self.total) / self.count


_EMPTY_GROUP = _Group(np.zeros(1), 0)


def _group_by_singer(
    tracks: pd.DataFrame, embeddings: Embeddings, originals: set[str]
) -> tuple[dict[str, _Group], dict[str, _Group]]:
    """Return a group per singer, and one per track of `originals`: memory grows with singers, not with tracks."""
    singer_of = dict(zip(tracks["track_id"], tracks["singer_id"], strict=True))
    by_singer: dict[str, _Group] = {}
    by_original: dict[str, _Group] = {}
    for track, average in _iterate_averages(embeddings):
        group = _Group(average, 1)
        by_singer[singer_of[track]] = by_singer.get(singer_of[track], _EMPTY_GROUP) + group
        if track in originals:
            by_original[track] = group
    return by_singer, by_original


def _reference_groups(
    clone: Mapping[Any, Any], singers: Mapping[str, _Group], originals: Mapping[str, _Group], everyone: _Group
) -> dict[str, _Group]:
    """Return the group of each reference of a clone, a row of `clone_sources`; unknown ones are empty."""
    targets = list(clone["singer_ids"])
    target = reduce(add, (singers.get(singer, _EMPTY_GROUP) for singer in dict.fromkeys(targets)), _EMPTY_GROUP)
    source = _EMPTY_GROUP if clone["source"] in targets else singers.get(clone["source"], _EMPTY_GROUP)
    original = originals.get(clone["original"], _EMPTY_GROUP)
    source_without_original = source - original if source.count else source
    others = everyone - target - source
    return {"target": target, "source": source_without_original, "original": original, "other": others}


def _iterate_averages(embeddings: Embeddings) -> Iterator[tuple[str, NDArray[np.float64]]]:
    for track, rows in embeddings.rows_by_track().items():
        yield track, mean_embedding(embeddings.matrix[rows]).astype(np.float64)


def _pair_with_others(tracks: list[str], rng: np.random.Generator) -> dict[str, str]:
    """Return another track for each track: its predecessor in a random circle."""
    circle = rng.permutation(len(tracks))
    pairs = zip(circle.tolist(), np.roll(circle, 1).tolist(), strict=True)
    return {tracks[index]: tracks[predecessor] for index, predecessor in pairs}


@dataclass(frozen=True)
class _Segments:
    """Segments of one track: their identifiers, and their embeddings, (n_segments, size)."""

    identifiers: NDArray[np.object_]
    matrix: NDArray[np.float32]

    @classmethod
    def of(cls, embeddings: Embeddings, positions: NDArray[np.int64]) -> "_Segments":
        """Return the segments at some positions of the index; of the matrix only their rows are read."""
        index = embeddings.index.iloc[positions]
        identifiers = index[["track_id", "stem", "offset_s"]].itertuples(index=False, name=None)
        return cls(np.fromiter(identifiers, object, len(index)), embeddings.matrix[index["row"].to_numpy()])

    def is_same(self, other: "_Segments") -> NDArray[np.bool_]:
        """Return which pairs are one segment of one recording. Shape: (n_segments, n_segments of the other)."""
        return np.asarray(self.identifiers[:, None] == other.identifiers, bool)
