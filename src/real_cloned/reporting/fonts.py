"""Fonts for names in any script: matplotlib's own font lacks, among others, Chinese, Japanese, Korean, Thai and Hindi.

Matplotlib takes each glyph from the first font of a text's list that has it. Its own font is always the first, and
figures that need no other are drawn as if this module were not there.
"""

import logging
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

logger = logging.getLogger(__name__)

FIRST_FONT = "DejaVu Sans"
"""Matplotlib's own font, which comes with it."""
LAST_RESORTS = ("lastresort", "unifont")
"""In names of files: fonts that have a box or a few pixels for every character."""
PLAIN_STYLES = ("regular", "book", "normal", "roman", "")
MAX_NAMED_CHARACTERS = 8


def choose_fonts(figure: Figure) -> None:
    """Give the texts of a figure installed fonts that have their characters, in place; say once which nothing has.

    Args:
        figure: A figure with all its texts; one of which every text can be written with `FIRST_FONT` stays as it is.
    """
    for axis in figure.findobj(Axis):
        axis.get_ticklabels(which="both")  # which makes the labels
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    missing = _visible("".join(text.get_text() for text in texts)) - _first_characters()
    if not missing:
        return
    families, still_missing = _covering_families(missing, map(Path, findSystemFonts()))
    for text in texts:
        text.set_fontfamily([FIRST_FONT, *families])
    if still_missing:
        _warn_once("".join(sorted(still_missing, key=lambda one: (unicodedata.category(one)[0] == "M", one))))


def _covering_families(characters: set[str], files: Iterable[Path]) -> tuple[list[str], set[str]]:
    """Return families that have these characters, the plainest first, and the characters that none has."""
    families: list[str] = []
    missing = set(characters)
    for file in sorted(files, key=_plainness):
        if not missing:
            break
        for family, covered in _covered(file, missing):
            families.append(family)
            missing -= covered
    return families, missing


def _plainness(file: Path) -> tuple[bool, bool, bool, str]:
    """Return a key that sorts sans serif before serif, regular before bold, and wide families before narrow ones."""
    name = file.stem.lower()
    is_decorated = any(style in name for style in ("bold", "italic", "oblique", "light", "thin", "black", "medium"))
    return is_decorated, "noto" not in name, "serif" in name or "mono" in name, str(file)


def _covered(file: Path, characters: set[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield the family of a font's file with those characters that it has; nothing if it cannot be used or has none."""
    if any(name in file.name.lower() for name in LAST_RESORTS):
        return
    try:
        font = FT2Font(str(file))
        covered = {character for character in characters if font.get_char_index(ord(character))}
        if not covered or not font.scalable or font.style_name.lower() not in PLAIN_STYLES:
            return
        if font.family_name not in fontManager.get_font_names():  # installed after matplotlib made its list
            fontManager.addfont(str(file))
    except (RuntimeError, OSError):  # not a font that FreeType can read
        return
    yield font.family_name, covered


@cache
def _first_characters() -> frozenset[str]:
    font = FT2Font(findfont(FontProperties(family=FIRST_FONT)))
    return frozenset(map(chr, font.get_charmap()))


def _visible(text: str) -> set[str]:
    """Return the characters that a font must have: spaces, controls and joiners are not drawn."""
    return {character for character in text if unicodedata.category(character)[0] not in "CZ"}


@cache
def _warn_once(characters: str) -> None:
    shown = " ".join(characters[:MAX_NAMED_CHARACTERS])
    more = f" and {len(characters) - MAX_NAMED_CHARACTERS} more" if len(characters) > MAX_NAMED_CHARACTERS else ""
    logger.warning(
        "figures show boxes for %s%s: no installed font has them. Install one (apt install fonts-noto-cjk "
        "fonts-noto-core; emoji: fonts-symbola) and draw again: kedro run --pipelines=report "
        "--params=incremental.force=true. The page is right without it",
        shown, more,
    )  # fmt: skip
