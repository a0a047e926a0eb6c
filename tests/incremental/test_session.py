"""End to end: `kedro run` and `kedro status` in a project whose settings name the session."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import PARAMETERS, STORED, Project

SOURCES = Path(__file__).parents[2] / "src"
REGISTRY = """
from kedro.pipeline import Node, Pipeline

from tiny_project import steps


def register_pipelines():
    nodes = [
        Node(steps.list_files, "params:corpus", "listed", name="list"),
        Node(steps.measure, ["listed", "params:measuring"], "measured", name="measure"),
        Node(steps.train, ["measured", "params:first"], "first_weights", name="train_first"),
        Node(steps.train, ["measured", "params:second"], "second_weights", name="train_second"),
    ]
    return {"__default__": Pipeline(nodes)}
"""
SETTINGS = """
from real_cloned.incremental.runner import IncrementalSession

SESSION_CLASS = IncrementalSession
"""
END = "-- end --"
COMMANDS = f"""
import sys
from pathlib import Path

from kedro.framework.cli.cli import KedroCLI
from kedro.framework.startup import bootstrap_project

bootstrap_project(Path.cwd())
for command in sys.argv[1:]:
    KedroCLI(Path.cwd()).main(command.split(), prog_name="kedro", standalone_mode=False)
    print("{END}")
"""
METADATA = {"package_name": "tiny_project", "project_name": "tiny", "kedro_init_version": "1.7.0", "source_dir": "src"}


@pytest.fixture
def kedro(tmp_path):
    """A function that runs commands of `kedro` one after another in a small project, and returns what each printed."""
    project = Project(tmp_path)
    (project.package / "pipeline_registry.py").write_text(REGISTRY)
    (project.package / "settings.py").write_text(SETTINGS)
    (project.package / "cli.py").write_text(
        "from real_cloned.cli.commands import cli, run\n\n__all__ = ['cli', 'run']\n"
    )
    lines = [f"{key} = {value!r}" for key, value in METADATA.items()]
    (tmp_path / "pyproject.toml").write_text("\n".join(["[tool.kedro]", *lines]))
    for env in ("base", "local"):
        (tmp_path / "conf" / env).mkdir(parents=True)
    catalog = {name: {"type": "text.TextDataset", "filepath": f"data/{name}.txt"} for name in STORED}
    parameters = {**PARAMETERS, "corpus": {"root": "music"}, "incremental": {"ledger": "data/ledger.json"}}
    (tmp_path / "conf" / "base" / "catalog.yml").write_text(yaml.safe_dump(catalog))
    (tmp_path / "conf" / "base" / "parameters.yml").write_text(yaml.safe_dump(parameters))
    paths = os.pathsep.join([str(SOURCES), os.environ.get("PYTHONPATH", "")])

    def call(*commands):
        finished = subprocess.run(
            [sys.executable, "-c", COMMANDS, *commands],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200", "DO_NOT_TRACK": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout.split(END)[:-1]

    return call


def test_kedro_runs_what_changed_and_status_says_so_without_running(kedro):
    change = "--params=second.rate=0.75"
    first, second, status, again, run, after, named, *alone = kedro(
        "run",
        "run",
        f"status {change}",
        f"status {change}",
        f"run {change} --from-nodes=train_second",
        f"status {change}",
        f"run --nodes=train_first {change}",
        "status --nodes=train_first --params=measuring.gain=3",
        "run --nodes=train_first --params=measuring.gain=3",
    )
    reason = "second_weights: parameters changed (second.rate 0.25 → 0.75)"
    assert "4 of 4 nodes run; 0 are up to date" in first
    assert "Nothing to do: all 4 nodes are up to date" in second
    assert reason in status and reason in again and reason in run
    assert reason not in after
    assert "first_weights: requested by name" in named and "Warning: this run" not in named
    for output in alone:
        assert "Warning: this run leaves out nodes that are not up to date" in output
        assert "measured: parameters changed (measuring.gain 2 → 3)" in output
