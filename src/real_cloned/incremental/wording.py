"""What differs between two stamps, in words."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from real_cloned.incremental.ledger import Stamp, digest

MOST = 3
"""Names that one reason gives; the others are counted."""


def difference(old: Stamp, new: Stamp) -> str | None:
    """Return what changed, such as "parameters changed (embed.batch_size 64 → 128)"; None where nothing did."""
    kinds = [kind for kind in {**new, **old} if digest(old.get(kind, {})) != digest(new.get(kind, {}))]
    return "; ".join(_said(kind, old.get(kind, {}), new.get(kind, {})) for kind in kinds) or None


def listed(names: Iterable[str], most: int = MOST) -> str:
    """Return names in a row, all beyond `most` of them counted."""
    known = list(names)
    rest = len(known) - most
    return ", ".join(known) if rest <= 0 else f"{', '.join(known[:most])} and {rest} more"


def _said(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    before, after = _flat(old), _flat(new)
    changed = [name for name in {**before, **after} if _told(before, name) != _told(after, name)]
    tell: Callable[[str], str] = _change(before, after) if kind in ("parameters", "libraries") else str
    return f"{kind} changed ({listed(tell(name) for name in changed)})"


def _change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Callable[[str], str]:
    def tell(name: str) -> str:
        return f"{name} {_value(before, name)} → {_value(after, name)}"

    return tell


def _value(values: Mapping[str, Any], name: str) -> str:
    text = "none" if name not in values else "null" if values[name] is None else str(values[name])
    return text if len(text) <= 40 else text[:39] + "…"


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return nested values by dotted name: {"probe.seed": 0}."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        full = f"{above}{name}"
        flat |= _flat(value, f"{full}.") if isinstance(value, dict) and value else {full: value}
    return flat


def _told(values: Mapping[str, Any], name: str) -> str | None:
    """Return by what a value is compared: 1, 1.0 and true differ, and so do null and no value at all."""
    return digest(values[name]) if name in values else None
