"""What a study has made on processes is up to date for one on Ray, and the other way round, and is the same."""

import pytest

pytestmark = pytest.mark.slow
pytest.importorskip("ray")

EXECUTORS = {"processes": {"backend": "processes", "n_jobs": 2}, "ray": {"backend": "ray", "gpus_per_task": 0.0}}


@pytest.fixture(scope="module")
def made():
    """Contents of what was made, by executor."""
    return {}


def times(study):
    files = [path for path in sorted(study.data.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return {path: path.stat().st_mtime_ns for path in files if path.name != "ledger.json"}


@pytest.mark.parametrize(("first", "second"), [("processes", "ray"), ("ray", "processes")])
def test_another_executor_makes_nothing_anew_and_would_make_the_same(new, made, first, second):
    new.run("ingest", executor=EXECUTORS[first])
    before = times(new)
    made[first] = {name: content for name, content in new.contents().items() if "/01_raw/" not in f"/{name}"}
    assert any("index.parquet" in path.name for path in before)
    new.run("ingest", executor=EXECUTORS[second])
    assert times(new) == before
    assert all(contents == made["processes"] for contents in made.values())
