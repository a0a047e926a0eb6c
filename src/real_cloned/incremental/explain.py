"""The words in which a run says, before it begins, how much is up to date, which nodes run, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from real_cloned.incremental.fingerprint import Fingerprint, digest
from real_cloned.incremental.state import NodeState

MAX_NAMES = 3
"""Names that one reason gives; the others are counted."""
MAX_NODES = 4
"""Nodes that are named for one reason; the others are counted, unless there is just one more."""


@dataclass(frozen=True)
class RerunReason:
    """Why a node runs.

    Attributes:
        text: The reason in words.
        certain: False if it depends on what the nodes before it make.
    """

    text: str
    certain: bool = True


def explain_plan(nodes: Sequence[NodeState], reasons: Mapping[str, RerunReason]) -> list[str]:
    """Return a line that counts, then a line for each reason with the nodes that run for it.

    Args:
        nodes: All nodes of the pipeline.
        reasons: Why nodes run, by the name of the node; nodes that are up to date are left out.
    """
    certain = {name for name, reason in reasons.items() if reason.certain}
    lines = [_count_line(len(nodes), len(certain), len(reasons) - len(certain))]
    lines += _reason_lines(nodes, {name: reasons[name] for name in certain})
    dependent = [node_label(node) for node in nodes if node.name in reasons and node.name not in certain]
    verb = "depends" if len(dependent) == 1 else "depend"
    return [*lines, f"  {_list_nodes(dependent)}: {verb} on them"] if dependent else lines


def explain_stale_nodes(nodes: Sequence[NodeState], reasons: Mapping[str, RerunReason]) -> list[str]:
    """Return lines that warn of nodes on which a run builds without running them; none if there are none.

    Args:
        nodes: All nodes, each after those that it depends on.
        reasons: Why they would run, by the name of the node.
    """
    if not reasons:
        return []
    return [
        "Warning: this run leaves out nodes that are not up to date, and builds on what they made before:",
        *_reason_lines(nodes, reasons),
        "  `kedro run` without a choice of nodes, with the same --env and --params, runs them first",
    ]


def node_label(node: NodeState) -> str:
    """Return a node's outputs, by which users know it; its own name if it has none or more than two.

    Args:
        node: The node.
    """
    return ", ".join(node.outputs) if 0 < len(node.outputs) <= 2 else node.name


def explain_difference(old: Fingerprint, new: Fingerprint) -> str | None:
    """Return what differs between two fingerprints, such as "parameters changed (embed.batch_size 64 → 128)".

    Args:
        old: What an output was made from.
        new: What it would be made from now.

    Returns:
        The words; None if the fingerprints are equal.
    """
    kinds = [kind for kind in {**new, **old} if digest(old.get(kind, {})) != digest(new.get(kind, {}))]
    return "; ".join(_explain_kind(kind, old.get(kind, {}), new.get(kind, {})) for kind in kinds) or None


def _reason_lines(nodes: Sequence[NodeState], reasons: Mapping[str, RerunReason]) -> list[str]:
    """Return a line for each reason, with the nodes that it concerns."""
    by_reason: dict[str, list[str]] = {}
    for node in nodes:
        if node.name in reasons:
            by_reason.setdefault(reasons[node.name].text, []).append(node_label(node))
    return [f"  {_list_nodes(labels)}: {text}" for text, labels in by_reason.items()]


def _count_line(n_nodes: int, n_certain: int, n_dependent: int) -> str:
    n_up_to_date = n_nodes - n_certain - n_dependent
    if n_up_to_date == n_nodes:
        return f"Nothing to do: all {n_nodes} nodes are up to date"
    more = f", and up to {n_dependent} that depend on them" if n_dependent else ""
    return f"{n_certain} of {n_nodes} nodes run{more}; {n_up_to_date} {'is' if n_up_to_date == 1 else 'are'} up to date"


def _list_nodes(labels: list[str]) -> str:
    return _list_names(labels, MAX_NODES if len(labels) > MAX_NODES + 1 else len(labels))


def _list_names(names: Iterable[str], at_most: int = MAX_NAMES) -> str:
    """Return names in a row, those beyond `at_most` counted."""
    known = list(names)
    n_more = len(known) - at_most
    return ", ".join(known) if n_more <= 0 else f"{', '.join(known[:at_most])} and {n_more} more"


def _explain_kind(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    before, after = _flatten(old), _flatten(new)
    changed = [name for name in {**before, **after} if _value_id(before, name) != _value_id(after, name)]
    if kind in ("parameters", "libraries"):
        changed = [f"{name} {_value_text(before, name)} → {_value_text(after, name)}" for name in changed]
    return f"{kind} changed ({_list_names(changed)})"


def _value_text(values: Mapping[str, Any], name: str) -> str:
    text = "none" if name not in values else "null" if values[name] is None else str(values[name])
    return text if len(text) <= 40 else text[:39] + "…"


def _value_id(values: Mapping[str, Any], name: str) -> str | None:
    """Return by what values are compared: 1, 1.0 and true differ, and so do null and no value at all."""
    return digest(values[name]) if name in values else None


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values by dotted name, such as {"probe.seed": 0}."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        full_name = f"{prefix}{name}"
        flat |= _flatten(value, f"{full_name}.") if isinstance(value, dict) and value else {full_name: value}
    return flat
