"""The benchmark of Ray's workers runs, and prints a row for each number of workers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_benchmark_of_workers_prints_a_row_for_each_number_of_them():
    pytest.importorskip("ray")
    command = [sys.executable, "-m", "benchmarks.workers", "--toy"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines() if line.startswith("|")]
    assert rows == ["workers", "---:", "1", "2"], done.stderr
