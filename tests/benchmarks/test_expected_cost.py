"""Hours and cost of the paper's whole set: arithmetic on rates that docs/benchmarks.md has."""

from pathlib import Path

import pytest

from benchmarks import expected_cost as expected

DOCS = Path(__file__).parents[2] / "docs"
WORKS = {work.stage: work for work in expected.works()}


def test_the_rate_of_the_gpu_stands_in_the_benchmarks():
    assert f"\n{expected.H200_STEP.line}\n" in (DOCS / "benchmarks.md").read_text()
    assert f"{expected.H200_STEP.value:,}" in expected.H200_STEP.line


def test_hours_are_those_of_a_hand_count():
    minutes = 4 * 4_000_000
    assert WORKS["ingest, first filter"].core_s == pytest.approx(60 * minutes / 746)
    assert WORKS["vocal_filter, first filter"].core_s == pytest.approx(60 * minutes / 275)
    assert expected.separation_core_s(3600) == pytest.approx(2 * 4 * 1000)
    steps = 4 * 1000 * (32 + 32 / 3)
    assert WORKS["pretrain, 4 variants"].gpu_s == pytest.approx(steps * 256 / 6375)
    assert WORKS["pretrain, 4 variants"].core_s == pytest.approx(steps * 2 * 256 / 19.5)


def test_all_songs_of_the_papers_table_are_separated():
    assert WORKS["separation by `mdx_extra`"].n_tracks == 181_989 + 8_192 + 176_141 + 11_676 + 7_710 + 377


def test_a_row_divides_the_hours_by_the_cores_and_multiplies_them_by_the_price():
    (row,) = (row for row in expected.core_rows(price=0.5) if row[0].startswith("vocal_filter"))
    hours = 4 * 4_000_000 / 60 / 275
    assert row[2:] == [expected.shown(value) for value in (hours, hours / 16, hours / 64, hours / 256, hours / 2)]


def test_the_document_shows_what_is_printed_with_the_prices_of_1_and_with_those_that_it_assumes():
    text = (DOCS / "scaling.md").read_text()
    assert all(table in text for table in [*expected.tables(), *expected.tables(0.05, 2.0)])
