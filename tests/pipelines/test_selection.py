"""What a run is asked for: every wrong name is an error that says what would be right."""

import pytest
from kedro.pipeline import Node, Pipeline

from real_cloned.core.errors import RealClonedError
from real_cloned.pipelines.selection import Selection


def step(source, result, name, **settings):
    return Node(lambda x: x, source, result, name=name, **settings)


INGEST = Pipeline([step("listing", "closed.tracks", "read", namespace="ingest.closed", tags=["ingest", "closed"])])
PROBE = Pipeline([step("corpora@closed.tracks", "accuracies", "test", namespace="probe.vocal.closed", tags=["vocal"])])
PIPELINES = {"ingest": INGEST, "probe": PROBE, "__default__": INGEST + PROBE}


@pytest.mark.parametrize(
    ("filters", "selected"),
    [
        ({}, ["ingest.closed.read", "probe.vocal.closed.test"]),
        ({"tags": ["vocal"]}, ["probe.vocal.closed.test"]),
        ({"node_names": ["ingest.closed.read"]}, ["ingest.closed.read"]),
        ({"node_namespaces": ["probe.vocal"]}, ["probe.vocal.closed.test"]),
        ({"from_inputs": ["corpora"]}, ["probe.vocal.closed.test"]),
        ({"to_outputs": ["closed.tracks"]}, ["ingest.closed.read"]),
    ],
)
def test_right_names_select_what_kedro_selects(filters, selected):
    assert sorted(node.name for node in Selection((), filters).select(PIPELINES).nodes) == selected


@pytest.mark.parametrize(
    ("names", "filters", "said"),
    [
        (["prob"], {}, "--pipelines: there is no pipeline `prob`; did you mean probe"),
        (["ingest", "prob"], {}, "--pipelines: there is no pipeline `prob`; did you mean probe"),
        ([], {"node_names": ["read"]}, "--nodes: there is no node `read`; did you mean ingest.closed.read"),
        ([], {"from_nodes": ["x"]}, "--from-nodes: there is no node `x`; there are ingest.closed.read, probe."),
        ([], {"to_nodes": ["x"]}, "--to-nodes: there is no node `x`"),
        ([], {"tags": ["vocal", "Closd"]}, "--tags: there is no tag `Closd`; did you mean closed"),
        ([], {"node_namespaces": ["probe", "probe.voc"]}, "--namespaces: there is no namespace `probe.voc`; did you"),
        ([], {"from_inputs": ["listin"]}, "--from-inputs: there is no dataset `listin`; did you mean listing"),
        ([], {"to_outputs": ["accuracy"]}, "--to-outputs: there is no output `accuracy`; did you mean accuracies"),
        (["ingest"], {"tags": ["vocal"]}, "`vocal` is not in the selected pipelines, but in probe, __default__"),
        ([], {"tags": ["vocal"], "node_namespaces": ["ingest"]}, "no node of __default__ fits --tags=vocal and --name"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_refused_with_what_would_be_right(names, filters, said):
    with pytest.raises(RealClonedError) as error:
        Selection(tuple(names), filters).select(PIPELINES)
    assert said in str(error.value)
