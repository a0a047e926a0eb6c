"""The report as one self-contained HTML page: its sections in order, its header, and where its numbers come from.

The page has one script of its own and loads nothing from elsewhere; its policy forbids all scripts but that one. A
further section is one more file in `reporting.sections`, and its function in `PARTS`.
"""

import platform
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.html_tables import DASH
from real_cloned.reporting.sections import (
    accuracy,
    album_split,
    baseline_classifiers,
    calibration,
    clone_calibration,
    comparisons,
    context,
    covers,
    cross_synthesis,
    figure1_closed_cloned,
    figure2_genres,
    figure3_training_tracks,
    figure4_similarity,
    languages,
    not_enrolled,
    overview,
    rejected_files,
    singer_map,
    singers,
    stem_comparison,
    table1_datasets,
    table2_open_datasets,
    table3_prior_work,
    training,
    verification_and_retrieval,
)
from real_cloned.reporting.sections.base import ReportData, Section
from real_cloned.reporting.templates import render_template

NOT_PUBLISHED = "The paper gives no values for these."
SectionMaker = Callable[[ReportData], Section]
Part = tuple[str, str, tuple[SectionMaker, ...]]
"""Heading, text and sections of a part of the page."""
PARTS: tuple[Part, ...] = (
    (
        "The paper's tables and figures",
        "Each number of ours beside the published one, where the paper has one.",
        (
            overview.section,
            table1_datasets.section,
            table2_open_datasets.section,
            table3_prior_work.section,
            figure1_closed_cloned.section,
            figure2_genres.section,
            figure3_training_tracks.section,
            figure4_similarity.section,
            languages.section,
        ),
    ),
    (
        "Statistics",
        NOT_PUBLISHED,
        (
            accuracy.section,
            comparisons.section,
            baseline_classifiers.section,
            singers.section,
            verification_and_retrieval.verification_section,
            verification_and_retrieval.retrieval_section,
            stem_comparison.section,
            singer_map.section,
            calibration.section,
            clone_calibration.section,
            not_enrolled.section,
        ),
    ),
    ("Checks", NOT_PUBLISHED, (album_split.section, cross_synthesis.section, context.section, covers.section)),
    ("Training and data", "", (training.section, rejected_files.section)),
)
"""Of the page of a study."""
OF_PAPER_OR_CLONES = (*PARTS[0][2], clone_calibration.section, cross_synthesis.section)
"""What a page of one's own recordings has not: there is nothing to compare with the paper's values, and no clone."""

LIBRARIES = (
    "real_cloned",
    "kedro",
    "torch",
    "torchaudio",
    "lightning",
    "timm",
    "demucs",
    "scikit-learn",
    "pandas",
    "av",
)


@dataclass(frozen=True)
class Group:
    """Sections that belong together, under one heading of the table of contents.

    Attributes:
        heading: The heading.
        text: What stands below it; empty for nothing.
        sections: The sections in their order.
    """

    heading: str
    text: str
    sections: list[Section]


def render_page(
    parameters: ReportParameters,
    facts: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, str] | None = None,
) -> str:
    """Return the page: the paper's tables and figures beside its published values, statistics, checks, and provenance.

    Args:
        parameters: The title, whether the singers are synthetic, which the page then says at its top, and which page.
        facts: What the reader should know of the run, in the order to print: value by name. The one named `separator`
            says who made the vocals: `reference`, the demo's ground-truth stems, or the name of a model.
        tables: Tables by the names that the catalog gives them; any may be empty or missing, and its section then says
            "no data".
        settings: The parameters of the run, text by name, each shown folded.

    Returns:
        HTML. Every text in it is escaped: a singer or a genre may be called anything.
    """
    return render_template(
        "page.html.j2",
        "page.js",
        parameters=parameters,
        facts=facts,
        settings=settings or {},
        separator=_describe_separator(facts, parameters),
        groups=make_groups(ReportData(parameters, tables)),
    )


def make_groups(data: ReportData) -> list[Group]:
    """Return all sections of the page in order.

    Args:
        data: The report's parameters and tables.
    """
    parts = PARTS if data.parameters.page == "study" else _own_parts()
    return [Group(heading, text, [section(data) for section in sections]) for heading, text, sections in parts]


def _own_parts() -> list[Part]:
    """Return the parts of a page of one's own recordings: first the singers, then what is left of a study's."""
    first: Part = ("Your singers", "", (singers.section,))
    left_out = (*first[2], *OF_PAPER_OR_CLONES)
    rest = [(heading, text, tuple(one for one in sections if one not in left_out)) for heading, text, sections in PARTS]
    return [first, *(part for part in rest if part[2])]


def run_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """Return what the reader should know of the run: value by name, in the order to print.

    Args:
        facts: Further facts, which come first; after them stand the time (UTC), the working folder's git commit, and
            the versions of Python and the libraries.
    """
    versions = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
    time = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {**facts, "made": time, "commit": git_commit(), "python": platform.python_version(), "libraries": versions}


def git_commit() -> str:
    """Return the commit of the working folder, marked where files have changed since; or that there is none."""
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not in a git repository"


def _describe_separator(facts: Mapping[str, str], parameters: ReportParameters) -> str:
    """Return who made the vocal stems, from the fact named `separator`."""
    separator = facts.get("separator") or DASH
    if separator.startswith("reference"):
        return (
            "Vocals are the demo's ground-truth stems (separator: reference). Nothing was separated, so the errors of "
            "a real separator are not in these numbers."
        )
    if separator == DASH:
        return "It was not recorded which separator made the vocals."
    if separator == "small" and not parameters.synthetic:
        return (
            "Vocals were separated with small, which learned from synthetic voices: on real music it leaves much of "
            "the band in them. Better ones are htdemucs and spleeter."
        )
    return f"Vocals were separated with {separator}."
