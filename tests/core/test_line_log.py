"""Files of JSON lines, of which memory holds the places."""

import pytest

from real_cloned.core import line_log
from real_cloned.core.files import resolve_path
from real_cloned.core.line_log import LineLog

LINES = [{"number": number, "text": "é" * number} for number in range(7)]


@pytest.fixture(params=["local", "remote"])
def path(request, tmp_path, monkeypatch):
    monkeypatch.setattr(line_log, "LINES_AT_ONCE", 3)
    monkeypatch.setattr(line_log, "machine_folder", lambda name: tmp_path / name)
    return resolve_path(f"memory://{tmp_path}/log.jsonl") if request.param == "remote" else tmp_path / "log.jsonl"


def saved(path):
    return [line for _, line in LineLog(path).read()]


def test_lines_are_read_again_by_their_places_in_any_order_also_those_that_were_just_added(path):
    log = LineLog(path)
    assert list(log.read()) == [] == list(log.read_at([]))
    places = log.append(LINES[:4])
    places += log.append(LINES[4:])
    assert list(log.read_at(reversed(places))) == LINES[::-1]
    log.send()
    assert saved(path) == LINES
    assert [place for place, _ in LineLog(path).read()] == places
    assert log.append([]) == []


def test_a_file_that_is_written_anew_keeps_the_lines_it_is_told_to_in_their_new_order(path):
    log = LineLog(path)
    assert list(log.read()) == []
    places = log.append(LINES)
    log.send()
    log.replace([places[4], places[1]], [{"last": True}])
    assert saved(path) == [LINES[4], LINES[1], {"last": True}]
    log.delete()
    assert saved(path) == []


def test_a_line_that_is_cut_is_none_and_those_beside_it_are_read(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'{"number": 1}\n{"number": 2}\n{"numb')
    assert saved(path) == [{"number": 1}, {"number": 2}, None]
