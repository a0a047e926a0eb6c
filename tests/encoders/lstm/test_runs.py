"""Runs on disk: what is written, where, and their lineage."""

import pandas as pd
import pytest
import torch

from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.runs import (
    ancestors,
    load_initial_weights,
    read_run,
    run_folder,
    run_lineage,
    write_run,
)

WEIGHTS = Weights({"weight": torch.ones(2, 3), "bias": torch.zeros(2)}, {"pretrain": {"name": "tiny"}})
HISTORY = pd.DataFrame(
    {
        "epoch": [0, 1, 2],
        "validation_loss": [2.0, 1.0, 1.5],
        "pairwise_eer": [0.3, 0.2, 0.1],
        "in_batch_eer": [0.2, 0.1, 0.0],
    }
)


def write(parent, name, init_from=None):
    """Write a run, and return its folder."""
    folder = run_folder(parent, name, init_from)
    write_run(folder, WEIGHTS, HISTORY, init_from)
    return folder


def names(lineage):
    return [line.split("  (")[0] for line in lineage.splitlines()]


def test_a_run_tells_its_best_block_and_the_rates_of_that_block(tmp_path):
    run = read_run(write(tmp_path, "first"))
    assert run == {
        **{"name": "first", "ancestors": [], "blocks": 3, "best_block": 1, "best_validation_loss": 1.0},
        **{"pairwise_eer": 0.2, "in_batch_eer": 0.1},
    }


def test_a_run_that_starts_from_another_lies_inside_it_and_knows_its_ancestors(tmp_path):
    speech = write(tmp_path, "speech")
    singing = write(tmp_path / "elsewhere", "singing", speech)
    assert singing == speech / "singing"
    assert ancestors(write(tmp_path, "damp", singing)) == ["speech", "singing"]


def test_a_run_written_again_takes_its_own_place_and_its_descendants_stay(tmp_path):
    parent = write(tmp_path, "parent")
    child = write(tmp_path, "child", parent)
    write_run(parent, WEIGHTS, HISTORY[:1])
    assert read_run(parent)["blocks"] == 1
    assert ancestors(child) == ["parent"]


def test_the_weights_of_a_run_are_loaded_into_a_network_that_they_fit_and_into_no_other(tmp_path):
    folder = write(tmp_path, "small")
    linear = torch.nn.Linear(3, 2)
    load_initial_weights(linear, folder)
    assert torch.equal(linear.weight, torch.ones(2, 3))
    with pytest.raises(RealClonedError, match="small do not fit"):
        load_initial_weights(torch.nn.Linear(4, 2), folder)


def test_a_folder_that_is_no_run_does_not_start_one(tmp_path):
    with pytest.raises(RealClonedError, match=r"run\.json"):
        run_folder(tmp_path, "child", tmp_path)


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden"])
def test_a_name_that_is_no_folders_is_refused(tmp_path, name):
    with pytest.raises(RealClonedError, match="becomes a folder's"):
        run_folder(tmp_path, name)


def test_the_lineage_has_a_line_per_run_and_marks_the_one_that_was_asked_for(tmp_path):
    speech = write(tmp_path, "speech")
    damp, _ = (write(tmp_path, name, speech) for name in ("damp", "singing"))
    write(tmp_path, "opera", damp)
    write(tmp_path, "alone")
    assert names(run_lineage(tmp_path)) == ["alone", "speech", "├── damp", "│   └── opera", "└── singing"]
    assert names(run_lineage(damp)) == ["speech", "├── damp *", "│   └── opera", "└── singing"]


def test_a_line_of_the_lineage_tells_what_came_of_the_run(tmp_path):
    said = "best validation loss 1.000 at block 1 of 3, equal error rate 20.0 % pairwise, 10.0 % in batch"
    assert run_lineage(write(tmp_path, "first")) == f"first *  ({said})"


def test_a_folder_without_runs_has_no_lineage(tmp_path):
    with pytest.raises(RealClonedError, match="holds no runs"):
        run_lineage(tmp_path)
