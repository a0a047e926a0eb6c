"""The report as one self-contained HTML page: one script of its own, and nothing that it would load from elsewhere."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from real_cloned.parameters.report import ReportParameters
from real_cloned.reporting.captions import separator_sentence
from real_cloned.reporting.figures.dark import dark_rules
from real_cloned.reporting.sections import Contents, sections
from real_cloned.reporting.svg import inline_svg


def render_page(
    parameters: ReportParameters,
    facts: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, str] | None = None,
) -> str:
    """Return the page: the paper's tables and figures beside its published values, statistics, checks, and provenance.

    parameters : title, and whether the singers are synthetic, which the page then says at its top
    facts : what the reader should know of the run, name by value in the order to print: versions, seed, commit, time.
        The one named `separator` says who made the vocals: `reference`, the demo's ground-truth stems, or a model
    tables : by the names that the catalog gives them; any may be empty or missing, and its section then says "no data"
    settings : the parameters of the run, name by text, each shown folded

    Every text is escaped: a singer or genre may be called anything. The page's policy forbids all scripts but its own.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["inline_svg"] = inline_svg
    script = _file("page.js")
    return environment.from_string(_file("page.html.j2")).render(
        parameters=parameters,
        facts=facts,
        settings=settings or {},
        separator=separator_sentence(facts),
        groups=sections(Contents(parameters, tables)),
        style=Markup(_file("page.css")),  # noqa: S704 - ours
        dark=Markup(dark_rules()),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
    )


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
