"""Templates of self-contained pages: one style, one script of their own, and a policy that forbids all others."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from real_cloned.reporting.svg import inline_svg
from real_cloned.reporting.theme import dark_css


def render_template(template: str, script: str, **values: Any) -> str:
    """Return a page as HTML. Every text in it is escaped: a singer or a genre may be called anything.

    Args:
        template: Name of a template of this package.
        script: Name of the page's script, a file of this package.
        **values: What the template shows.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["inline_svg"] = inline_svg
    code = _read_resource(script)
    return environment.from_string(_read_resource(template)).render(
        **values,
        style=Markup(_read_resource("page.css")),  # noqa: S704 - a file of the package
        dark=Markup(dark_css()),  # noqa: S704 - made of constants
        script=Markup(code),  # noqa: S704 - a file of the package
        script_hash=b64encode(sha256(code.encode()).digest()).decode(),
    )


def _read_resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
