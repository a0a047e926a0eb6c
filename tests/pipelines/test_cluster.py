"""The demo on a Ray cluster of two nodes, with all data on object storage, undisturbed and while parts of it fail.

The nodes are processes of this machine, each with workers of its own; storage is a server on the loopback address.
"""

import threading
from contextlib import contextmanager

import pytest
from kedro.framework.hooks import hook_impl

from tests.cluster import TwoNodes
from tests.pipelines.study import ONE_ENCODER, Study

pytestmark = pytest.mark.slow

FIRST_NODES = {
    "ingest.demo.make_demo": "demo",
    "ingest.closed.decode_tracks": "decoding",
    "vocal_filter.closed.score_windows": "vocal filter",
    "separation.closed.separate_vocals": "separation",
    "pretrain.mixture.pretrain_encoder": "pretraining",
    "embed.mixture.closed.embed_segments": "embedding",
}
"""A node of each stage that works on tracks, during which something fails."""

TELLS_OF_ITS_PLACE = ("report.html", "run_parameters.yml")
"""Files that name the data folder or the executor."""


class Disturbance:
    """A hook that lets something fail a moment after a node of each stage has begun, on a cluster that is whole."""

    def __init__(self, fail, cluster):
        self._fail, self._cluster, self.disturbed = fail, cluster, []

    @hook_impl
    def before_node_run(self, node):
        if node.name in FIRST_NODES:
            self._cluster.start_second()
            self.disturbed.append(FIRST_NODES[node.name])
            threading.Timer(0.1, self._fail).start()


@pytest.fixture(scope="module")
def cluster(object_storage):
    pytest.importorskip("ray")
    nodes = TwoNodes()
    yield nodes
    nodes.stop()


@contextmanager
def study_there(storage, cluster, folder):
    """A study on the cluster, whose data are on object storage."""
    parameters = {**ONE_ENCODER, "executor": cluster.executor().model_dump()}
    yield Study(folder, "demo", parameters, storage.folder(folder.name))


def different(study, whole):
    """The names of files in which two studies differ."""
    ours, theirs = study.contents(), whole.contents()
    told = [name for name in theirs if not name.endswith(TELLS_OF_ITS_PLACE)]
    assert ours.keys() == theirs.keys() and told
    return [name for name in told if ours[name] != theirs[name]]


def test_the_demo_gives_the_same_files_there_as_here(object_storage, cluster, whole, tmp_path, capsys):
    with study_there(object_storage, cluster, tmp_path) as study:
        study.run("__default__")
        assert different(study, whole) == []
        capsys.readouterr()
        study.run("__default__")
        assert "Nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("fault", ["a_worker_dies", "a_node_dies", "storage_is_away_for_ten_seconds"])
def test_the_demo_gives_the_same_files_though_in_each_stage(fault, object_storage, cluster, whole, tmp_path):
    faults = {
        "a_worker_dies": cluster.kill_worker,
        "a_node_dies": cluster.kill_node,
        "storage_is_away_for_ten_seconds": lambda: object_storage.go_away(10),
    }
    disturbance = Disturbance(faults[fault], cluster)
    with study_there(object_storage, cluster, tmp_path) as study:
        study.run("__default__", hooks=[disturbance])
        assert sorted(disturbance.disturbed) == sorted(FIRST_NODES.values())
        assert different(study, whole) == []
