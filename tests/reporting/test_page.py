"""The page: what it shows, that it escapes, and that it needs nothing from elsewhere."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from io import StringIO

import pandas as pd
import pytest

from real_cloned.reporting.html_tables import DASH
from real_cloned.reporting.page import git_commit, make_groups, render_page, run_facts
from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.rejected_files import rejected_files_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.report import TEXT_COLUMNS, csv_options
from real_cloned.schemas.results import Predictions, Similarities
from tests.reporting.fabricated import parameters, prediction, predictions, rejected, similarities, table_of
from tests.reporting.page_tables import statistics, tables

FACTS = {"separator": "reference", "git commit": "abc123", "seed": "7"}


DRAWINGS = {f"figure{k}" for k in range(1, 5)} | {
    "singer_map", "calibration", "not_enrolled", "cross_synthesis", "context",
}  # fmt: skip


SCRIPT = files("real_cloned.reporting").joinpath("page.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def full() -> dict[str, pd.DataFrame]:
    """Every table of a study with three variants."""
    return tables(predictions(n_runs=2), similarities()) | statistics()


@pytest.fixture(scope="module")
def full_page(full: dict[str, pd.DataFrame]) -> str:
    """The page of these tables."""
    return render_page(parameters(), FACTS, full)


@cache
def nothing() -> dict[str, pd.DataFrame]:
    """Return the tables of a study in which nothing was run; tests only look at them."""
    return tables(empty_table(Predictions), empty_table(Similarities))


def section(page: str, anchor: str) -> str:
    """Return one section of the page."""
    return page.split(f'<section id="{anchor}"')[1].split("</section>")[0]


def test_the_page_shows_every_table_and_figure_with_the_published_values(full_page: str) -> None:
    for anchor in ("table1", "table2", "table3", "figure1", "figure2", "figure3", "figure4", "languages"):
        assert f'<section id="{anchor}"' in full_page and f'href="#{anchor}"' in full_page
    for value in ("176,141", "79.9 ± 0.4", "63.1", "93.2", "41.6", "88.5", "90.8", "abc123", "too short", "2.500"):
        assert value in full_page


def test_the_page_shows_every_statistic_and_check(full_page: str) -> None:
    assert {anchor for anchor in DRAWINGS if "<svg " in section(full_page, anchor)} == DRAWINGS
    assert full_page.count("<svg ") == len(DRAWINGS)
    values = {
        "baselines": "cosine nearest centroid", "comparisons": "Vocal − Mixture", "verification": "0.789",
        "retrieval": "87.8", "calibration": "0.08 (bound)", "clone_calibration": "2.50 to 4.00 (25 % at a bound)",
        "not_enrolled": "70.0 ± 5.0", "album_split": "−20.0 to −5.0",
        "cross_synthesis": "vocoder", "context": "voice alone", "singer_map": "singer 11", "singers": "s039",
    }  # fmt: skip
    for anchor, value in values.items():
        assert value in section(full_page, anchor), anchor


def test_a_section_without_its_table_says_so() -> None:
    bare = render_page(parameters(), {}, {})
    whole = render_page(parameters(), {}, nothing())
    for group in make_groups(ReportData(parameters(), {})):
        for part in group.sections:
            assert "no data" in section(bare, part.anchor) or DASH in section(bare, part.anchor)
            assert "<svg" not in section(whole, part.anchor)


def test_every_section_has_its_place_in_the_table_of_contents() -> None:
    page = render_page(parameters(), {}, {})
    anchors = re.findall(r'<section id="([^"]+)"', page)
    assert re.findall(r'<li><a href="#([^"]+)">', page.split("</nav>")[0]) == anchors
    assert len(set(anchors)) == len(anchors) > 20


def test_accuracies_counted_otherwise_stand_beside_the_papers() -> None:
    data = tables(predictions(n_runs=1), similarities())["accuracies"]
    changed = data.assign(top5_log_probability_mean=12.21, top5_log_probability_std=1.0)
    changed = changed.assign(macro_top1_mean=34.43, macro_top1_std=1.0)
    page = section(render_page(parameters(), {}, {"accuracies": changed}), "accuracies")
    assert "12.2 ± 1.0" in page and "34.4 ± 1.0" in page and "weigh alike" in page


def test_the_page_says_at_its_top_that_the_singers_are_synthetic() -> None:
    assert "These singers are synthetic" in render_page(parameters(), FACTS, nothing()).split("<main")[0]
    assert "synthetic" not in render_page(parameters(synthetic=False), FACTS, nothing())


def test_the_page_says_who_made_the_vocals() -> None:
    assert "ground-truth stems" in render_page(parameters(), FACTS, nothing())
    assert "Vocals were separated with htdemucs." in render_page(parameters(), {"separator": "htdemucs"}, nothing())
    assert "separated with small." in render_page(parameters(), {"separator": "small"}, nothing())
    real = render_page(parameters(synthetic=False), {"separator": "small"}, nothing())
    assert "on real music it leaves much of the band" in real
    assert "not recorded which separator" in render_page(parameters(), {}, nothing())


def test_the_parameters_of_the_run_are_folded_away() -> None:
    page = render_page(parameters(), FACTS, {}, {"pretrain.vocal": "temperature: 0.2\nname: <b>\n"})
    assert "<summary>pretrain.vocal</summary>" in page and "temperature: 0.2\nname: &lt;b&gt;" in page
    assert "<details open" not in page


def test_an_empty_study_is_shown_with_dashes() -> None:
    page = render_page(parameters(), {}, nothing())
    body = page.split("</style>")[1].split("<script>")[0]
    assert not re.search(r"\b(nan|na|none)\b|<NA>", body.split("</head>")[1], re.IGNORECASE)
    assert f'<td class="number" data-key="">{DASH}</td>' in page and "no data" in page


def test_names_are_escaped_wherever_they_stand() -> None:
    evil = "<script>alert('1')</script>--!>"
    rows = [
        prediction(track_id=f"t{k}", corpus=corpus, variant=variant, genre=evil, language=evil, true_ids=[evil])
        for k in range(3)
        for corpus in ("closed", "cloned", "fma")
        for variant in ("vocal", evil)
    ]
    data = tables(table_of(rows), similarities()) | statistics((evil, "vocal"))
    clones = data["cross_synthesis_numbers"]
    methods = clones["clone_method"].replace({"blend": evil})
    data["cross_synthesis_numbers"] = clones.assign(clone_method=methods)
    data["singer_map_numbers"] = data["singer_map_numbers"].assign(singer_id=evil)
    data["rejected_files"] = rejected_files_table({evil: rejected({evil: 1})})
    page = render_page(parameters(title=evil), {evil: evil, "separator": evil}, data, {evil: evil})
    assert page.lower().count("<script") == 1 and f"<script>{SCRIPT}</script>" in page
    for drawing in ("figure1", "figure2", "cross_synthesis", "context", "singer_map"):
        assert "&lt;script&gt;" in re.search(r"<svg .*</svg>", section(page, drawing), re.DOTALL)[0], drawing
    assert page.count("&lt;script&gt;") > 50


def test_the_page_loads_nothing_and_runs_its_own_script_alone(full_page: str) -> None:
    assert not re.search(r"https?://|@import|url\((?!#)|<link|<img|<use [^>]*href=\"(?!#)| on\w+=", full_page)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in full_page and "default-src 'none'" in full_page


def test_ids_are_unique_and_everything_that_is_referred_to_is_there(full_page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', full_page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', full_page)) <= set(ids)
    referred = re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', full_page)
    assert set(referred) <= set(ids)


def test_numbers_carry_the_key_by_which_they_are_sorted_and_words_none(full_page: str) -> None:
    table1 = section(full_page, "table1")
    assert '<td class="number" data-key="25929">25,929</td>' in table1
    assert "<td>Closed</td>" in table1


def test_the_same_contents_give_the_same_page_also_when_they_went_through_csv(
    full: dict[str, pd.DataFrame], full_page: str
) -> None:
    files = {
        name: next(file for file in TEXT_COLUMNS if file.startswith(name.removesuffix("_numbers"))) for name in full
    }
    read = {
        name: pd.read_csv(StringIO(table.to_csv(index=False)), **csv_options(files[name]))
        for name, table in full.items()
    }
    assert render_page(parameters(), FACTS, read) == full_page


def test_facts_name_the_versions_and_keep_what_the_caller_adds():
    facts = run_facts({"separator": "small"})
    assert list(facts)[0] == "separator"
    assert "torch 2" in facts["libraries"]


def test_a_folder_without_git_is_said_to_be_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_commit() == "not in a git repository"


def test_a_page_of_ones_own_recordings_begins_with_the_singers_and_has_nothing_of_the_paper_or_of_clones() -> None:
    page = render_page(parameters(page="own"), FACTS, nothing())
    anchors = re.findall(r'<section id="([^"]+)"', page)
    assert anchors[0] == "singers"
    assert {"rejected", "accuracies", "not_enrolled"} <= set(anchors)
    assert not {"glance", "table1", "figure1", "figure4", "cross_synthesis", "clone_calibration"} & set(anchors)
    assert "beside the values that the paper" not in page
