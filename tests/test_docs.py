"""The documentation: configurations that resolve, links and names that exist, tables that list everything."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader

from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.settings import CONFIG_LOADER_ARGS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/real_cloned"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
SNIPPETS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/reproducing.md").read_text(), re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")
NAME = re.compile(r"\breal_cloned(?:\.\w+)+")
SOURCE = re.compile(r"`(\w+/[\w/]+\.py)`")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_every_configuration_shown_resolves_into_the_parameter_models(snippet, tmp_path):
    (tmp_path / "local").mkdir()
    (tmp_path / "base").symlink_to(ROOT / "conf/base")
    (tmp_path / "local/parameters.yml").write_text(snippet)
    loaded = OmegaConfigLoader(str(tmp_path), env="local", **CONFIG_LOADER_ARGS)["parameters"]
    corpora = {name: CorpusParameters(**settings) for name, settings in loaded["corpora"].items()}
    assert all(VariantParameters(settings).name == name for name, settings in loaded["pretrain"].items())
    assert all(SeparationParameters(**settings) for settings in loaded["separation"].values())
    roots = {corpus.root for corpus in corpora.values() if corpus.root}
    assert roots <= {"/data/fma", "/data/mtg-jamendo", "/music"}
    assert corpora["train"].part == ("train" if corpora["train"].root else "all")
    assert {corpus.source for corpus in corpora.values() if corpus.published_splits} <= {"fma", "mtg_jamendo"}


@pages
def test_every_relative_link_leads_to_a_file_and_a_heading_that_exist(page):
    links = [link for link in LINK.findall(without_code(page)) if "://" not in link]
    assert [link for link in links if not exists(page, link)] == []


def test_a_link_to_a_missing_file_or_heading_is_noticed():
    page = ROOT / "README.md"
    assert exists(page, "docs/index.md#all-pages")
    assert not exists(page, "docs/no_such_page.md")
    assert not exists(page, "docs/index.md#no-such-heading")


@pages
def test_every_dotted_name_of_the_package_exists(page):
    names = {name for name in NAME.findall(page.read_text()) if not name.endswith(".git")}
    assert sorted(name for name in names if not resolves(name)) == []


def test_a_dotted_name_that_does_not_exist_is_noticed():
    assert resolves("real_cloned.audio.shard_store.ShardStore")
    assert not resolves("real_cloned.audio.shard_store.NoSuchStore")
    assert not resolves("real_cloned.no_such_room")


@pages
def test_every_source_file_that_is_named_exists(page):
    examples_and_others = ("my_", "scripts/download")
    named = {name for name in SOURCE.findall(page.read_text()) if not any(part in name for part in examples_and_others)}
    folders = (ROOT, ROOT / "src", PACKAGE)
    assert sorted(name for name in named if not any((folder / name).is_file() for folder in folders)) == []


def test_the_index_lists_all_other_pages():
    index = (ROOT / "docs/index.md").read_text()
    assert [page.name for page in PAGES if page.name != "index.md" and f"{page.name})" not in index] == []


def test_the_architecture_names_every_room():
    text = (ROOT / "docs/architecture.md").read_text()
    rooms = {file.parent.name for file in (ROOT / "src/real_cloned").glob("*/__init__.py")}
    assert {room for room in rooms if f"| `{room}/` |" not in text} == set()


def test_the_tables_list_every_dataset_with_its_file_and_its_schema():
    rows = table_rows(ROOT / "docs/tables.md")
    entries: dict[str, Any] = OmegaConfigLoader(str(ROOT / "conf"), env="demo", **CONFIG_LOADER_ARGS)["catalog"]
    written = {name: entry for name, entry in entries.items() if not is_second_name(name, entries)}
    assert {name for name in written if f"`{name}`" not in rows} == set()
    files = {name: Path(entry["filepath"]).name for name, entry in written.items()}
    assert {name for name in written if Path(files[name]).stem not in rows[f"`{name}`"]} == set()
    checked = {name: entry["validator"]["class"] for name, entry in written.items() if "validator" in entry}
    schemas = {name: schema.rpartition(".")[2] for name, schema in checked.items()}
    assert {name for name, schema in schemas.items() if f"`{schema}`" not in rows[f"`{name}`"]} == set()


def without_code(page: Path) -> str:
    """Return a page's text without its code blocks."""
    return re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)


def exists(page: Path, link: str) -> bool:
    """Return whether a relative link of a page leads to a file, and to a heading where it names one."""
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


@cache
def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = HEADING.findall(without_code(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def resolves(name: str) -> bool:
    """Return whether a dotted name is a module, or leads from a module to an attribute."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            if not hasattr(value, attribute):
                return False
            value = getattr(value, attribute)
        return True
    return False


def table_rows(page: Path) -> dict[str, str]:
    """Return the rows of a page's tables by the names in their first cell; a row may have several."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    return {name: line for line in lines for name in re.findall(r"`[^`]+`", line.split("|")[1])}


def is_second_name(name: str, entries: dict[str, Any]) -> bool:
    """Return whether an entry is the name under which later stages read another entry's file."""
    prefix, at, rest = name.partition("@")
    return bool(at) and rest in entries and prefix != "training"
