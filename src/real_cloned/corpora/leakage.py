"""Removal of singers who occur in two corpora: by id, and by name across sources, whatever its spelling.

A track is removed if any name of its credit is one of a track of another corpus: `Drake feat. Rihanna` is removed where
`Drake` or `Rihanna & Eminem` is identified. So a band that shares a part of its name with another (`Earth, Wind & Fire`
and `Fire`) is removed, too: a few tracks less cost little, a voice that is known beforehand spoils the result.

The corpora have an order; a singer stays in the first and is removed from the others. Identification comes before
pretraining, so that the encoder was never trained on a singer who is to be identified (paper, section 3.1).
"""

import logging
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.names import credited_names, normalize_name
from real_cloned.corpora.readers.base import UsableAndRejected, rejected_rows
from real_cloned.corpora.spellings import adopt_spellings
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected

FIRST, LAST = ("closed", "cloned", "fma", "mtg"), ("validation", "train")
"""The order of the corpora: a singer stays in the first of them. Corpora of other names come in between."""

MAX_LOGGED = 20

logger = logging.getLogger(__name__)


def remove_leakage(listed: Mapping[str, pd.DataFrame], parameters: CorpusParameters) -> UsableAndRejected:
    """Remove from a corpus the tracks of singers who also occur in a corpus of higher precedence.

    One line per such singer is logged. A corpus with published splits keeps its tracks, and the line says so.

    Args:
        listed: The tracks that each corpus lists (`schemas.corpora.ListedTracks`), by name of the corpus.
        parameters: The corpus to clean.

    Returns:
        The tracks that stay (`schemas.corpora.FoundTracks`) and those removed (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: All tracks would be removed; with the singers' names.
    """
    tracks = listed[parameters.name]
    if parameters.split == "clone" and parameters.same_singer == "normalised" and parameters.gallery in listed:
        tracks = adopt_spellings(tracks, listed[parameters.gallery])
    owners = _singer_owners(listed, parameters)
    overlap = pd.Series([_describe_overlap(track, owners) for track in _credits(tracks)], tracks.index, dtype=object)
    is_leaked = overlap.notna()
    found = tracks.drop(columns="id_space")
    if not is_leaked.any():
        return found, empty_table(Rejected)
    _log_overlap(overlap[is_leaked], parameters)
    if parameters.published_splits is not None:
        return found, empty_table(Rejected)
    if is_leaked.all():
        raise RealClonedError(_nothing_left_message(overlap, parameters))
    reasons = [f"singer of another corpus: {text}" for text in overlap[is_leaked]]
    return found[~is_leaked].reset_index(drop=True), rejected_rows(found[is_leaked], reasons)


def corpora_by_precedence(listed: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the names of the corpora, those whose singers stay first.

    Args:
        listed: The tracks that each corpus lists (`schemas.corpora.ListedTracks`), by name of the corpus. Of corpora
            that are not the study's own, real ones come before clones.

    Example:
        >>> tracks = pd.DataFrame({"clone_method": [None]})
        >>> corpora_by_precedence({"train": tracks, "mine": tracks, "closed": tracks})
        ['closed', 'mine', 'train']
    """
    others = [name for name in listed if name not in FIRST + LAST]
    others.sort(key=lambda name: bool(listed[name]["clone_method"].notna().any()))
    return [name for name in (*FIRST, *others, *LAST) if name in listed]


def _singer_owners(listed: Mapping[str, pd.DataFrame], parameters: CorpusParameters) -> dict[tuple[str, str], str]:
    """Return, by singer key, the first corpus of higher precedence in which the singer occurs.

    The gallery of clones is left out: its singers are theirs by design.
    """
    order = corpora_by_precedence(listed)
    gallery = parameters.gallery if parameters.split == "clone" else None
    owners: dict[tuple[str, str], str] = {}
    for other in (name for name in order[: order.index(parameters.name)] if name != gallery):
        keys = ((kind, key) for track in _credits(listed[other]) for kind, key in _singer_keys(track))
        owners |= {key: other for key in keys if key not in owners}
    return owners


def _credits(tracks: pd.DataFrame) -> Iterator[Mapping[Hashable, Any]]:
    """Yield what is read of each track, one at a time."""
    names = ["id_space", "singer_id", "singer_ids", "singer_name"]
    for values in zip(*(tracks[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _singer_keys(track: Mapping[Hashable, Any]) -> list[tuple[str, str]]:
    """Return the keys that identify a track's singers: ids within their id space, and names.

    A name of digits alone that repeats the id (`number`) may be none: readers call a singer without a name by the id.
    """
    ids = [(f"id in {track['id_space']}", str(singer)) for singer in track["singer_ids"]]
    credit = str(track["singer_name"])
    if credit == track["singer_id"] and credit.isdigit():
        return [*ids, ("number", normalize_name(credit))]
    whole = normalize_name(credit)
    return [*ids, ("name", whole), *(("name", part) for part in sorted(credited_names(credit) - {whole}))]


def _describe_overlap(track: Mapping[Hashable, Any], owners: Mapping[tuple[str, str], str]) -> str | None:
    """Return which corpus has a track's singer already, and by which key; None if none has."""
    for kind, value in _singer_keys(track):
        # A number is compared with names (`311` is a band), but not with another number of unrelated ids.
        for other in {"name": ("name", "number"), "number": ("name",)}.get(kind, (kind,)):
            if (other, value) in owners:
                return _overlap_text(str(track["singer_name"]), kind.split()[0], value, owners[(other, value)])
    return None


def _overlap_text(credit: str, kind: str, value: str, owner: str) -> str:
    if kind == "name" and value != normalize_name(credit):
        return f"{credit} has a singer of {owner}, by name ({value})"
    return f"{credit} stands in {owner} too, by {'id' if kind == 'id' else 'name'}"


def _nothing_left_message(overlap: "pd.Series[str]", parameters: CorpusParameters) -> str:
    singers = overlap.unique()
    shown = "; ".join(singers[:MAX_LOGGED])
    n_more = len(singers) - MAX_LOGGED
    more = f"; and {n_more} more such singers" if n_more > 0 else ""
    return (
        f"{parameters.name}: all {len(overlap)} tracks are by singers of other corpora, so that none is left: "
        f"{shown}{more}. Give {parameters.name} other singers. If only their ids are the same "
        "by chance, their names in a column singer_name and any word in a column id_space tell them apart; or set "
        f"corpora.{parameters.name}.root to null"
    )


def _log_overlap(overlap: "pd.Series[str]", parameters: CorpusParameters) -> None:
    counts = overlap.value_counts()
    for text, count in counts[:MAX_LOGGED].items():
        outcome = (
            "kept, as the published splits have it" if parameters.published_splits else f"removed with {count} tracks"
        )
        logger.info("%s: %s: %s", parameters.name, text, outcome)
    n_more = len(counts) - MAX_LOGGED
    if n_more > 0:
        logger.info("%s: and %d more such singers; the table of rejected files names them", parameters.name, n_more)
