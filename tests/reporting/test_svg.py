"""Figures inside the page: they need nothing from elsewhere, and can be read on a dark page."""

import re
from collections.abc import Iterable

import pytest
from matplotlib.figure import Figure

from real_cloned.reporting.labels import VARIANT_ORDER
from real_cloned.reporting.page import make_groups
from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.svg import inline_svg
from real_cloned.reporting.theme import DARK_COLOURS, GRID, dark_css, variant_styles
from tests.reporting.fabricated import parameters, predictions, similarities
from tests.reporting.page_tables import statistics, tables

BACKGROUNDS = {"#ffffff", GRID, "#7fb8d8"}
"""Colours that no reading depends on: the page, grid lines, and the violins' inside, which has an edge."""


@pytest.fixture(scope="module")
def drawings() -> dict[str, Figure]:
    """Every figure of the page but the map, which has a colour per singer."""
    data = ReportData(parameters(), tables(predictions(n_runs=2), similarities()) | statistics())
    figures = {part.anchor: part.figure for group in make_groups(data) for part in group.sections if part.figure}
    del figures["singer_map"]
    return figures


@pytest.fixture(scope="module")
def svgs(drawings: dict[str, Figure]) -> dict[str, str]:
    """These figures as they stand inside the page."""
    return {anchor: str(inline_svg(figure, anchor)) for anchor, figure in drawings.items()}


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def colours(svgs: Iterable[str]) -> set[str]:
    """Return every colour that drawings ask for."""
    return {colour for svg in svgs for colour in re.findall(r"#[0-9a-f]{6}\b", svg)}


def test_every_colour_of_the_figures_has_one_for_dark_pages(svgs: dict[str, str]) -> None:
    used = colours(svgs.values())
    used |= {style.colour for style in variant_styles([*VARIANT_ORDER, "one", "two", "three"]).values()}
    assert used - set(DARK_COLOURS) <= {"#000000"}


def test_marks_stand_out_from_light_and_dark_pages() -> None:
    for light, dark in DARK_COLOURS.items():
        if light not in BACKGROUNDS:
            assert contrast(light, "#ffffff") > 2.3 and contrast(dark, DARK_COLOURS["#ffffff"]) > 4.5, light


def test_no_visible_mark_is_left_black(svgs: dict[str, str]) -> None:
    for anchor, svg in svgs.items():
        assert "stroke: var(--c-000000" not in svg and "fill: var(--c-000000" not in svg, anchor
        assert all("fill:" in text for text in re.findall(r"<text [^>]*>", svg)), anchor


def test_colours_are_variables_that_fall_back_on_the_colours_of_a_light_page(svgs: dict[str, str]) -> None:
    svg = svgs["figure1"]
    assert "var(--c-0072b2, #0072b2)" in svg
    assert "--c-0072b2: #4aa8e8;" in dark_css()
    assert not re.search(r"(?<!, )#[0-9a-f]{6}\b", svg)


def test_writing_stays_text_and_nothing_names_the_web(svgs: dict[str, str]) -> None:
    svg = svgs["figure1"]
    assert ">Number of singers</text>" in svg
    assert "http" not in svg and "<style" not in svg and "<!--" not in svg


def test_two_drawings_of_the_same_figure_share_no_id(drawings: dict[str, Figure]) -> None:
    ids = [set(re.findall(r' id="([^"]+)"', str(inline_svg(drawings["figure4"], anchor)))) for anchor in ("a", "b")]
    assert ids[0] and not ids[0] & ids[1]
