"""Which nodes run, and why: a pure function of a pipeline, of what made its outputs, and of what would make them now.

An input is known by what was in it when it was made. What a running node will make is not known before it has run, so
that all that follows from it is chosen, too, and judged again when its turn has come: where a node turns out to be
given the same as before, it does not run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from real_cloned.incremental.ledger import Made, Stamp, digest
from real_cloned.incremental.wording import difference


@dataclass(frozen=True)
class Node:
    """A node: the datasets that it is given (parameters left out) and makes, and all that made them but its inputs.

    reads, writes : folders of raw files that lie outside the catalog
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    own: Stamp
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    def stamp(self, contents: Mapping[str, str | None]) -> Stamp:
        """Return what makes its outputs when its inputs hold `contents`."""
        return {**self.own, "inputs": {name: contents[name] for name in self.inputs}}

    def work(self, stamp: Stamp) -> str:
        """Return by what work under way is known: by all of its stamp but the folders that it writes itself."""
        files = {name: state for name, state in stamp["files"].items() if name not in self.writes}
        return digest({**stamp, "files": files})


@dataclass(frozen=True)
class Stored:
    """What is there: per kept output of the pipeline the state of its files, None where it is missing.

    made : what is known of these outputs; begun : those that a run was stopped at
    given : what inputs hold that no node of the pipeline makes
    """

    states: Mapping[str, str | None]
    made: Mapping[str, Made]
    begun: frozenset[str] = frozenset()
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Why a node runs; `certain` is False where that hangs on what the nodes before it make."""

    why: str
    certain: bool = True


@dataclass(frozen=True)
class Wishes:
    """Nodes that the user named, which run whatever is known of them; or all of them."""

    names: frozenset[str] = frozenset()
    everything: bool = False


NO_WISHES = Wishes()


def decide(nodes: Sequence[Node], stored: Stored, wishes: Wishes = NO_WISHES) -> dict[str, Verdict]:
    """Return the nodes that run, in their order, each with its reason; nodes : each after those that it depends on."""
    contents: dict[str, str | None] = dict(stored.given)
    running: dict[str, Verdict] = {}
    written: list[str] = []
    for node in nodes:
        certain = _wished(node, wishes) or _lacking(node, stored)
        verdict = Verdict(certain) if certain else _judged(node, stored, contents, written)
        if verdict is not None:
            running[node.name] = verdict
            written += node.writes
        contents |= _contents(node, stored, contents, verdict is not None)
    return _with_makers(nodes, stored, running)


def reason(node: Node, stored: Stored, contents: Mapping[str, str | None]) -> str | None:
    """Return why the outputs of a node are not what it would make of `contents`; None where they are."""
    lacking = _lacking(node, stored)
    if lacking is not None:
        return lacking
    kept = [output for output in node.outputs if output in stored.states]
    differences = (difference(stored.made[output].stamp, node.stamp(contents)) for output in kept)
    return next((words for words in differences if words is not None), None)


def content_in_memory(stamp: Stamp) -> str:
    """Return by what a dataset is known that is kept in memory only: by what made it."""
    return digest(stamp)


def _lacking(node: Node, stored: Stored) -> str | None:
    """Return what is wrong with the stored outputs of a node, whatever it would be given now; None where nothing is."""
    if not node.outputs:
        return "it leaves nothing that could be kept"
    kept = [output for output in node.outputs if output in stored.states]
    unmade = [output for output in kept if output not in stored.made]
    missing = [output for output in kept if stored.states[output] is None]
    if any(output in stored.begun for output in unmade):
        return "a run stopped while it was made"
    if missing:
        return "not made yet" if unmade else f"{missing[0]} is missing"
    if unmade:
        return "nothing is known of what made it"
    changed = [output for output in kept if stored.states[output] != stored.made[output].state]
    if changed:
        return f"{changed[0]} was changed by something else"
    return None


def _wished(node: Node, wishes: Wishes) -> str | None:
    if wishes.everything:
        return "everything is asked for"
    return "asked for by name" if node.name in wishes.names else None


def _judged(node: Node, stored: Stored, contents: Mapping[str, str | None], written: Iterable[str]) -> Verdict | None:
    """Return why a node runs whose outputs are as it left them; written : folders that nodes before it write anew."""
    unknown = [f"follows from {name}" for name in node.inputs if contents[name] is None]
    unknown += [f"{place} is written anew" for place in node.reads for folder in written if _is_inside(place, folder)]
    if unknown:
        return Verdict(unknown[0], certain=False)
    words = reason(node, stored, contents)
    return None if words is None else Verdict(words)


def _is_inside(place: str, folder: str) -> bool:
    return Path(place).is_relative_to(folder)


def _contents(node: Node, stored: Stored, contents: Mapping[str, str | None], runs: bool) -> Mapping[str, str | None]:
    """Return what the node's outputs will hold, None where only its run can tell."""
    if any(contents[name] is None for name in node.inputs):
        return dict.fromkeys(node.outputs)
    in_memory = content_in_memory(node.stamp(contents))
    made = {name: None if runs else stored.made[name].content for name in node.outputs if name in stored.states}
    return {name: made.get(name, in_memory) for name in node.outputs}


def _with_makers(nodes: Sequence[Node], stored: Stored, running: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return `running` with the makers of what is kept in memory only: they run where one of its users does."""
    wanted: dict[str, str] = {}
    chosen = dict(running)
    users = {name for node in nodes for name in node.inputs}
    for node in reversed(nodes):
        in_memory = [name for name in node.outputs if name not in stored.states]
        asked = [wanted[name] for name in in_memory if name in wanted]
        asked += [f"{name} is kept in memory only" for name in in_memory if name not in users]
        if asked:
            chosen[node.name] = Verdict(chosen[node.name].why if node.name in chosen else asked[0])
        if node.name in chosen:
            wanted |= {name: f"{name} is kept in memory only, and {node.name} runs" for name in node.inputs}
    return {node.name: chosen[node.name] for node in nodes if node.name in chosen}
