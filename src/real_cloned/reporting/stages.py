"""What each stage found, kept and left out, corpus by corpus: the table with which the stage ends."""

from collections.abc import Mapping

import pandas as pd

from real_cloned.reporting.names import CORPORA, in_order

SECONDS_PER_HOUR = 3600


def ingest_table(tracks: Mapping[str, pd.DataFrame], unreadable: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per corpus that is there: corpus, found, kept, rejected, reasons, singers, hours.

    tracks, unreadable : schemas.Tracks and schemas.Rejected by corpus

    reasons : the kinds of reason for which files were left out, with their counts, most frequent first
    """
    rows = [
        {
            "corpus": corpus,
            "found": len(tracks[corpus]) + len(unreadable[corpus]),
            "kept": len(tracks[corpus]),
            **_left_out(unreadable[corpus]),
            "singers": _singers(tracks[corpus]),
            "hours": tracks[corpus]["duration_s"].sum() / SECONDS_PER_HOUR,
        }
        for corpus in in_order(tracks, CORPORA)
    ]
    return _there(rows, "found")


def filter_table(
    tracks: Mapping[str, pd.DataFrame],
    splits: Mapping[str, pd.DataFrame],
    segments: Mapping[str, pd.DataFrame],
    rejected: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return one row per corpus that is there: corpus, tracks, used, rejected, reasons, singers, segments, hours.

    tracks, splits, segments, rejected : schemas.Tracks, Splits, Segments and Rejected by corpus

    Only what this stage left out counts as rejected; hours are those of the tracks that are used.
    """
    rows = []
    for corpus in in_order(tracks, CORPORA):
        here = rejected[corpus][rejected[corpus]["stage"] == "vocal_filter"]
        used = tracks[corpus][tracks[corpus]["track_id"].isin(splits[corpus]["track_id"])]
        n_segments = segments[corpus]["track_id"].isin(used["track_id"]).sum()
        row = {"corpus": corpus, "tracks": len(tracks[corpus]), "used": len(used), **_left_out(here)}
        hours = used["duration_s"].sum() / SECONDS_PER_HOUR
        rows.append({**row, "singers": _singers(used), "segments": n_segments, "hours": hours})
    return _there(rows, "tracks")


def separation_table(stems: Mapping[str, pd.DataFrame], sample_rates_hz: Mapping[str, int]) -> pd.DataFrame:
    """Return one row per corpus that is there: corpus, tracks, vocals_hours, accompaniment_hours.

    stems : index of the store of stems by corpus
    """
    rows = []
    for corpus in in_order(stems, CORPORA):
        index = stems[corpus]
        seconds = index.groupby("stem")["n_samples"].sum() / sample_rates_hz[corpus]
        hours = {f"{stem}_hours": seconds.get(stem, 0) / SECONDS_PER_HOUR for stem in ("vocals", "accompaniment")}
        rows.append({"corpus": corpus, "tracks": index["track_id"].nunique(), **hours})
    return _there(rows, "tracks")


def kind_of(reasons: "pd.Series[str]") -> "pd.Series[str]":
    """Return the kind of each reason: what stands before the colon."""
    return reasons.str.split(":").str[0]


def _left_out(rejected: pd.DataFrame) -> dict[str, object]:
    kinds = kind_of(rejected["reason"]).value_counts()
    return {"rejected": len(rejected), "reasons": "; ".join(f"{kind} {count}" for kind, count in kinds.items())}


def _singers(tracks: pd.DataFrame) -> int:
    return tracks["singer_ids"].explode().nunique() if len(tracks) else 0


def _there(rows: list[dict[str, object]], counted: str) -> pd.DataFrame:
    """Leave out the corpora of which nothing was found: they are not configured."""
    table = pd.DataFrame(rows)
    return table[table[counted] > 0].reset_index(drop=True)
