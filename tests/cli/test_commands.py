"""The project's commands: training on a features folder, and the lineage of the runs that it leaves."""

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from kedro.framework.cli.utils import find_run_command

from real_cloned.__main__ import main
from real_cloned.cli.commands import cli

TINY = {
    "network": {"n_layers": 1, "hidden_size": 8, "embedding_size": 6, "window_frames": 8},
    "training": {
        "singers_per_batch": 3,
        "utterances_per_singer": 2,
        "train_steps": 2,
        "validation_steps": 1,
        "max_blocks": 1,
    },
}


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder to stand in, with features of three singers on each side and small parameters."""
    monkeypatch.chdir(tmp_path)
    config = {"num_feats": 4, "sr": 16000, "hop_size": 160, "frame_size": 400}
    for half, names in (("train", "abc"), ("val", "def")):
        for number, name in enumerate(names):
            (tmp_path / "features" / half / name).mkdir(parents=True)
            for take in range(3):
                frames = np.random.default_rng(take).normal(number, 1, (12, 4))
                np.save(tmp_path / "features" / half / name / f"{take}.npy", frames)
    (tmp_path / "features" / "feat_params.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "tiny.yml").write_text(yaml.safe_dump(TINY))
    return tmp_path


def call(*arguments):
    return CliRunner().invoke(cli, arguments)


def test_a_training_prints_its_error_rate_and_leaves_its_singers_as_a_table_and_a_map(workplace):
    result = call("train-features", "features", "--parameters", "tiny.yml", "--name", "first")
    assert result.exit_code == 0, result.output
    assert "pairwise equal error rate of whole utterances" in result.output and "36 trials" in result.output
    singers = pd.read_parquet(workplace / "runs" / "first" / "singers.parquet")
    assert singers[["singer_id", "n_tracks"]].values.tolist() == [["d", 3], ["e", 3], ["f", 3]]
    assert (workplace / "runs" / "first" / "singers.png").stat().st_size > 1000


@pytest.mark.parametrize("command", ["lineage", "family"])
def test_the_lineage_of_a_run_and_its_child_is_printed_also_under_its_former_name(workplace, command):
    call("train-features", "features", "--parameters", "tiny.yml", "--name", "first")
    call("train-features", "features", "--parameters", "tiny.yml", "--name", "second", "--init-from", "runs/first")
    lines = call(command, "runs/first/second").output.splitlines()
    assert [line.split("  (")[0] for line in lines] == ["first", "└── second *"]


def test_what_does_not_fit_is_one_message_without_a_traceback(workplace):
    np.save(workplace / "features" / "train" / "a" / "9.npy", np.zeros((3, 5)))
    result = call("train-features", "features", "--parameters", "tiny.yml")
    assert result.exit_code == 1
    assert "9.npy has 5 bins" in result.output and "Traceback" not in result.output


def test_a_parameter_that_does_not_exist_is_named(workplace):
    (workplace / "tiny.yml").write_text(yaml.safe_dump({"training": {"los": "ge2e"}}))
    result = call("train-features", "features", "--parameters", "tiny.yml")
    assert result.exit_code == 1 and "training.los" in result.output


def test_kedro_finds_the_commands_and_the_projects_run():
    assert find_run_command("real_cloned") is cli.commands["run"]
    assert set(cli.commands) == {"lineage", "family", "run", "status", "reclaim", "train-features"}
    assert "family" not in call("--help").output


def test_python_dash_m_takes_the_commands_too(workplace, monkeypatch, capsys):
    call("train-features", "features", "--parameters", "tiny.yml", "--name", "first")
    monkeypatch.setattr("sys.argv", ["real_cloned", "lineage", "runs"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("first  (")
