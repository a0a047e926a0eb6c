"""Removal of singers who occur in two corpora: by id, and by name across sources, whatever its spelling.

The corpora have an order; a singer stays in the first and is removed from the others. Identification comes before
pretraining, so that the encoder was never trained on a singer who is to be identified (paper, section 3.1).
"""

import logging
import re
import unicodedata
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from real_cloned.corpora.readers.base import UsableAndRejected, rejected_rows
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
    """
    tracks = listed[parameters.name]
    owners = _singer_owners(listed, parameters)
    overlap = pd.Series(
        [_describe_overlap(track, owners) for track in tracks.to_dict("records")], tracks.index, dtype=object
    )
    is_leaked = overlap.notna()
    found = tracks.drop(columns="id_space")
    if not is_leaked.any():
        return found, empty_table(Rejected)
    _log_overlap(overlap[is_leaked], parameters)
    if parameters.published_splits is not None:
        return found, empty_table(Rejected)
    reasons = [f"singer of another corpus: {text}" for text in overlap[is_leaked]]
    return found[~is_leaked].reset_index(drop=True), rejected_rows(found[is_leaked], reasons)


def normalize_name(name: str) -> str:
    """Return a name without case, accents, punctuation and a leading "the", so that spellings of one name are equal.

    Args:
        name: Name of a singer or band. One of punctuation alone (`!!!`) is only lower-cased; one of digits alone gives
            "", since it is more likely an id than a name.
    """
    base = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    words = re.sub(r"[\W_]+", " ", base.casefold().replace("&", " and ")).split()
    words = words[1:] if len(words) > 1 and words[0] == "the" else words
    normalized = " ".join(words) or name.strip().casefold()
    return "" if normalized.replace(" ", "").isdigit() else normalized


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
        tracks = listed[other].to_dict("records")
        owners |= {key: other for track in tracks for key in _singer_keys(track) if key not in owners}
    return owners


def _singer_keys(track: Mapping[Hashable, Any]) -> list[tuple[str, str]]:
    """Return the keys that identify a track's singers: ids within their id space, and the normalized name."""
    ids = [(f"id in {track['id_space']}", str(singer)) for singer in track["singer_ids"]]
    name = normalize_name(str(track["singer_name"]))
    return [*ids, ("name", name)] if name else ids


def _describe_overlap(track: Mapping[Hashable, Any], owners: Mapping[tuple[str, str], str]) -> str | None:
    """Return which corpus has a track's singer already, and by which key; None if none has."""
    key = next((key for key in _singer_keys(track) if key in owners), None)
    return None if key is None else f"{track['singer_name']} stands in {owners[key]} too, by {key[0].split()[0]}"


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
