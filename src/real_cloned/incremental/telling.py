"""What a run says before it begins: how much is fresh, what runs, and why."""

from collections.abc import Mapping, Sequence

from real_cloned.incremental.decision import Node, Verdict
from real_cloned.incremental.wording import listed

MOST_ALIKE = 4
"""Nodes that are named for one reason; where there are more, the first ones are named and the others are counted."""


def told(nodes: Sequence[Node], running: Mapping[str, Verdict]) -> list[str]:
    """Return a line that counts, then one for each node that runs; nodes that run for one reason share a line."""
    certain = {name for name, verdict in running.items() if verdict.certain}
    lines = [_count(len(nodes), len(certain), len(running) - len(certain))]
    by_reason: dict[str, list[str]] = {}
    for node in nodes:
        if node.name in certain:
            by_reason.setdefault(running[node.name].why, []).append(label(node))
    lines += [f"  {_names(names)}: {why}" for why, names in by_reason.items()]
    following = [label(node) for node in nodes if node.name in running and node.name not in certain]
    return [*lines, f"  what follows from them: {_names(following)}"] if following else lines


def label(node: Node) -> str:
    """Return what a node makes, by which users know it; its own name where it makes nothing or much."""
    return ", ".join(node.outputs) if 0 < len(node.outputs) <= 2 else node.name


def _names(names: list[str]) -> str:
    return listed(names, MOST_ALIKE if len(names) > MOST_ALIKE + 1 else len(names))


def _count(total: int, certain: int, following: int) -> str:
    fresh = total - certain - following
    if fresh == total:
        return f"Nothing to do: all {total} nodes are fresh"
    more = f", and up to {following} that follow from them" if following else ""
    return f"{certain} of {total} nodes run{more}; {fresh} {'is' if fresh == 1 else 'are'} fresh"
