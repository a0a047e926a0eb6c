"""The tables that a run prints: what each stage found, kept and rejected in every corpus, and top-1 accuracy.

A corpus that is not configured has tables without rows, and no row in the tables of the stages.
"""

from collections.abc import Mapping

import pandas as pd

from real_cloned.reporting.labels import corpora_in_order

SECONDS_PER_HOUR = 3600
MAX_PRINTED_RECORDINGS = 50
"""A list of more would push all else off the screen; identifications.csv has them all."""


def ingest_table(
    tracks: Mapping[str, pd.DataFrame],
    unreadable: Mapping[str, pd.DataFrame],
    near_duplicates: Mapping[str, int | str],
) -> pd.DataFrame:
    """Return what the ingest stage found and kept in each corpus.

    Args:
        tracks: `schemas.corpora.Tracks` by corpus.
        unreadable: `schemas.corpora.Rejected` by corpus.
        near_duplicates: How many tracks are near-duplicates, by corpus, or why that is not known.

    Returns:
        Columns: corpus, found, kept, rejected (files), reasons (for which files were rejected, most frequent first),
        near_duplicates, singers, hours (of what was kept).
    """
    rows = [
        {
            "corpus": corpus,
            "found": len(tracks[corpus]) + len(unreadable[corpus]),
            "kept": len(tracks[corpus]),
            **_count_rejected(unreadable[corpus]),
            "near_duplicates": near_duplicates[corpus],
            "singers": _count_singers(tracks[corpus]),
            "hours": tracks[corpus]["duration_s"].sum() / SECONDS_PER_HOUR,
        }
        for corpus in corpora_in_order(tracks)
    ]
    return _drop_unconfigured(rows, "found")


