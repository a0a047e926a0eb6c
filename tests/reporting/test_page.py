"""The page: what it shows, that it escapes, and that it needs nothing from elsewhere."""

import re
from dataclasses import fields
from io import StringIO

import pandas as pd

from real_cloned.reporting.accuracy import accuracy_table
from real_cloned.reporting.display import DASH, number, plus_minus, span
from real_cloned.reporting.figures import figure1_numbers, figure2_numbers, figure3_numbers, figure4_numbers
from real_cloned.reporting.findings import language_table
from real_cloned.reporting.page import render_page
from real_cloned.reporting.records import history_table, rejected_table
from real_cloned.reporting.sections import Contents
from real_cloned.reporting.tables import dataset_table, open_dataset_table, prior_work_table
from real_cloned.schemas import Predictions, Similarities, empty

from .fabricated import history, parameters, prediction, predictions, rejected, similarities, splits, table_of, tracks

FACTS = {"separator": "reference", "git commit": "abc123", "seed": "7"}


def contents(table: pd.DataFrame, near: pd.DataFrame, **changes: pd.DataFrame) -> Contents:
    """Return what the page shows of these predictions and similarities."""
    closed = tracks({"a": 7, "b": 8})
    made = {
        "table1": dataset_table({"closed": closed}, {"closed": splits(closed)}),
        "table2": open_dataset_table(table),
        "table3": prior_work_table(table),
        "accuracies": accuracy_table(table, parameters()),
        "languages": language_table(table),
        "figure1": figure1_numbers(table),
        "figure2": figure2_numbers(table, parameters()),
        "figure3": figure3_numbers(table, parameters()),
        "figure4": figure4_numbers(near),
        "history": history_table({"vocal": history((3.0, 2.5))}),
        "rejected": rejected_table({"train": rejected({"too short": 3})}),
    }
    return Contents(**(made | changes))


def test_the_page_shows_every_table_and_figure_with_the_published_values() -> None:
    page = render_page(parameters(), FACTS, contents(predictions(n_runs=2), similarities()))
    for anchor in ("table1", "table2", "table3", "figure1", "figure2", "figure3", "figure4", "languages"):
        assert f'<section id="{anchor}">' in page and f'href="#{anchor}"' in page
    assert page.count("data:image/svg+xml;base64,") == 4
    for value in ("176,141", "79.9 ± 0.4", "63.1", "93.2", "41.6", "88.5", "90.8", "abc123", "too short", "2.500"):
        assert value in page


def test_the_page_says_at_its_top_that_the_singers_are_synthetic() -> None:
    nothing = contents(empty(Predictions), empty(Similarities))
    assert "These singers are synthetic" in render_page(parameters(), FACTS, nothing).split("<main>")[0]
    assert "synthetic" not in render_page(parameters(synthetic=False), FACTS, nothing)


def test_the_page_says_who_made_the_vocals() -> None:
    nothing = contents(empty(Predictions), empty(Similarities))
    assert "ground-truth stems" in render_page(parameters(), FACTS, nothing)
    assert "Vocals were separated with htdemucs." in render_page(parameters(), {"separator": "htdemucs"}, nothing)
    assert "not recorded which separator" in render_page(parameters(), {}, nothing)


def test_an_empty_study_is_shown_with_dashes() -> None:
    page = render_page(parameters(), {}, contents(empty(Predictions), empty(Similarities)))
    body = re.sub(r"base64,[^\"]*", "", page.split("</style>")[1])
    assert not re.search(r"\b(nan|na|none)\b|<NA>", body, re.IGNORECASE)
    assert f'<td class="number">{DASH}</td>' in page and "no data" in page


def test_names_are_escaped_wherever_they_stand() -> None:
    evil = "<script>alert(1)</script>"
    rows = [
        prediction(track_id=f"t{k}", corpus=corpus, variant=variant, genre=evil, language=evil)
        for k in range(3)
        for corpus in ("closed", "cloned", "fma")
        for variant in ("vocal", evil)
    ]
    made = contents(table_of(rows), similarities(), rejected=rejected_table({evil: rejected({evil: 1})}))
    page = render_page(parameters(title=evil), {evil: evil, "separator": evil}, made)
    assert "<script" not in page.lower()
    assert page.count("&lt;script&gt;") > 10


def test_the_page_loads_nothing() -> None:
    page = render_page(parameters(), FACTS, contents(predictions(n_runs=1), similarities()))
    assert not re.search(r"https?://|@import|url\(|<script|<link", re.sub(r"base64,[^\"]*", "", page))


def test_the_same_contents_give_the_same_page() -> None:
    made = contents(predictions(n_runs=1), similarities())
    assert render_page(parameters(), FACTS, made) == render_page(parameters(), FACTS, made)


def test_tables_that_went_through_csv_give_the_same_page() -> None:
    made = contents(predictions(n_runs=2), similarities())
    tables = {field.name: getattr(made, field.name) for field in fields(made)}
    read = {name: pd.read_csv(StringIO(table.to_csv(index=False))) for name, table in tables.items()}
    assert render_page(parameters(), FACTS, Contents(**read)) == render_page(parameters(), FACTS, made)


def test_rare_reasons_are_left_out_when_there_are_very_many() -> None:
    many = rejected_table({"train": rejected({f"reason {k}": 1 + (k == 59) for k in range(60)})})
    page = render_page(parameters(), FACTS, contents(empty(Predictions), empty(Similarities), rejected=many))
    assert "The 40 most frequent reasons of 60 are shown." in page and "reason 59" in page


def test_numbers_are_rounded_and_missing_ones_are_dashes() -> None:
    assert (number(-3.14159), number(float("nan")), number(1234.0, ",d"), number(2.0, "+.1f")) == (
        "−3.1",
        DASH,
        "1,234",
        "+2.0",
    )
    assert (plus_minus(79.94, 0.4), plus_minus(79.94, float("nan"))) == ("79.9 ± 0.4", "79.9")
    assert (span([]), span([3, 3]), span([2, 3])) == (DASH, "3", "2 to 3")
