"""Through Kedro's runner: which tracks of a store are worked on after what change."""

from pathlib import Path

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline

from real_cloned.audio.store_plan import StorePlan
from real_cloned.incremental.runner import IncrementalRunner
from tests.store_tasks import ReadFile


def decode(corpus, settings):
    root = Path(corpus["root"])
    return StorePlan([ReadFile(file.name, file, root.parent / "log") for file in sorted(root.iterdir())])


class Project:
    """Files of numbers in a folder, decoded into a store; `run` returns the tracks that were worked on."""

    def __init__(self, folder):
        self.folder, self.settings, self.incremental = folder, {"rate": 1}, {}
        (folder / "music").mkdir()
        for name in "abc":
            self.add(name)

    def add(self, name):
        (self.folder / "music" / name).write_text(str(ord(name)))

    def run(self, forced=()):
        store = {"filepath": str(self.folder / "store"), "sample_rate_hz": 1, "n_channels": 1}
        catalog = DataCatalog.from_config({"store": {"type": "real_cloned.datasets.ShardStoreDataset", **store}})
        catalog["params:corpus"], catalog["params:settings"] = {"root": str(self.folder / "music")}, self.settings
        catalog["params:incremental"] = {"ledger": "ledger.json", **self.incremental}
        nodes = [Node(decode, ["params:corpus", "params:settings"], "store", name="decode", tags="reads_raw_files")]
        (self.folder / "log").write_text("")
        IncrementalRunner(forced, self.folder).run(Pipeline(nodes), catalog)
        assert catalog.load("store").index["track_id"].tolist() == sorted(
            p.name for p in (self.folder / "music").iterdir()
        )
        return (self.folder / "log").read_text().split()


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr("real_cloned.incremental.state._parameter_types", dict)
    monkeypatch.setattr("kedro.framework.project.PACKAGE_NAME", "real_cloned")
    project = Project(tmp_path)
    assert project.run() == ["a", "b", "c"]
    return project


def test_one_more_file_is_worked_on_alone_and_one_less_or_a_renamed_one_not_at_all(project):
    project.add("d")
    assert project.run() == ["d"]
    (project.folder / "music" / "a").unlink()
    assert project.run() == []
    (project.folder / "music" / "b").rename(project.folder / "music" / "e")
    assert project.run() == []


def test_another_parameter_works_on_all_and_so_do_force_and_a_node_that_is_named(project):
    project.settings = {"rate": 2}
    assert project.run() == ["a", "b", "c"]
    assert project.run(forced=["decode"]) == ["a", "b", "c"]
    project.incremental = {"force": True}
    assert project.run() == ["a", "b", "c"]


def test_a_deleted_ledger_and_another_way_to_know_files_work_on_none(project):
    (project.folder / "ledger.json").unlink()
    assert project.run() == []
    project.incremental = {"content_hash": True}
    assert project.run() == []
