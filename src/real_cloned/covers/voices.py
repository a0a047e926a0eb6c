"""The work and the voice together: whose song is it, and who is heard?

References are the tracks of enrolled singers by which the probe was trained; queries are their test tracks, and clones.
Each query has a nearest reference. Where that is similar enough to be of the same work, and the voice that the probe
names is none of its singers, the track is marked as a possible cover or clone. The mark says only that they disagree.

The method comes from the validation works, of which neither singer nor work is in the study. The limit of similarity
comes from the references alone: it is one that few of them exceed with a reference of other singers, which is taken
to be another work. A limit from the validation works does not hold here: they are of other lengths and styles.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.covers import baselines
from real_cloned.covers.evaluation import embed_profiles
from real_cloned.covers.measures import Floats, Similarities, cosine_similarities, measure_retrieval
from real_cloned.covers.networks import CoverEncoder
from real_cloned.covers.profiles import Profiles
from real_cloned.parameters.covers import CoverVoiceParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import CoverVoices

MARK = "possible cover or clone"
UNKNOWN_ORIGINAL = "original of "
"""Before the id of a clone of which nothing says what it was made of."""
SIMILARITIES: Mapping[str, Callable[[Floats, CoverEncoder], Similarities]] = {
    "cross_correlation": lambda values, _: baselines.cross_correlation_similarities(values),
    "encoder": lambda values, encoder: cosine_similarities(embed_profiles(encoder.embed, values)),
}


def study_performances(tracks: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Return the tracks of a corpus that are references or queries, as performances.

    A clone is of the work of the track that it was made of, where that is known; a real track is a work of its own.

    Args:
        tracks: `schemas.corpora.Tracks`.
        splits: `schemas.corpora.Splits`; tracks of the role validation are left out.

    Returns:
        Table of work_id, performance_id, path and singer (the singer_name, or null).
    """
    used = tracks.merge(splits[splits["role"] != "validation"], on="track_id")
    unknown = np.where(used["role"] == "clone", UNKNOWN_ORIGINAL, "")
    used["work_id"] = used["clone_source_id"].fillna(pd.Series(unknown, dtype=object) + used["track_id"])
    found = used.rename(columns={"track_id": "performance_id", "singer_name": "singer"})
    return found[["work_id", "performance_id", "path", "singer"]]


def study_rows(corpus: str, profiles: Profiles, tracks: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Return what the rows of a corpus' profiles are, in their order.

    Args:
        corpus: Its name.
        profiles: Of its performances.
        tracks: `schemas.corpora.Tracks`.
        splits: `schemas.corpora.Splits`.

    Returns:
        Table of corpus, track_id, work_id, role and singer_ids.
    """
    told = tracks.merge(splits, on="track_id").set_index("track_id")
    rows = told.reindex(profiles.performance_ids)[["role", "singer_ids"]].rename_axis("track_id").reset_index()
    return rows.assign(corpus=corpus, work_id=profiles.work_ids)


def choose_method(parameters: CoverVoiceParameters, validation: Profiles, encoder: CoverEncoder) -> str:
    """Return the method with the highest mean average precision on works in several versions; the first of equals.

    Args:
        parameters: Which methods there are.
        validation: The works.
        encoder: The retrieval encoder.
    """
    precisions = [
        measure_retrieval(SIMILARITIES[method](validation.values, encoder), validation.works).mean_average_precision
        for method in parameters.methods
    ]
    return parameters.methods[int(np.argmax(precisions))]


def named_singers(predictions: pd.DataFrame, variant: str) -> "pd.Series[str]":
    """Return the singer whom most runs name, at the largest number of singers of each corpus.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora.
        variant: Whose predictions are taken.

    Returns:
        Name by corpus and track_id.
    """
    chosen = predictions[predictions["variant"] == variant]
    most = chosen[chosen["n_singers"] == chosen.groupby("corpus")["n_singers"].transform("max")]
    first = most.assign(first=most["top5_ids"].str[0]).groupby(["corpus", "track_id"], observed=True)["first"]
    return first.agg(lambda names: str(names.mode().iloc[0]))


def join_voices(
    rows: pd.DataFrame, named: "pd.Series[str]", similarities: Similarities, false_known: float
) -> pd.DataFrame:
    """Return the nearest reference of each query, the voice that was named, and whether they disagree.

    Args:
        rows: References and queries: corpus, track_id, work_id, role (`train`: a reference) and singer_ids.
        named: Singer by corpus and track_id; queries without one are left out.
        similarities: Of these rows to each other.
        false_known: Share of the references that exceed the limit of similarity with one of other singers.

    Returns:
        `schemas.covers.CoverVoices` without the method; no row without a query or a second
            reference.
    """
    keys, is_reference = pd.MultiIndex.from_frame(rows[["corpus", "track_id"]]), (rows["role"] == "train").to_numpy()
    queries, references = np.flatnonzero(~is_reference & keys.isin(named.index)), np.flatnonzero(is_reference)
    if not len(queries) or len(references) < 2:
        return empty_table(CoverVoices).drop(columns="method")
    nearest, highest = _nearest(similarities, queries, references)
    threshold = _limit(similarities, references, rows["singer_ids"].iloc[references], false_known)
    asked, found = rows.iloc[queries].reset_index(drop=True), rows.iloc[nearest].reset_index(drop=True)
    names = named.loc[keys[queries]].to_numpy()
    differs = [name not in known for name, known in zip(names, found["singer_ids"], strict=True)]
    marks = pd.Series(MARK, index=asked.index, dtype=object).where((highest > threshold) & differs, None)
    return asked[["corpus", "track_id"]].assign(
        is_clone=asked["role"] == "clone",
        has_reference=asked["work_id"].isin(rows["work_id"].iloc[references]),
        nearest_id=found["track_id"],
        is_right=asked["work_id"] == found["work_id"],
        similarity=highest,
        is_known=highest > threshold,
        known_singers=["; ".join(known) for known in found["singer_ids"]],
        named=names,
        mark=marks,
        threshold=threshold,
    )


def _nearest(
    similarities: Similarities,
    queries: NDArray[np.int64],
    references: NDArray[np.int64],
    excluded: Floats | None = None,
) -> tuple[NDArray[np.int64], Floats]:
    """Return the row of each query's most similar reference, and its similarity, -inf where all are excluded.

    `excluded` is of shape (n_references, any), for queries that are the references: two that have a column in common
    are not compared.
    """
    nearest, highest = np.empty(len(queries), np.int64), np.empty(len(queries), np.float32)
    for part in np.array_split(np.arange(len(queries)), -(-len(queries) // 256)):
        matrix = similarities(queries[part])[:, references]
        if excluded is not None:
            matrix[excluded[part] @ excluded.T > 0] = -np.inf
        nearest[part], highest[part] = references[matrix.argmax(axis=1)], matrix.max(axis=1)
    return nearest, highest


def _limit(
    similarities: Similarities, references: NDArray[np.int64], singers: "pd.Series[Any]", false_known: float
) -> float:
    """Return the similarity that so many references exceed with one of other singers; infinite where there are none."""
    sings = pd.get_dummies(singers.explode()).groupby(level=0).max().loc[references].to_numpy(np.float32)
    _, highest = _nearest(similarities, references, references, sings)
    others = highest[np.isfinite(highest)]
    return float(np.quantile(others, 1.0 - false_known)) if len(others) else np.inf
