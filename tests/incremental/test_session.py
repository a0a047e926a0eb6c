"""The whole way: `kedro run` and `kedro status` in a project whose settings name the session."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import KEPT, PARAMETERS, Project

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
from real_cloned.incremental.session import IncrementalSession

SESSION_CLASS = IncrementalSession
"""
TOLD = {"package_name": "tiny_project", "project_name": "tiny", "kedro_init_version": "1.7.0", "source_dir": "src"}


@pytest.fixture
def kedro(tmp_path):
    """A function that runs `kedro` with its arguments in a small project, and returns what it printed."""
    project = Project(tmp_path)
    (project.package / "pipeline_registry.py").write_text(REGISTRY)
    (project.package / "settings.py").write_text(SETTINGS)
    (project.package / "cli.py").write_text(
        "from real_cloned.cli.commands import cli, run\n\n__all__ = ['cli', 'run']\n"
    )
    lines = [f"{key} = {value!r}" for key, value in TOLD.items()]
    (tmp_path / "pyproject.toml").write_text("\n".join(["[tool.kedro]", *lines]))
    for env in ("base", "local"):
        (tmp_path / "conf" / env).mkdir(parents=True)
    catalog = {name: {"type": "text.TextDataset", "filepath": f"data/{name}.txt"} for name in KEPT}
    parameters = {**PARAMETERS, "corpus": {"root": "music"}, "freshness": {"ledger": "data/freshness.json"}}
    (tmp_path / "conf" / "base" / "catalog.yml").write_text(yaml.safe_dump(catalog))
    (tmp_path / "conf" / "base" / "parameters.yml").write_text(yaml.safe_dump(parameters))
    paths = os.pathsep.join([str(SOURCES), os.environ.get("PYTHONPATH", "")])

    def call(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "kedro", *arguments],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200", "DO_NOT_TRACK": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


def test_kedro_runs_what_changed_and_status_says_so_without_running(kedro):
    assert "4 of 4 nodes run; 0 are fresh" in kedro("run")
    assert "Nothing to do: all 4 nodes are fresh" in kedro("run")
    change = "--params=second.rate=0.75"
    said = "second_weights: parameters changed (second.rate 0.25 → 0.75)"
    assert said in kedro("status", change) and said in kedro("status", change)
    assert said in kedro("run", change, "--from-nodes=train_second")
    assert said not in kedro("status", change)
    assert "first_weights: asked for by name" in kedro("run", "--nodes=train_first", change)
