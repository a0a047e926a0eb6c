"""The versions of the libraries that code names."""

import platform
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata

from real_cloned.core.runtime import is_deterministic


def versions(imported: Iterable[str]) -> dict[str, str]:
    """Return the version of each library by the name that it is installed under, and Python's (its first two numbers).

    imported : names as they are imported; what is of the standard library, or not installed, is left out, and so is
        Kedro, which carries nodes out and computes nothing
    """
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in sorted(set(imported) - sys.stdlib_module_names - {"kedro"}):
        found |= {distribution: _version(distribution) for distribution in _distributions().get(name, [])}
    if "torch" in found and is_deterministic():
        found["torch"] += ", deterministic"
    return found


@cache
def _version(distribution: str) -> str:
    return metadata.version(distribution)


@cache
def _distributions() -> dict[str, list[str]]:
    return {name: sorted(set(found)) for name, found in metadata.packages_distributions().items()}
