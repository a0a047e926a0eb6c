"""The words in which a run says what it does, and why."""

from real_cloned.incremental.explain import RerunReason, explain_difference, explain_plan
from real_cloned.incremental.state import NodeState


def nodes(count):
    return [NodeState(f"n{number}", (), (f"n{number}.out",), {}) for number in range(count)]


def test_nodes_with_one_reason_share_a_line():
    reasons = {f"n{number}": RerunReason("not made yet") for number in range(7)}
    assert explain_plan(nodes(8), reasons) == [
        "7 of 8 nodes run; 1 is up to date",
        "  n0.out, n1.out, n2.out, n3.out and 3 more: not made yet",
    ]


def test_nodes_that_may_turn_out_to_be_up_to_date_are_counted_apart():
    reasons = {"n0": RerunReason("not made yet"), "n1": RerunReason("depends on n0.out", certain=False)}
    assert explain_plan(nodes(4), reasons) == [
        "1 of 4 nodes run, and up to 1 that depend on them; 2 are up to date",
        "  n0.out: not made yet",
        "  n1.out: depends on them",
    ]


def test_where_nothing_runs_one_line_says_so():
    assert explain_plan(nodes(150), {}) == ["Nothing to do: all 150 nodes are up to date"]


def test_a_difference_names_what_changed_and_counts_what_is_too_much():
    old = {"parameters": {"embed": {"batch_size": 64}}, "code": {f"{name}.py": "1" for name in "abcde"}}
    new = {"parameters": {"embed": {"batch_size": 128}}, "code": {f"{name}.py": "2" for name in "abcde"}}
    assert explain_difference(old, new) == (
        "parameters changed (embed.batch_size 64 → 128); code changed (a.py, b.py, c.py and 2 more)"
    )
    assert explain_difference(old, old) is None
