"""A figure as SVG that stands inside the page: text stays text, and colours follow the page's light or dark.

Source: https://www.w3.org/TR/SVG2/struct.html (`svg` inside HTML), https://www.w3.org/TR/wai-aria-1.2/ (`aria-*`).
"""

import re
from io import StringIO
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib.figure import Figure

from real_cloned.reporting.theme import css_variable, report_style

COLOUR = re.compile(r"#[0-9a-f]{6}\b")
REFERENCE = re.compile(r"url\(#")
REMOVED = ("metadata", "style")
"""Metadata names web addresses, and the style sheet would hold for the whole page; page.css has its rule."""


def inline_svg(figure: Figure, anchor: str) -> Markup:
    """Return the figure as an `svg` element, escaped; the same figure and anchor give the same text.

    Args:
        figure: Any figure.
        anchor: The section's, without spaces. It goes before every id, so that those of several figures stay apart.
            `<anchor>-heading` and `<anchor>-words` are the ids of the figure's heading and caption on the page.
    """
    root = ElementTree.fromstring(_save_svg(figure))
    for parent in list(root.iter()):
        for child in [child for child in parent if _local_name(child.tag) in REMOVED]:
            parent.remove(child)
    for element in root.iter():
        _rewrite(element, anchor)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img"} | {
        "aria-labelledby": f"{anchor}-heading",
        "aria-describedby": f"{anchor}-words",
    }
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - serialised, and thus escaped, above


@report_style()
def _save_svg(figure: Figure) -> str:
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _rewrite(element: ElementTree.Element, anchor: str) -> None:
    """Take namespaces and blank text away, and adapt the attributes, in place."""
    element.tag = _local_name(element.tag)
    attributes = {_local_name(name): value for name, value in element.attrib.items()}
    element.attrib = {name: _attribute(name, value, anchor) for name, value in attributes.items()}
    if element.text is not None and not element.text.strip():
        element.text = None
    element.tail = None


def _attribute(name: str, value: str, anchor: str) -> str:
    """Return the value with the anchor before ids, and variables in place of colours."""
    if name == "id":
        return f"{anchor}-{value}"
    if name == "href":
        return f"#{anchor}-{value.removeprefix('#')}"
    value = REFERENCE.sub(f"url(#{anchor}-", value)
    if name in ("style", "fill", "stroke"):
        return COLOUR.sub(lambda match: f"var({css_variable(match[0])}, {match[0]})", value)
    return value


def _local_name(name: str) -> str:
    """Return a name without its namespace: inside a page it is the element that says what is SVG."""
    return name.rpartition("}")[2]
