"""The settings of the benchmarks."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_benchmark_of_its_own_process_reads_the_settings():
    command = [sys.executable, "-c", "from benchmarks.settings import BASE; print(BASE['audio']['segment_s'])"]
    child = subprocess.run(command, cwd=Path(__file__).parents[2], check=False, capture_output=True, text=True)
    assert child.stdout.splitlines()[-1:] == ["6.0"], child.stderr
