"""The benchmarks of pretraining and of the probe run, and have the paper's settings."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from benchmarks import probe as probe_benchmark
from benchmarks.probe import Corpus, PickledTracks, parameters, seconds_per_step

ROOT = Path(__file__).parents[1]
PRETRAIN = """
from benchmarks.pretrain import AUDIO, end_to_end, parameters, random_tracks
from benchmarks.plain import segments_per_second
import tempfile, pathlib
small = dict(patch_size=(128, 60), width=16, depth=1, n_heads=2, embedding_size=8, projector_sizes=[8, 8])
with tempfile.TemporaryDirectory() as folder:
    source = random_tracks(pathlib.Path(folder), 100)
    seconds, waiting = end_to_end(source, parameters(2, 6, architecture=small))
print(seconds > 0, 0 <= waiting <= 1, segments_per_second(AUDIO))
"""
PROBE = """
import torch
from benchmarks.probe import Corpus, measured, parameters
settings = parameters(1)
assert settings.hidden_sizes == [1024, 1024]
times = measured(Corpus.random(3, size=8), 1, "float32", torch.device("cpu"))
print(*times)
"""


@pytest.mark.slow
def test_the_benchmark_of_the_probe_times_all_three_ways_at_toy_size():
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["together", "alone", "plain"], done.stderr


@pytest.mark.parametrize("has_gpu", [True, False])
def test_the_benchmark_of_the_probe_takes_the_median_epoch_after_the_first_once_the_gpu_is_done(monkeypatch, has_gpu):
    clock, on_gpu = [100.0], [0.0]

    def finish_gpu():
        clock[0] += on_gpu[0]
        on_gpu[0] = 0.0

    def train(settings, end_epoch):
        epochs = [900.0, 32.0, 64.0, 6400.0]  # a slow start, and one epoch that was disturbed
        assert settings.max_epochs == len(epochs)
        for seconds in epochs:
            (on_gpu if has_gpu else clock)[0] += seconds
            end_epoch()

    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr(torch.cuda, "synchronize", finish_gpu)
    for name in ("perf_counter", "process_time"):
        monkeypatch.setattr(probe_benchmark.time, name, lambda: clock[0])
    assert seconds_per_step(train, n_runs=2, n_epochs=3) == (1.0, 1.0)


def test_the_plain_way_fetches_the_same_segments_from_its_pickles(tmp_path):
    corpus = Corpus.random(2, size=4)
    rows = torch.tensor([0, 21, 439])
    assert torch.equal(PickledTracks(corpus, tmp_path)[rows], corpus.segments[rows])


def test_the_benchmark_of_the_probe_has_the_papers_settings():
    settings = yaml.safe_load((ROOT / "conf/base/parameters/probe.yml").read_text())["probe"]
    timed = parameters(settings["max_epochs"], stop_patience=settings["stop_patience"]).model_dump(mode="json")
    others = {"n_singers", "baselines"}  # which the benchmark does not time
    assert {name: value for name, value in timed.items() if name not in others} == {
        name: value for name, value in settings.items() if name not in others
    }


@pytest.mark.slow
def test_the_benchmark_of_pretraining_times_training_and_waiting_at_toy_size():
    done = subprocess.run([sys.executable, "-c", PRETRAIN], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split()[:2] == ["True", "True"], done.stderr
