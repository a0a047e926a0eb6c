"""The training without Kedro: its settings are those of conf/base, and at toy size it trains, goes on and reports."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import student
from benchmarks.settings import BASE
from real_cloned.artifacts.weights import read_weights
from real_cloned.encoders.registry import load_encoder
from tests.tiny import STUDENT

ROOT = Path(__file__).parents[2]


def test_the_settings_are_those_of_the_variant_in_conf_base():
    expected = BASE["pretrain"]["student"] | {"checkpoint_s": 0, "init_from": "x"}
    assert student.settings("base", "x") == type(STUDENT).model_validate(expected)
    assert student.settings("laptop", "x", epochs=7).max_epochs == 7


def test_segments_are_those_in_which_the_voice_is_heard(make_store):
    vocals = np.zeros((1, 4 * student.AUDIO.segment_samples), np.int16)
    vocals[:, 2 * student.AUDIO.segment_samples : 3 * student.AUDIO.segment_samples] = 500
    store = make_store({("t", "vocals"): vocals}, sample_rate_hz=16000)
    assert student.sung_offsets(store, "t") == [12.0]


@pytest.mark.slow
def test_on_a_bare_machine_it_trains_at_toy_size_and_writes_the_weights_of_an_encoder(tmp_path, teacher_file):
    command = ["bash", "benchmarks/student.sh", str(tmp_path), "--weights", teacher_file, "--size", "toy"]
    options = ["--n-singers", "4", "--minutes", "5"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ | {"PATH": path}
    )
    assert "epoch 1:" in done.stdout
    assert "mean cosine to the teacher, singers not trained on:" in done.stdout
    assert done.stdout.endswith("finished\n")
    assert load_encoder(read_weights(tmp_path / "student.safetensors"))
