"""The decision alone: stale nodes, what follows from them, makers of what is kept in memory."""

from real_cloned.incremental.decision import Node, Stored, Wishes, decide
from real_cloned.incremental.inputs import state_of
from real_cloned.incremental.ledger import Ledger, Made
from real_cloned.incremental.telling import told
from real_cloned.incremental.wording import difference


def node(name, inputs=(), outputs=None, own=None, **places):
    return Node(name, tuple(inputs), tuple(outputs or [f"{name}.out"]), {"code": own or {"a.py": "1"}}, **places)


def stored(nodes, given=None, **missing):
    contents = dict(given or {})
    made = {}
    for one in nodes:
        stamp = one.stamp(contents)
        made |= {output: Made(stamp, "as left", output.upper()) for output in one.outputs}
        contents |= {output: output.upper() for output in one.outputs}
    return Stored(dict.fromkeys(made, "as left"), made, given=given or {})


CHAIN = [node("make", writes=("raw",)), node("list", ["make.out"], reads=("raw/songs",)), node("train", ["list.out"])]


def test_where_nothing_changed_nothing_runs():
    assert decide(CHAIN, stored(CHAIN)) == {}


def test_what_follows_from_a_running_node_is_not_certain_to_run():
    changed = [node("make", own={"a.py": "2"}), *CHAIN[1:]]
    verdicts = decide(changed, stored(CHAIN))
    assert [(name, verdict.certain) for name, verdict in verdicts.items()] == [
        ("make", True), ("list", False), ("train", False)
    ]  # fmt: skip


def test_a_reader_of_a_folder_that_is_written_anew_is_judged_again():
    apart = [CHAIN[0], node("list", reads=("raw/songs",)), node("other", reads=("music",))]
    verdicts = decide(apart, stored(apart), Wishes(frozenset({"make"})))
    assert verdicts["list"].why == "raw/songs is written anew" and "other" not in verdicts


def test_a_node_without_outputs_always_runs():
    silent = Node("silent", (), (), {})
    assert list(decide([silent], Stored({}, {}))) == ["silent"]


def test_what_ends_in_memory_alone_always_runs_with_all_that_it_needs():
    nodes = [node("first"), node("second", ["first.out"])]
    verdicts = decide(nodes, Stored({}, {}))
    assert list(verdicts) == ["first", "second"]
    assert verdicts["first"].why == "first.out is kept in memory only, and second runs"


def test_lines_count_what_is_fresh_and_nodes_with_one_reason_share_a_line():
    nodes = [node(f"n{number}") for number in range(8)]
    lines = told(nodes, decide(nodes, Stored(dict.fromkeys([f"n{number}.out" for number in range(7)]), {})))
    assert lines[0].startswith("8 of 8 nodes run; 0 are fresh")
    assert lines[1] == "  n0.out, n1.out, n2.out, n3.out and 3 more: not made yet"


def test_a_difference_names_what_changed_and_counts_what_is_too_much():
    old = {"parameters": {"embed": {"batch_size": 64}}, "code": {f"{name}.py": "1" for name in "abcde"}}
    new = {"parameters": {"embed": {"batch_size": 128}}, "code": {f"{name}.py": "2" for name in "abcde"}}
    assert difference(old, new) == (
        "parameters changed (embed.batch_size 64 → 128); code changed (a.py, b.py, c.py and 2 more)"
    )
    assert difference(old, old) is None


def test_a_ledger_gives_back_what_was_stamped_and_forgets_what_was_struck(tmp_path):
    ledger = Ledger(tmp_path / "data" / "freshness.json")
    made = Made({"parameters": {"probe": {"seed": 0, "sizes": [1, None]}}, "inputs": {}}, "state", "content")
    ledger.stamp({"one": made, "two": made})
    ledger.strike(["two"], "work")
    again = Ledger.read(ledger.path)
    assert again.made("one") == made and again.made("two") is None
    assert again.work_begun("two") == "work" and again.work_begun("one") is None
    assert [file.name for file in ledger.path.parent.iterdir()] == ["freshness.json"]


def test_a_ledger_does_not_keep_what_no_output_was_made_of(tmp_path):
    ledger = Ledger(tmp_path / "freshness.json")
    for seed in range(20):
        ledger.stamp({"one": Made({"parameters": {"seed": seed}}, "state", "content")})
        ledger = Ledger.read(ledger.path)
    assert len(ledger.path.read_text()) < 600


def test_the_state_of_a_folder_sees_names_sizes_and_times_and_overlooks_hidden_files(tmp_path):
    (tmp_path / "singer").mkdir()
    (tmp_path / "singer" / "song.mp3").write_text("sound")
    before, shallow = state_of(tmp_path), state_of(tmp_path, deep=False)
    (tmp_path / ".DS_Store").write_text("")
    assert state_of(tmp_path) == before
    (tmp_path / "singer" / "song.mp3").write_text("sounds")
    assert state_of(tmp_path) != before and state_of(tmp_path, deep=False) == shallow
    assert state_of(tmp_path / "nowhere") == ""
