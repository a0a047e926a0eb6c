"""Names in any script: a font that has their characters is taken where one is installed, else it is said once."""

import logging
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from real_cloned.reporting import fonts
from real_cloned.reporting.fonts import choose_fonts
from real_cloned.reporting.sections.singer_map import draw_singer_map

NAMES = ["周杰倫", "宇多田ヒカル", "아이유", "ธงไชย", "लता मंगेशकर"]
COVERED = ["Björk", "Земфира", "أم كلثوم", "עפרה חזה", "Ελευθερία", "Ann\u200b\u00a0B", "A$AP 😀"]


@pytest.fixture
def installed(monkeypatch):
    """A function that says which fonts the system has: files with a family and characters."""

    def install(**characters):
        class Font:
            scalable, style_name = True, "Regular"

            def __init__(self, path):
                self.family_name = Path(path).stem
                if self.family_name == "damaged":
                    raise RuntimeError("not a font")

            def get_char_index(self, code):
                return int(chr(code) in characters[self.family_name])

        first = fonts._first_characters()
        monkeypatch.setattr(fonts, "_first_characters", lambda: first)
        monkeypatch.setattr(fonts, "FT2Font", Font)
        monkeypatch.setattr(fonts, "findSystemFonts", lambda: [f"/fonts/{name}.otf" for name in characters])
        monkeypatch.setattr(fonts.fontManager, "addfont", lambda path: None)
        fonts._warn_once.cache_clear()

    return install


def figure_with(*texts):
    figure = Figure()
    axes = figure.subplots()
    axes.set_xticks(range(len(texts)), list(texts))
    return figure


def families(figure):
    return {tuple(text.get_fontfamily()) for text in figure.findobj(Text) if text.get_text()}


def test_a_figure_that_needs_no_other_font_stays_as_it_is(installed, caplog):
    installed(noto="周")
    figure = figure_with(*COVERED)
    before = families(figure)
    choose_fonts(figure)
    assert families(figure) == before and not caplog.messages


def test_fonts_that_have_the_characters_come_after_the_first_one(installed, caplog):
    installed(damaged="周", LastResort="周杰倫아이유", latin="abc", korean="아이유", chinese="周杰倫")
    figure = figure_with("周杰倫", "아이유", "Ann")
    choose_fonts(figure)
    assert families(figure) == {("DejaVu Sans", "chinese", "korean")} and not caplog.messages


def test_plain_noto_fonts_are_preferred(installed):
    installed(**dict.fromkeys(["Arial", "NotoSerif", "NotoSans-Bold", "NotoSans"], "周"))
    figure = figure_with("周")
    choose_fonts(figure)
    assert families(figure) == {("DejaVu Sans", "NotoSans")}


def test_characters_that_no_font_has_are_told_once(installed, caplog):
    installed(chinese="周")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            choose_fonts(figure_with("周杰倫"))
    assert len(caplog.messages) == 1
    assert "boxes for 倫 杰: no installed font has them. Install one (apt install fonts-noto-cjk" in caplog.messages[0]


def test_the_map_of_singers_has_no_boxes_where_the_system_has_fonts(caplog):
    names = NAMES + COVERED
    rows = pd.DataFrame({"singer_id": names, "x": range(len(names)), "y": range(len(names))})
    fonts._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        figure = draw_singer_map(rows.astype({"x": float, "y": float}))
    told = "".join(caplog.messages).partition(":")[0]
    (used,) = families(figure) or {()}
    for character in fonts._visible("".join(NAMES)):
        assert character in told or "more" in told or any(_has(family, character) for family in used), character


def _has(family, character):
    files = (FT2Font(font.fname) for font in fonts.fontManager.ttflist if font.name == family)
    return any(font.get_char_index(ord(character)) for font in files)
