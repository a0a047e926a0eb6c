"""`kedro run` as people type it: what is wrong is one message with what would be right, and nothing runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from kedro.framework.cli.cli import KedroCLI

from real_cloned.incremental.runner import IncrementalRunner

ROOT = Path(__file__).parents[2]


@pytest.fixture
def kedro(monkeypatch):
    """Kedro's own group of commands in this project, in which no node runs."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("KEDRO_ENV", raising=False)
    monkeypatch.setattr(IncrementalRunner, "_run", lambda *args, **kwargs: pytest.fail("it ran"))
    return lambda *arguments: CliRunner().invoke(KedroCLI(ROOT), arguments)


@pytest.fixture
def conf(tmp_path):
    """A copy of the configuration, of which files can be spoiled, with a data folder of its own."""
    folder = Path(shutil.copytree(ROOT / "conf", tmp_path / "conf"))
    for env in ("demo", "local"):
        (folder / env / "globals.yml").write_text(f"data: {tmp_path / 'data'}")
    return folder


WRONG = [
    (
        "--params=corpora.train.foo=1",
        "corpora.train.foo: there is no such parameter; there are detection_method, draw, ",
    ),
    ("--params=prob.seed=1", "`prob` is no parameter of this environment; did you mean probe"),
    (
        "--params=own.root=/music,separator=small,pretrain_on=own",
        "`own` is a parameter of the environment `own`, wh",
    ),
    ("--params=probe.seed", "--params: `probe.seed` is not NAME=VALUE"),
    ("--env=Own", "--env: there is no environment `Own`"),
    ("--pipelines=prob", "--pipelines: there is no pipeline `prob`; did you mean probe"),
    ("--nodes=pretrain.vocal.trai", "--nodes: there is no node `pretrain.vocal.trai`; did you mean pretrain.vocal."),
    ("--tags=vocal,mixtur", "--tags: there is no tag `mixtur`; did you mean mixture"),
    ("--namespaces=pretrain.voc", "--namespaces: there is no namespace `pretrain.voc`; did you mean pretrain.vocal"),
    ("--to-outputs=vocal.weight", "--to-outputs: there is no output `vocal.weight`; did you mean vocal.weights"),
    ("--runner=Sequential", "--runner: there is no runner `Sequential`; did you mean SequentialRunner"),
    ("--runner-params=workers=3", "--runner-params: SequentialRunner got an unexpected keyword argument"),
    ("--load-versions=nothing:2026-01-01T00.00.00.000Z", "catalog (conf/*/catalog, --load-versions): "),
]


@pytest.mark.parametrize(("options", "said"), WRONG, ids=[options for options, _ in WRONG])
def test_a_wrong_option_is_one_message_that_says_what_would_be_right(kedro, options, said):
    assert_is_one_message(kedro("run", *options.split()), said)


def assert_is_one_message(result, said):
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit), (result.output, result.exception)
    assert "The run stopped: " in result.output and said in result.output
    assert "Traceback" not in result.output and "pydantic" not in result.output
    assert len(result.output.split("The run stopped: ")[1].splitlines()) <= 15


SPOILED = [
    ("base/parameters/probe.yml", None, "- probe.batch_size: field required"),
    ("base/parameters/pretrain.yml", None, "`pretrain.mixture` is no parameter of this environment. A new entry needs"),
    ("base/parameters/ingest.yml", "corpora: [a", "Invalid YAML or JSON file"),
    (
        "base/catalog/more.yml",
        "report: {type: pandas.NoSuchDataset}",
        "catalog (conf/{base,demo}) cannot be read: Dup",
    ),
    (
        "local/catalog.yml",
        "report: {type: pandas.NoSuchDataset}",
        "catalog (conf/*/catalog): An exception occurred",
    ),
    ("local/globals.yml", "data: 5", "globals (conf/*/globals): `data` must be the folder for what a run makes, got 5"),
]


@pytest.mark.parametrize(("name", "text", "said"), SPOILED)
def test_a_configuration_file_that_is_missing_or_wrong_is_one_message(kedro, conf, name, text, said):
    file = conf / name
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    else:
        file.unlink()
    env = "local" if name.startswith("local") else "demo"
    assert_is_one_message(kedro("run", f"--conf-source={conf}", f"--env={env}"), said)


@pytest.mark.parametrize("text", ["run: [", "status: {env: demo}", "run: {tag: vocal}", "3"])
def test_a_file_of_options_that_is_wrong_is_one_message(kedro, tmp_path, text):
    (tmp_path / "options.yml").write_text(text)
    assert_is_one_message(kedro("run", f"--config={tmp_path / 'options.yml'}"), "--config: ")


def test_status_says_of_wrong_options_what_a_run_says(kedro):
    for options, said in (WRONG[1], WRONG[5]):
        assert_is_one_message(kedro("status", options), said)


def test_the_help_says_how_values_are_read_and_which_environment_is_the_default(kedro):
    said = " ".join(kedro("run", "--help").output.split())
    assert "A path or another text is taken as it is written" in said and "Defaults to `demo`" in said


def test_a_fault_of_the_program_keeps_its_traceback(kedro, conf, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(IncrementalRunner, "run", fail)
    assert isinstance(kedro("run", f"--conf-source={conf}").exception, ZeroDivisionError)


@pytest.mark.slow
def test_the_program_itself_prints_one_message_too():
    paths = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    finished = subprocess.run(
        [sys.executable, "-m", "kedro", "run", "--env=Own"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": paths, "DO_NOT_TRACK": "1"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert finished.returncode == 1
    assert finished.stderr.strip().startswith("The run stopped: --env: there is no environment `Own`")
    assert "Traceback" not in finished.stdout + finished.stderr
