"""The benchmarks of pretraining and of the probe run, and have the paper's settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from benchmarks import gpu, timing
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
    fit = end_to_end(source, parameters(2, 9, architecture=small))
print(fit.seconds > 0, 0 <= fit.waiting <= 1, len(fit.losses), segments_per_second(AUDIO))
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
def test_the_benchmark_of_the_probe_takes_the_median_epoch_after_the_first_by_the_devices_clock(monkeypatch, has_gpu):
    clocks = {"cpu": 100.0, "cuda": 5.0}
    device = "cuda" if has_gpu else "cpu"

    class Event:
        def __init__(self, *, enable_timing):
            assert enable_timing

        def record(self):
            self.at = clocks["cuda"]

        def elapsed_time(self, end):
            return 1000 * (end.at - self.at)

    def train(settings, end_epoch):
        epochs = [900.0, 32.0, 64.0, 6400.0]  # a slow start, and one epoch that was disturbed
        assert settings.max_epochs == len(epochs)
        for seconds in epochs:
            clocks[device] += seconds
            end_epoch()

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: None)
    for module, name in ((timing, "perf_counter"), (probe_benchmark, "process_time")):
        monkeypatch.setattr(module.time, name, lambda: clocks["cpu"])
    wall, processor = seconds_per_step(train, n_runs=2, n_epochs=3, device=torch.device(device))
    assert wall == 1.0
    assert processor == (0.0 if has_gpu else 1.0)


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
    assert done.stdout.split()[:3] == ["True", "True", "9"], done.stderr


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="a toy is for a machine without a GPU")
def test_the_measurements_for_a_gpu_run_at_toy_size_on_a_cpu_and_train_as_lightning_does():
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "benchmarks/gpu.sh", "--toy"], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"PATH": path},
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("| ")][2:]
    assert len(lines) == 13, done.stderr
    assert not [line for line in lines if "FAILED" in line]
    assert float(lines[-1].split("apart by at most ")[1].split(",")[0]) < 0.01


@pytest.mark.skipif(torch.cuda.is_available(), reason="wants a machine without a GPU")
def test_a_measurement_that_fails_is_a_line_of_the_table_and_the_others_follow(monkeypatch, capsys):
    measures = [("a", "1", lambda: 1 / 0), ("b", "", lambda: ["seen", "30 %"])]
    monkeypatch.setattr(gpu, "rows", lambda *_: measures)
    monkeypatch.setattr(sys, "argv", ["gpu", "--toy"])
    gpu.main()
    printed = capsys.readouterr().out
    assert "| a | 1 | FAILED: ZeroDivisionError: division by zero | – |" in printed
    assert "| b | – | seen | 30 % |" in printed
    monkeypatch.setattr(sys, "argv", ["gpu"])
    with pytest.raises(SystemExit):
        gpu.main()
