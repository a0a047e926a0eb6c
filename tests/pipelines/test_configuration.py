"""A fault of an environment or of a file of the configuration is an error that names it."""

import pytest
from kedro.config import MissingConfigException

from real_cloned.core.errors import RealClonedError
from real_cloned.pipelines.configuration import StudyConfigLoader


@pytest.fixture
def conf(tmp_path):
    """A small configuration: parameters in two environments, globals in one."""
    for env in ("base", "demo", ".hidden"):
        (tmp_path / env).mkdir()
    (tmp_path / "base" / "parameters.yml").write_text("probe: {seed: 1}")
    (tmp_path / "demo" / "globals.yml").write_text("data: data")
    return tmp_path


def load(conf, key="parameters", env="demo"):
    return StudyConfigLoader(str(conf), env, base_env="base", default_run_env="demo")[key]


def test_what_is_right_is_read_as_kedro_reads_it(conf):
    assert load(conf) == load(conf, env=None) == {"probe": {"seed": 1}}


def test_an_environment_that_is_not_there_is_named_with_those_that_are(conf):
    with pytest.raises(RealClonedError, match=r"--env: there is no environment `Demo` in .*; did you mean demo$"):
        load(conf, env="Demo")
    with pytest.raises(RealClonedError, match="; there are base, demo$"):
        load(conf, env="x")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("base/parameters.yml", b"probe: [a", "Invalid YAML or JSON file .*parameters.yml, unable to read line"),
        ("demo/parameters.yml", b"probe:\n\tseed: 1", "Invalid YAML or JSON file .*parameters.yml, unable to read"),
        ("base/parameters.yml", b"- 1\n- 2", r"^parameters \(conf/\{base,demo\}\) cannot be read"),
        ("base/parameters.yml", b"seed: ${nothing}", "Interpolation key 'nothing' not found"),
        ("base/parameters_again.yml", b"probe: {seed: 1}", "Duplicate keys found"),
        ("base/parameters.yml", b"name: Beyonc\xe9", "cannot be read: 'utf-8' codec can't decode"),
        ("demo/globals.yml", b"data: [", r"^globals \(conf/\{base,demo\}\) cannot be read: Invalid YAML"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(conf, name, content, said):
    (conf / name).write_bytes(content)
    with pytest.raises(RealClonedError, match=said):
        load(conf)


def test_parameters_that_are_nowhere_are_an_error_and_credentials_are_not_needed(conf):
    (conf / "base" / "parameters.yml").unlink()
    with pytest.raises(RealClonedError, match="^conf: No files of YAML or JSON format found"):
        load(conf)
    with pytest.raises(MissingConfigException):
        load(conf, "credentials")


def test_what_a_plugin_looks_for_may_be_nowhere(conf):
    loader = StudyConfigLoader(str(conf), "demo", base_env="base", default_run_env="demo")
    loader.config_patterns["airflow"] = ["airflow*"]
    with pytest.raises(MissingConfigException):
        loader["airflow"]
