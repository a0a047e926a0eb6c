"""Datasets that are read under another name than the one they were written under, and are recognised by their file.

Three members are embedded; a collector reads all of them and writes `embeddings@contents`; each member's consumer reads
`embeddings@<member>`, whose file is the one that the member's own dataset is written to.
"""

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline

from real_cloned.incremental.plan import RunPlan
from real_cloned.incremental.runner import IncrementalRunner

MEMBERS = ("first", "second", "third")


def embed(text):
    return f"embedding of {text}"


def collect(*embeddings):
    return "\n".join(str(len(embedding)) for embedding in embeddings)


def probe(embedding):
    return embedding.upper()


class Study:
    """A study in `folder`, of which a test changes the parameters; `run` returns the names of the nodes that ran."""

    def __init__(self, folder):
        self.folder = folder
        self.parameters = {member: member for member in MEMBERS}

    def pipeline(self, **filters):
        embed_nodes = [Node(embed, f"params:{name}", f"{name}.embeddings", name=f"embed_{name}") for name in MEMBERS]
        probe_nodes = [Node(probe, f"embeddings@{name}", f"{name}.result", name=f"probe_{name}") for name in MEMBERS]
        members = [f"{name}.embeddings" for name in MEMBERS]
        collector = Node(collect, members, "embeddings@contents", name="collect")
        return Pipeline([*probe_nodes, collector, *embed_nodes]).filter(**filters)

    def catalog(self):
        def text(filepath):
            return {"type": "text.TextDataset", "filepath": f"{self.folder}/{filepath}.txt"}

        patterns = {"{member}.embeddings": text("{member}/embeddings"), "{member}.result": text("{member}/result")}
        patterns |= {"embeddings@{member}": text("{member}/embeddings")}
        catalog = DataCatalog.from_config({**patterns, "embeddings@contents": text("contents")})
        for name, value in self.parameters.items():
            catalog[f"params:{name}"] = value
        catalog["params:incremental"] = {"ledger": "ledger.json"}
        return catalog

    def plan(self, **filters):
        return RunPlan(self.pipeline(**filters), self.catalog(), (), self.folder)

    def run(self, **filters):
        ran = []

        class Recorder(IncrementalRunner):
            def _run(self, pipeline, catalog, hook_manager=None, run_id=None):
                for node in pipeline.nodes:
                    node.func = _recorded(node.name, node.func, ran)
                super()._run(pipeline, catalog, hook_manager, run_id)

        Recorder((), self.folder).run(self.pipeline(**filters), self.catalog())
        return ran


def _recorded(name, function, ran):
    from functools import wraps

    @wraps(function)
    def wrapped(*arguments):
        ran.append(name)
        return function(*arguments)

    return wrapped


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study that has run once."""
    monkeypatch.setattr("real_cloned.incremental.state._parameter_types", dict)
    study = Study(tmp_path)
    assert len(study.run()) == 7
    return study


def test_a_second_run_does_nothing(study):
    assert study.run() == []


def test_a_consumer_depends_on_its_own_member_and_not_on_the_collector(study):
    inputs = {node.name: node.inputs for node in study.plan().nodes}
    assert [inputs[f"probe_{name}"] for name in MEMBERS] == [(f"{name}.embeddings",) for name in MEMBERS]


def test_one_changed_member_runs_itself_the_collector_and_its_only_consumer(study, capsys):
    study.parameters["second"] = "another"
    assert str(study.plan()).splitlines() == [
        "1 of 7 nodes run, and up to 2 that depend on them; 4 are up to date",
        "  second.embeddings: parameters changed (second second → another)",
        "  embeddings@contents, second.result: depend on them",
    ]
    assert study.run() == ["embed_second", "collect", "probe_second"]
    assert "1 of 7 nodes run, and up to 2 that depend on them; 4 are up to date" in capsys.readouterr().out
    assert (study.folder / "second" / "result.txt").read_text() == "EMBEDDING OF ANOTHER"
    assert study.run() == []


def test_a_collector_that_is_lost_is_made_again_alone(study):
    (study.folder / "contents.txt").unlink()
    assert study.run() == ["collect"]


def test_a_member_that_was_changed_outside_of_a_run_is_made_again_and_its_consumer_is_up_to_date(study):
    (study.folder / "second" / "embeddings.txt").write_text("something else")
    assert study.run() == ["embed_second"]


def test_a_slice_of_consumers_knows_what_the_other_slice_made(study):
    consumers = [f"probe_{name}" for name in MEMBERS]
    assert study.run(node_names=consumers) == []
    study.parameters["second"] = "another"
    assert study.run(node_names=["embed_second"]) == ["embed_second"]
    assert study.run(node_names=consumers) == ["probe_second"]
    assert study.run() == ["collect"]


def test_without_the_collector_a_consumer_still_runs_after_its_member(study):
    study.parameters["second"] = "another"
    assert study.run(node_names=["probe_second", "embed_second"]) == ["embed_second", "probe_second"]


def test_a_slice_of_consumers_without_a_ledger_knows_its_inputs_by_their_files(study):
    (study.folder / "ledger.json").unlink()
    consumers = [f"probe_{name}" for name in MEMBERS]
    assert study.run(node_names=consumers) == consumers
    assert study.run(node_names=consumers) == []
