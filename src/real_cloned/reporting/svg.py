"""A figure as SVG that stands inside the page: text stays text, and colours follow the page's light or dark."""

import re
from io import StringIO
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib.figure import Figure

from real_cloned.reporting.figures.dark import variable
from real_cloned.reporting.figures.style import house_style

_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_REFERENCE = re.compile(r"url\(#")
_LEFT_OUT = ("metadata", "style")
"""Metadata name web addresses, and the style sheet would hold for the whole page; page.css has its rule."""


def inline_svg(figure: Figure, anchor: str) -> Markup:
    """Return the figure as an `svg` element, escaped; the same figure and anchor give the same text.

    anchor : of the section, without spaces. It goes before every id, so that those of several figures stay apart, and
        `<anchor>-heading` and `<anchor>-words` are the ids of what the figure is called and described by
    """
    root = ElementTree.fromstring(_svg(figure))
    for parent in list(root.iter()):
        for child in [child for child in parent if _local(child.tag) in _LEFT_OUT]:
            parent.remove(child)
    for element in root.iter():
        _rewrite(element, anchor)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img"} | {
        "aria-labelledby": f"{anchor}-heading",
        "aria-describedby": f"{anchor}-words",
    }
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - serialised, and thus escaped, above


@house_style()
def _svg(figure: Figure) -> str:
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _rewrite(element: ElementTree.Element, anchor: str) -> None:
    element.tag = _local(element.tag)
    element.attrib = {_local(name): _reword(_local(name), value, anchor) for name, value in element.attrib.items()}
    if element.text is not None and not element.text.strip():
        element.text = None
    element.tail = None


def _reword(name: str, value: str, anchor: str) -> str:
    if name == "id":
        return f"{anchor}-{value}"
    if name == "href":
        return f"#{anchor}-{value.removeprefix('#')}"
    value = _REFERENCE.sub(f"url(#{anchor}-", value)
    if name in ("style", "fill", "stroke"):
        return _COLOUR.sub(lambda found: f"var({variable(found[0])}, {found[0]})", value)
    return value


def _local(name: str) -> str:
    """Return a name without its namespace: inside a page it is the element that says what is SVG."""
    return name.rpartition("}")[2]
