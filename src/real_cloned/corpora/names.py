"""Names of singers and bands, and the credits of tracks, as they are compared between corpora.

Two spellings are one name if they have the same letters, digits and combining signs. Case, accents, spaces and
punctuation do not count. A credit, such as `Drake feat. Rihanna`, holds several names. It cannot be told apart from the
name of one band (`Simon & Garfunkel`, `Earth, Wind & Fire`), so a credit counts as itself and as each of its parts.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

ARTICLE = re.compile(r"^the\s+(?=\S)|,\s*the$")
"""The English article before a name, or after it, as lists have it: `The Beatles`, `Beatles, The`."""

SEPARATORS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\s(\[](?:feat|ft)(?:\.|\b)|[\s(\[](?:featuring|presents|with)\b|\sw/",
        r"[,;&、，＆]|\s[/+]\s|\s(?:vs?\.?|versus|and|und|et|y|e|и)(?=\s)",
        r"\s[x×](?=\s)",
    )
)
"""What stands between the names of a credit. Each is tried on the parts that the one before has left."""

COMPANIONS = re.compile(
    r"(?:(?:the|his|her|their)\s+)?"
    r"(?:band|chorus|choir|co|company|crew|ensemble|family|friends|gang|guests?|orchestra|others|quartet|trio)\W*"
)
"""Parts of a credit that name nobody: `Ella Fitzgerald and Her Orchestra`."""

UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not decompose into a Latin letter and an accent."""


@lru_cache(maxsize=2**18)
def normalize_name(name: str) -> str:
    """Return a name without case, accents, spaces, punctuation and "the", so that spellings of one name are equal.

    Args:
        name: Name of a singer or band, in any script. One without letters and digits (`!!!`) keeps its signs. The
            result is empty only for a name of spaces.

    Example:
        >>> [normalize_name(name) for name in ("The 1975", "Beyoncé", "AC/DC", "!!!", "Кино", "宇多田ヒカル")]
        ['1975', 'beyonce', 'acdc', '!!!', 'кино', '宇多田ヒカル']
    """
    folded = _fold(name)
    key = _letters(ARTICLE.sub("", folded, count=1)) or _letters(folded)
    return key or "".join(folded.split()) or "".join(name.split())


@lru_cache(maxsize=2**18)
def credited_names(credit: str) -> frozenset[str]:
    """Return the normalized names that a credit may hold: the whole of it, and its parts.

    Args:
        credit: What stands where a track's singer is named.

    Example:
        >>> sorted(credited_names("Drake feat. Rihanna & Friends"))
        ['drake', 'drakefeatrihannafriends', 'rihanna', 'rihannafriends']
    """
    parts, names = [_fold(credit)], {normalize_name(credit)}
    for separator in SEPARATORS:
        pieces = (piece.strip(" ()[]") for part in parts for piece in separator.split(part))
        parts = [piece for piece in pieces if _letters(piece) and not COMPANIONS.fullmatch(piece)]
        names |= {normalize_name(part) for part in parts}
    return frozenset(names - {""})


def share_a_singer(track: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    """Tell whether two tracks have a singer in common, by id or by a name of their credits.

    Args:
        track: A row of `schemas.corpora.FoundTracks`.
        other: Another one.

    Example:
        >>> duet, solo = {"singer_ids": ["1"], "singer_name": "Ann & Bob"}, {"singer_ids": ["2"], "singer_name": "BOB"}
        >>> share_a_singer(duet, solo)
        True
    """
    if not set(track["singer_ids"]).isdisjoint(other["singer_ids"]):
        return True
    return not credited_names(track["singer_name"]).isdisjoint(credited_names(other["singer_name"]))


def _fold(name: str) -> str:
    """Return a name in lower case, in Unicode's compatible form, without accents of Latin, Greek and Cyrillic letters.

    Only the accents of these scripts are optional: the signs of others, such as Devanagari's vowels, are letters.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    without_accents = re.sub(r"[\u0300-\u036f]", "", folded).translate(UNDECOMPOSED)
    return unicodedata.normalize("NFKC", without_accents).strip()


def _letters(folded: str) -> str:
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LNM")
