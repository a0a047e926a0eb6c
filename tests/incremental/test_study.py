"""The study's own graph: what its nodes read and write beside the catalog, and how far a change reaches."""

from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project

from real_cloned.incremental.decision import Stored, decide
from real_cloned.incremental.ledger import Made
from real_cloned.incremental.outlook import Outlook
from tests.pipelines.study import CORPORA

ROOT = Path(__file__).parents[2]


def nodes(**parameters: Any):
    bootstrap_project(ROOT)
    session = settings.SESSION_CLASS.create(project_path=ROOT, runtime_params=parameters)
    return Outlook(pipelines["__default__"], session.load_context().catalog, (), ROOT).nodes


@pytest.fixture(scope="module")
def study():
    return nodes()


@pytest.fixture(scope="module")
def stored(study):
    """What a whole run would have left, the name of each dataset standing for what is in it."""
    contents = {name: name for node in study for name in (*node.inputs, *node.outputs)}
    made = {name: Made(node.stamp(contents), "as left", name) for node in study for name in node.outputs}
    given = {name: name for name in contents if name not in made}
    return Stored(dict.fromkeys(made, "as left"), made, given=given)


def test_corpora_are_read_by_the_nodes_that_list_decode_and_separate_them_and_written_by_the_demo(study):
    readers = {f"list_{corpus}" for corpus in CORPORA}
    readers |= {f"{corpus}.{work}" for corpus in CORPORA for work in ("decode_tracks", "separate_vocals")}
    assert {node.name for node in study if node.reads} == readers
    assert {node.name: node.writes for node in study if node.writes} == {"demo.make_demo": ("data/01_raw/demo",)}


def test_nothing_changes_from_one_look_to_the_next(study, stored):
    assert decide(study, stored) == {}


def test_the_learning_rate_of_one_variant_runs_that_variant_and_the_report(stored):
    running = decide(nodes(pretrain={"vocal": {"learning_rate": 0.001}}), stored)
    assert "vocal.pretrain_encoder" in running and "vocal.closed.embed_corpus" in running
    elsewhere = {name for name in running if not name.startswith("vocal.")}
    assert elsewhere <= {node.name for node in pipelines["report"].nodes}


def test_every_output_of_the_study_is_known_by_its_files(study):
    context = settings.SESSION_CLASS.create(project_path=ROOT).load_context()
    outlook = Outlook(pipelines["__default__"], context.catalog, (), ROOT)
    outputs = [name for node in study for name in node.outputs]
    assert [name for name in outputs if not outlook.outputs.content(name)] == []


def test_weights_and_templates_that_ship_are_code_of_what_uses_them(study):
    code = {node.name: node.own["code"] for node in study}
    assert "vocals/small_separator.safetensors" in code["closed.separate_vocals"]
    assert "vocals/vocal_detector.safetensors" in code["closed.find_vocal_segments"]
    assert "reporting/page.html.j2" in code["write_report"]
    assert not any(name.endswith(".safetensors") for name in code["vocal.pretrain_encoder"])


def test_the_reports_code_is_not_reached_from_training_and_training_not_from_the_report(study):
    code = {node.name: node.own for node in study}
    assert not any(name.startswith("reporting/") for name in code["vocal.pretrain_encoder"]["code"])
    assert {"timm", "torch", "lightning"} <= code["vocal.pretrain_encoder"]["libraries"].keys()
    assert "torch" not in code["write_report"]["libraries"]
