"""The report as one self-contained HTML page: no script, and nothing that it would load from elsewhere."""

from base64 import b64encode
from importlib.resources import files
from io import BytesIO

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from real_cloned.parameters import ReportParameters
from real_cloned.reporting.captions import separator_sentence
from real_cloned.reporting.figures.style import house_style
from real_cloned.reporting.sections import Contents, sections


def render_page(parameters: ReportParameters, facts: dict[str, str], contents: Contents) -> str:
    """Return the page: what was run, Tables 1 to 3, Figures 1 to 4, each beside the paper's published values.

    parameters : title, and whether the singers are synthetic, which the page then says at its top
    facts : what the reader should know of the run, name by value in the order to print: versions, seed, commit, time.
        The one named `separator` says who made the vocals: `reference`, the demo's ground-truth stems, or a model
    contents : the tables; any may be empty, and is then shown as such

    Every text is escaped: a singer or genre may be called anything.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["data_uri"] = data_uri
    return environment.from_string(_file("page.html.j2")).render(
        parameters=parameters,
        facts=facts,
        separator=separator_sentence(facts),
        sections=sections(parameters, contents),
        style=Markup(_file("page.css")),
    )


@house_style()
def data_uri(figure: Figure) -> str:
    """Return the figure as an SVG that stands inside the page; the same figure gives the same text."""
    buffer = BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return f"data:image/svg+xml;base64,{b64encode(buffer.getvalue()).decode()}"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
