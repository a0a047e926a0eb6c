"""How an error about an unknown name says what would be right."""

from collections.abc import Collection
from difflib import get_close_matches

MAX_LISTED_NAMES = 20
"""More names than this are not listed in an error."""


def suggest_names(name: str, known: Collection[str]) -> str:
    """Return which names are meant, or else which there are: the end of a sentence about an unknown name.

    Args:
        name: What the user wrote.
        known: All names that would be right.

    Returns:
        A text that begins with a semicolon; an empty one if nothing is like `name` and there are too many to list.

    Example:
        >>> suggest_names("Own", ["base", "demo", "own"])
        '; did you mean own'
        >>> suggest_names("x", ["base", "demo", "own"])
        '; there are base, demo, own'
        >>> suggest_names("train", ["pretrain.vocal.train", "pretrain.vocal.draw"])
        '; did you mean pretrain.vocal.train'
    """
    by_lower_case = {one.lower(): one for one in sorted(known)}
    ending = [one for one in by_lower_case if one.endswith(f".{name.lower()}")]
    close = [by_lower_case[match] for match in (ending or get_close_matches(name.lower(), by_lower_case))[:3]]
    if close:
        return f"; did you mean {' or '.join(close)}"
    return f"; there are {', '.join(sorted(known))}" if 0 < len(known) <= MAX_LISTED_NAMES else ""
