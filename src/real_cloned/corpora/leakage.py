"""No singer stands in two corpora: not by id, and not by name written a little differently, across sources too.

The corpora have an order; a singer stays in the first and leaves the others. Identification goes before pretraining, so
that a singer who is to be named was never heard by the encoder (paper, section 3.1).
"""

import logging
import re
import unicodedata
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from real_cloned.corpora.readers.base import Reading, rejected_rows
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected

PRECEDENCE = ("closed", "cloned", "fma", "mtg", "validation", "train")
SHARED = {frozenset({"closed", "cloned"})}
"""Corpora whose singers are the same by design: clones are of closed singers."""

PRINTED = 20

logger = logging.getLogger(__name__)


def remove_leakage(listed: Mapping[str, pd.DataFrame], corpus: CorpusParameters) -> Reading:
    """Return (found, rejected): the corpus' tracks without those of singers who stand in a corpus that goes before it.

    listed : by corpus, the tracks that it lists (ListedTracks)

    One line per singer is logged. A corpus with published splits loses nobody, and the line says so.
    """
    mine = listed[corpus.name]
    held = _held_elsewhere(listed, corpus.name)
    where = pd.Series([_first_held(track, held) for track in mine.to_dict("records")], mine.index, dtype=object)
    overlapping = where.notna()
    found = mine.drop(columns="id_space")
    if not overlapping.any():
        return found, empty_table(Rejected)
    _tell(where[overlapping], corpus)
    if corpus.published_splits is not None:
        return found, empty_table(Rejected)
    reasons = [f"singer of another corpus: {text}" for text in where[overlapping]]
    return found[~overlapping].reset_index(drop=True), rejected_rows(found[overlapping], reasons)


def normal_name(name: str) -> str:
    """Return a name without case, accents, punctuation and a leading "the": what is left when two spellings are one.

    A name of which nothing is left (`!!!`) stays as it is; one of digits alone is no name, and gives "".
    """
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark))
    words = re.sub(r"[\W_]+", " ", bare.casefold().replace("&", " and ")).split()
    words = words[1:] if len(words) > 1 and words[0] == "the" else words
    plain = " ".join(words) or name.strip().casefold()
    return "" if plain.replace(" ", "").isdigit() else plain


def _held_elsewhere(listed: Mapping[str, pd.DataFrame], name: str) -> dict[tuple[str, str], str]:
    """Return the corpora that go before `name`, by the keys of their singers."""
    before = PRECEDENCE[: PRECEDENCE.index(name)]
    rivals = [other for other in before if other in listed and frozenset({other, name}) not in SHARED]
    held: dict[tuple[str, str], str] = {}
    for other in rivals:
        held |= {key: other for track in listed[other].to_dict("records") for key in _keys(track) if key not in held}
    return held


def _keys(track: Mapping[Hashable, Any]) -> list[tuple[str, str]]:
    """Return what a track's singers are known by: ids in the space of their source, and the name without its frills."""
    ids = [(f"id in {track['id_space']}", str(singer)) for singer in track["singer_ids"]]
    name = normal_name(str(track["singer_name"]))
    return [*ids, ("name", name)] if name else ids


def _first_held(track: Mapping[Hashable, Any], held: Mapping[tuple[str, str], str]) -> str | None:
    """Return in which corpus a track's singer stands already, and how we know; None where in none."""
    key = next((key for key in _keys(track) if key in held), None)
    return None if key is None else f"{track['singer_name']} stands in {held[key]} too, by {key[0].split()[0]}"


def _tell(where: "pd.Series[str]", corpus: CorpusParameters) -> None:
    counts = where.value_counts()
    for text, count in counts[:PRINTED].items():
        kept = "kept, as the published splits have it" if corpus.published_splits else f"removed with {count} tracks"
        logger.info("%s: %s: %s", corpus.name, text, kept)
    if len(counts) > PRINTED:
        logger.info(
            "%s: and %d more such singers; the table of rejected files names them", corpus.name, len(counts) - PRINTED
        )
