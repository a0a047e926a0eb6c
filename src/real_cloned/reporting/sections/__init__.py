"""The parts of the page: a function per section, in modules by what they are about.

A further section is one more function in one of the modules, and its name in the module's SECTIONS.
"""

from real_cloned.reporting.sections import accuracy, checks, confidence, making, paper_figures, paper_tables, similarity
from real_cloned.reporting.sections.section import Contents, Group, Maker, Section

NOT_PUBLISHED = "The paper gives no values for these."
GROUPS: tuple[tuple[str, str, tuple[Maker, ...]], ...] = (
    (
        "The paper's tables and figures",
        "Each number of ours beside the published one, where the paper has one.",
        (*paper_tables.SECTIONS, *paper_figures.SECTIONS),
    ),
    ("Statistics", NOT_PUBLISHED, (*accuracy.SECTIONS, *similarity.SECTIONS, *confidence.SECTIONS)),
    ("Checks", NOT_PUBLISHED, checks.SECTIONS),
    ("Training and data", "", making.SECTIONS),
)


def sections(contents: Contents) -> list[Group]:
    """Return the parts of the page in order."""
    return [Group(heading, words, [make(contents) for make in makers]) for heading, words, makers in GROUPS]


__all__ = ["Contents", "Group", "Section", "sections"]
