"""The decision alone: nodes to rerun, nodes that depend on them, makers of what is kept in memory."""

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.incremental.ledger import OutputRecord
from real_cloned.incremental.plan import ForcedNodes, decide, dependency_order
from real_cloned.incremental.state import NodeState, StoredState


def node(name, inputs=(), outputs=None, own=None, **folders):
    return NodeState(name, tuple(inputs), tuple(outputs or [f"{name}.out"]), {"code": own or {"a.py": "1"}}, **folders)


def stored(nodes):
    """What a run of the nodes leaves."""
    contents, records = {}, {}
    for one in nodes:
        fingerprint = one.fingerprint(contents)
        records |= {output: OutputRecord(fingerprint, "as left", output.upper()) for output in one.outputs}
        contents |= {output: output.upper() for output in one.outputs}
    return StoredState(dict.fromkeys(records, "as left"), records)


CHAIN = [
    node("make", writes_folders=("raw",)),
    node("list", ["make.out"], reads_folders=("raw/songs",)),
    node("train", ["list.out"]),
]


def test_where_nothing_changed_nothing_runs():
    assert decide(CHAIN, stored(CHAIN)) == {}


def test_what_depends_on_a_running_node_is_not_certain_to_run():
    changed = [node("make", own={"a.py": "2"}), *CHAIN[1:]]
    reasons = decide(changed, stored(CHAIN))
    assert [(name, reason.certain) for name, reason in reasons.items()] == [
        ("make", True), ("list", False), ("train", False)
    ]  # fmt: skip


def test_a_reader_of_a_folder_that_is_written_again_is_decided_on_again():
    apart = [CHAIN[0], node("list", reads_folders=("raw/songs",)), node("other", reads_folders=("music",))]
    reasons = decide(apart, stored(apart), ForcedNodes(frozenset({"make"})))
    assert reasons["list"].text == "raw/songs is written again" and "other" not in reasons


def test_a_node_without_outputs_always_runs():
    silent = NodeState("silent", (), (), {})
    assert list(decide([silent], StoredState({}, {}))) == ["silent"]


def test_what_ends_in_memory_alone_always_runs_with_all_that_it_needs():
    nodes = [node("first"), node("second", ["first.out"])]
    reasons = decide(nodes, StoredState({}, {}))
    assert list(reasons) == ["first", "second"]
    assert reasons["first"].text == "first.out is kept in memory only, and second runs"


def test_nodes_come_after_the_makers_of_their_inputs_and_otherwise_keep_their_order():
    assert dependency_order(CHAIN) == CHAIN
    apart = node("apart")
    assert [one.name for one in dependency_order([apart, CHAIN[2], *CHAIN[:2]])] == ["apart", "make", "list", "train"]


def test_nodes_that_read_the_files_of_each_others_outputs_are_an_error():
    with pytest.raises(RealClonedError, match="each other's outputs: first, second"):
        dependency_order([node("first", ["second.out"]), node("second", ["first.out"])])
