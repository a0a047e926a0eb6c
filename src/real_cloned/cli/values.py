"""The option `--params`: NAME=VALUE, several separated by commas. A value that is a text is taken as it is written.

Kedro cuts at every comma and reads every value as YAML, which makes `/music/Top` of `/music/Top #1`. Here the models
of the parameters say which values are texts; only the others are YAML.
"""

import re
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.groups import value_types

NEXT_ITEM = re.compile(r",(?=\s*[A-Za-z][\w.]*\s*=)")
"""A comma that a name and an equals sign follow; any other comma is a part of the value."""
QUOTES = ("'", '"')


def parse_params(text: str) -> dict[str, Any]:
    """Return the parameters as nested mappings.

    Args:
        text: Such as `own.root=/music/Top #1,probe.seed=3`. A value in quotes is what is between them, whatever it is;
            `null` is no value where a text may be missing.

    Raises:
        RealClonedError: An item is not NAME=VALUE, or a value that is no text is not YAML.

    Example:
        >>> parse_params("own.root=/music/Simon, Garfunkel #1,probe.seed=3")
        {'own': {'root': '/music/Simon, Garfunkel #1'}, 'probe': {'seed': 3}}
    """
    values: dict[str, Any] = {}
    for item in _split(text):
        name, equals, value = item.partition("=")
        name = name.strip()
        if not equals or not name:
            raise RealClonedError(f"--params: `{item}` is not NAME=VALUE; several are separated by commas")
        for other in values:
            if f"{name}.".startswith(f"{other}.") or other.startswith(f"{name}."):
                raise RealClonedError(f"--params: `{name}` is given twice, or within `{other}`")
        values[name] = _value(name, value)
    config = OmegaConf.create()
    for name, value in values.items():
        OmegaConf.update(config, name, value, force_add=True)
    parsed: dict[str, Any] = OmegaConf.to_container(config)  # type: ignore[assignment]
    return parsed


def _split(text: str) -> list[str]:
    """Return the items; one whose value opens with a quote ends with that quote."""
    items: list[str] = []
    for part in NEXT_ITEM.split(text) if text.strip() else ():
        if items and _is_open(items[-1].partition("=")[2]):
            items[-1] += f",{part}"
        else:
            items.append(part)
    return items


def _is_open(value: str) -> bool:
    return value.startswith(QUOTES) and not (len(value) > 1 and value.endswith(value[0]))


def _value(name: str, value: str) -> Any:
    types = value_types(name)
    if str not in types:
        return _yaml_value(name, value)
    if value == "null" and type(None) in types:
        return None
    is_quoted = len(value) > 1 and value.startswith(QUOTES) and value.endswith(value[0])
    text = value[1:-1] if is_quoted else value
    # OmegaConf would look up what stands in `${}`, and takes a backslash before it for an escape.
    return re.sub(r"(\\*)\$\{", lambda found: rf"{found[1]}{found[1]}\${{", text)


def _yaml_value(name: str, value: str) -> Any:
    try:
        return OmegaConf.to_container(OmegaConf.create(f"value: {value}"))["value"]  # type: ignore[index,call-overload]
    except (YAMLError, OmegaConfBaseException) as error:
        problem = str(getattr(error, "problem", None) or error).splitlines()[0]
        raise RealClonedError(f"--params: the value of `{name}`, {value}, is not YAML: {problem}") from error