def filter_table(
    tracks: Mapping[str, pd.DataFrame],
    splits: Mapping[str, pd.DataFrame],
    segments: Mapping[str, pd.DataFrame],
    rejected: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return what the vocal filter kept in each corpus.

    Args:
        tracks: `schemas.corpora.Tracks` by corpus.
        splits: `schemas.corpora.Splits` by corpus, of the tracks that are used.
        segments: `schemas.corpora.Segments` by corpus.
        rejected: `schemas.corpora.Rejected` by corpus; only what the vocal filter rejected is counted.

    Returns:
        Columns: corpus, tracks, used, rejected, reasons (most frequent first), singers, segments, hours (the last three
        of tracks that are used).
    """
    rows = []
    for corpus in corpora_in_order(tracks):
        by_filter = rejected[corpus][rejected[corpus]["stage"] == "vocal_filter"]
        used = tracks[corpus][tracks[corpus]["track_id"].isin(splits[corpus]["track_id"])]
        n_segments = segments[corpus]["track_id"].isin(used["track_id"]).sum()
        row = {"corpus": corpus, "tracks": len(tracks[corpus]), "used": len(used), **_count_rejected(by_filter)}
        hours = used["duration_s"].sum() / SECONDS_PER_HOUR
        rows.append({**row, "singers": _count_singers(used), "segments": n_segments, "hours": hours})
    return _drop_unconfigured(rows, "tracks")


def separation_table(stems: Mapping[str, pd.DataFrame], sample_rates_hz: Mapping[str, int]) -> pd.DataFrame:
    """Return how much was separated in each corpus.

    Args:
        stems: The index of the shard store of stems by corpus. Columns: track_id, stem, n_samples, separator (which
            made the clip), and others.
        sample_rates_hz: Sample rate of that store by corpus.

    Returns:
        Columns: corpus, separator, tracks, vocals_hours, accompaniment_hours.
    """
    rows = []
    for corpus in corpora_in_order(stems):
        index = stems[corpus]
        seconds = index.groupby("stem")["n_samples"].sum() / sample_rates_hz[corpus]
        hours = {f"{stem}_hours": seconds.get(stem, 0) / SECONDS_PER_HOUR for stem in ("vocals", "accompaniment")}
        separator = ", ".join(index["separator"].unique()) if len(index) else ""
        n_tracks = index.loc[index["n_samples"] > 0, "track_id"].nunique()
        rows.append({"corpus": corpus, "separator": separator, "tracks": n_tracks, **hours})
    return _drop_unconfigured(rows, "tracks")


def rejected_tracks_table(stems: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the tracks that could not be separated, and why.

    Args:
        stems: The index of the shard store of stems by corpus, with the column reason where a track was rejected.

    Returns:
        Columns: corpus, track_id, stage (always `separation`), reason.
    """
    rows = [
        {"corpus": corpus, "track_id": row["track_id"], "stage": "separation", "reason": row["reason"]}
        for corpus in corpora_in_order(stems)
        for row in stems[corpus][stems[corpus]["n_samples"] == 0].drop_duplicates("track_id").to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["corpus", "track_id", "stage", "reason"])


def top1_table(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return the mean top-1 accuracy of each variant on real and on cloned singers.

    Args:
        accuracies: What `sections.accuracy.accuracy_table` returns.

    Returns:
        Percent, rounded to a tenth: a row per variant, a column for the closed and one for the cloned corpus, each at
        its largest number of singers. Index: variants. Columns: such as `closed (40 singers)`.
    """
    shown = accuracies[accuracies["corpus"].isin(["closed", "cloned"])]
    most = shown[shown["n_singers"] == shown.groupby("corpus")["n_singers"].transform("max")]
    columns = most["corpus"] + " (" + most["n_singers"].astype(str) + " singers)"
    table = most.assign(column=columns).pivot_table(index="variant", columns="column", values="top1_mean", sort=False)
    return table.round(1).rename_axis(index=None, columns=None)


def reason_kind(reasons: "pd.Series[str]") -> "pd.Series[str]":
    """Return the kind of each reason, without what is particular to one file: the text before the colon.

    Args:
        reasons: The column reason of `schemas.corpora.Rejected`.
    """
    return reasons.str.split(":").str[0]


def _count_rejected(rejected: pd.DataFrame) -> dict[str, object]:
    kinds = reason_kind(rejected["reason"]).value_counts()
    return {"rejected": len(rejected), "reasons": "; ".join(f"{kind} {count}" for kind, count in kinds.items())}


def _count_singers(tracks: pd.DataFrame) -> int:
    return tracks["singer_ids"].explode().nunique() if len(tracks) else 0


def _drop_unconfigured(rows: list[dict[str, object]], count: str) -> pd.DataFrame:
    """Return the rows as a table, without corpora of which nothing was found: they are not configured."""
    table = pd.DataFrame(rows)
    return table[table[count] > 0].reset_index(drop=True)


def identification_text(identifications: pd.DataFrame, clone_ranks: pd.DataFrame) -> str:
    """Return who sings in recordings as a run prints it: verdicts, and where clones are known, their singers' ranks.

    Args:
        identifications: `schemas.identification.Identifications`.
        clone_ranks: `schemas.identification.CloneRanks`.
    """
    shown = identifications[["track_id", "verdict", "singer_id", "probability", "share"]].head(MAX_PRINTED_RECORDINGS)
    left_out = len(identifications) - len(shown)
    lines = ["Who is singing? An indication for a person to weigh, not a truth", _text_table(shown)]
    if left_out:
        lines.append(f"and {left_out} more, see identifications.csv: {_count_verdicts(identifications)}")
    if len(clone_ranks):
        ranks = clone_ranks[["track_id", "target_ids", "target_rank", "source_id", "source_rank"]]
        n_singers, n_first = (
            clone_ranks["n_singers"].max(),
            {name: int((clone_ranks[f"{name}_rank"] == 1).sum()) for name in ("target", "source")},
        )
        lines += [
            f"\nClones: rank of the imitated and of the original singer among {n_singers}",
            _text_table(ranks.head(MAX_PRINTED_RECORDINGS)),
            f"first: the target in {n_first['target']}, the source in {n_first['source']} of {len(ranks)} clones; "
            f"median rank {clone_ranks['target_rank'].median():g} and {clone_ranks['source_rank'].median():g}",
        ]
    return "\n".join(lines)


def _text_table(table: pd.DataFrame) -> str:
    return str(table.to_string(index=False, na_rep="-", float_format=lambda value: f"{value:.3g}", max_colwidth=60))


def _count_verdicts(identifications: pd.DataFrame) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in identifications["verdict"].value_counts().items())
