"""Clones whose target and source are known: which rank each has among the enrolled singers."""

from collections.abc import Iterable, Mapping

import pandas as pd

from real_cloned.identification.answers import Answer
from real_cloned.identification.registry import Registry
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.identification import CloneRanks


def clone_ranks_table(answers: Mapping[str, Answer], recordings: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return a row per clone in which a voice was heard, `schemas.identification.CloneRanks`.

    Args:
        answers: By track.
        recordings: `schemas.identification.Recordings`; of a clone, `singer_ids` are those of the targets, and
            `clone_source_id` is a track or a singer.
        registry: Who is enrolled.
    """
    singer_of_track = registry.tracks.set_index("track_id")["singer_id"]
    clones = recordings[recordings["clone_source_id"].notna()]
    rows = [
        {
            "track_id": track_id,
            "target_ids": ", ".join(targets or []),
            "source_id": (source_id := str(singer_of_track.get(source, source))),
            "target_rank": _rank(answers[track_id].ranking, targets or []),
            "source_rank": _rank(answers[track_id].ranking, [source_id]),
            "n_singers": len(answers[track_id].ranking),
        }
        for track_id, targets, source in clones[["track_id", "singer_ids", "clone_source_id"]].itertuples(index=False)
        if answers[track_id].ranking
    ]
    return pd.DataFrame(rows) if rows else empty_table(CloneRanks)


def _rank(ranking: tuple[str, ...], singer_ids: Iterable[str]) -> float | None:
    """Return the best rank of singers, from 1; None if none of them is enrolled."""
    return min((float(ranking.index(one) + 1) for one in singer_ids if one in ranking), default=None)
