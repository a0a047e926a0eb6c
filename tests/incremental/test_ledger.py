"""The file of what outputs were made from."""

import json

from real_cloned.incremental.ledger import Ledger, OutputRecord


def test_a_ledger_gives_back_what_was_recorded_and_forgets_what_was_invalidated(tmp_path):
    ledger = Ledger(tmp_path / "data" / "ledger.json")
    record = OutputRecord({"parameters": {"probe": {"seed": 0, "sizes": [1, None]}}, "inputs": {}}, "state", "content")
    ledger.record({"one": record, "two": record})
    ledger.invalidate(["two"], "work")
    again = Ledger.read(ledger.path)
    assert again.get("one") == record and again.get("two") is None
    assert again.started_work("two") == "work" and again.started_work("one") is None
    assert again.outputs() == ["one", "two"]
    assert [file.name for file in ledger.path.parent.iterdir()] == ["ledger.json"]


def test_a_ledger_does_not_keep_values_of_no_output(tmp_path):
    ledger = Ledger(tmp_path / "ledger.json")
    for seed in range(20):
        ledger.record({"one": OutputRecord({"parameters": {"seed": seed}}, "state", "content")})
        ledger = Ledger.read(ledger.path)
    assert len(ledger.path.read_text()) < 600


def test_a_ledger_of_another_version_is_empty(tmp_path):
    ledger = Ledger(tmp_path / "ledger.json")
    ledger.record({"one": OutputRecord({}, "state", "content")})
    content = json.loads(ledger.path.read_text())
    ledger.path.write_text(json.dumps(content | {"version": content["version"] - 1}))
    assert Ledger.read(ledger.path).outputs() == []
