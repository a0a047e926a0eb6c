"""The project away from its repository: its wheel, and its stages as tasks of Airflow (docs/deployment.md)."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import pytest
from click.testing import CliRunner
from filelock import FileLock
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project
from slugify import slugify

from tests.pipelines.study import STAGES

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "conf/airflow_dag.j2"
FOLDER = "/srv/singers of 2026"
FEW_SINGERS = "demo.n_singers={train: 1, validation: 1, closed: 3, fma: 1, mtg: 1},demo.n_cloned_singers=1"


@pytest.fixture(scope="module")
def dag() -> str:
    """The DAG as Kedro-Airflow would make it: its template gets the namespaces from Kedro itself."""
    bootstrap_project(ROOT)
    groups = pipelines["__default__"].group_nodes_by("namespace")
    environment = jinja2.Environment(
        autoescape=True, loader=jinja2.FileSystemLoader(TEMPLATE.parent), lstrip_blocks=True
    )
    environment.filters["slugify"] = slugify
    values = {"dag_name": "real_cloned", "package_name": "real_cloned", "pipeline_name": "__default__", "env": "demo"}
    template = environment.get_template(TEMPLATE.name)
    return template.render(**values, node_objs=groups, conf_source="", folder=FOLDER, python=sys.executable)


class Task:
    """What a DAG's file needs of Airflow's operator."""

    def __init__(self, **settings: Any):
        self.settings, self.after = settings, set()

    def __rshift__(self, other: "Task") -> None:
        other.after.add(self.settings["task_id"])


class Dag:
    """What a DAG's file needs of Airflow's DAG."""

    def __init__(self, *, dag_id: str, start_date: datetime, schedule: str, **settings: Any):
        self.settings = settings

    def __enter__(self) -> "Dag":
        return self

    def __exit__(self, *error: object) -> None:
        pass


def tasks_of(source: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Task]:
    """Return the tasks of a DAG's file, which need not have Airflow for it."""
    bash, sdk = "airflow.providers.standard.operators.bash", "airflow.sdk"
    for name in (
        "airflow",
        "airflow.providers",
        "airflow.providers.standard",
        "airflow.providers.standard.operators",
        bash,
        sdk,
    ):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules[bash].BashOperator = Task
    sys.modules[sdk].DAG = Dag
    names: dict[str, Any] = {}
    exec(compile(source, "dag.py", "exec"), names)  # noqa: S102 (a file of Python is what the template makes)
    tasks: dict[str, Task] = names["tasks"]
    return tasks


def test_the_dag_has_a_task_for_each_stage_and_each_waits_for_the_stages_before(dag, monkeypatch):
    tasks = tasks_of(dag, monkeypatch)
    assert set(tasks) == set(STAGES)
    for before, stage in zip(STAGES, STAGES[1:], strict=False):
        assert before in tasks[stage].after
        assert tasks[stage].after <= set(STAGES[: STAGES.index(stage)])


def test_a_task_of_the_dag_runs_its_stage_in_the_projects_folder(dag, monkeypatch):
    settings = tasks_of(dag, monkeypatch)["vocal_filter"].settings
    command = [
        sys.executable,
        "-m",
        "real_cloned",
        "--env=demo",
        "--pipelines=__default__",
        "--namespaces=vocal_filter",
    ]
    assert shlex.split(settings["bash_command"]) == command
    assert settings["cwd"] == FOLDER


def test_a_dag_without_a_folder_is_not_made():
    template = jinja2.Environment(autoescape=True).from_string(TEMPLATE.read_text().partition("COMMAND")[0])
    with pytest.raises(jinja2.UndefinedError, match="'folder' is undefined"):
        template.render(package_name="real_cloned")


@pytest.mark.skipif(importlib.util.find_spec("kedro_airflow") is None, reason="Kedro-Airflow is not installed")
def test_kedro_airflow_makes_the_dag_of_the_seven_stages(tmp_path, monkeypatch):
    from kedro_airflow.plugin import commands

    command = [
        "airflow",
        "create",
        "--env=demo",
        "--group-by=namespace",
        f"--jinja-file={TEMPLATE}",
        "--params=folder=/srv",
    ]
    made = CliRunner().invoke(commands, [*command, f"--target-dir={tmp_path}"], obj=bootstrap_project(ROOT))
    assert made.exit_code == 0, made.output
    assert set(tasks_of((tmp_path / "real_cloned_demo_dag.py").read_text(), monkeypatch)) == set(STAGES)


def test_the_wheel_has_every_file_of_the_package():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    packaged = {
        file
        for package, patterns in settings.items()
        for pattern in patterns
        for file in (ROOT / "src" / package.replace(".", "/")).glob(pattern)
    }
    files = {
        file for file in (ROOT / "src/real_cloned").rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")
    }
    assert files - packaged == set()


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> tuple[Path, Path]:
    """Where the wheel of `kedro package` is unpacked, and its archive of the configuration."""
    copy, site = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("src", "conf"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    made = run([sys.executable, "-m", "kedro", "package"], copy)
    if "No matching distribution" in made.stdout:
        pytest.skip("setuptools cannot be fetched here, in which the wheel is built")
    assert made.returncode == 0, made.stdout
    (wheel,) = (copy / "dist").glob("*.whl")
    shutil.unpack_archive(wheel, site, "zip")
    return site, copy / "dist/conf-real_cloned.tar.gz"


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with both its outputs in `stdout`."""
    environment = {**os.environ, "DO_NOT_TRACK": "1", **variables}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(command, cwd=folder, env=environment, text=True, check=False, **streams)


@pytest.mark.slow
def test_the_packaged_project_runs_a_stage_in_an_empty_folder_once_and_not_beside_another_run(
    packaged, tmp_path, dag, monkeypatch
):
    site, conf = packaged
    shutil.unpack_archive(conf, tmp_path)
    ingest = shlex.split(tasks_of(dag, monkeypatch)["ingest"].settings["bash_command"])
    command = [*ingest, f"--params={FEW_SINGERS}"]
    first, second = (run(command, tmp_path, PYTHONPATH=str(site)) for _ in range(2))
    assert first.returncode == 0 and "completed successfully" in first.stdout, first.stdout
    assert (tmp_path / "data/02_intermediate/closed/audio/store.json").is_file()
    assert second.returncode == 0 and "Nothing to do: all 34 nodes are up to date" in second.stdout, second.stdout
    with FileLock(tmp_path / "data/.run.lock"):
        refused = run([*command, "--nodes=ingest.summarise_ingest"], tmp_path, PYTHONPATH=str(site))
    assert refused.returncode != 0 and "another run is at work" in refused.stdout, refused.stdout


@pytest.mark.slow
def test_the_packaged_project_reads_its_configuration_from_the_archive(packaged, tmp_path):
    site, conf = packaged
    command = [sys.executable, "-m", "real_cloned", "status", f"--conf-source={conf}", "--pipelines=ingest"]
    told = run(command, tmp_path, PYTHONPATH=str(site))
    assert told.returncode == 0 and "34 of 34 nodes" in told.stdout, told.stdout
