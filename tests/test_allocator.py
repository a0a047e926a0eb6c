"""Freed memory is kept, here and in the processes that are started."""

import os
import subprocess
import sys

import pytest

from real_cloned.core.runtime import KEPT_BYTES, keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1] == "keep":
    from real_cloned.core.runtime import keep_freed_memory
    keep_freed_memory()
def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(5_000_000)
before = faults()
for _ in range(20):
    np.ones(5_000_000)
print(faults() - before)
"""


def faults(how: str) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-c", FAULTS, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


@pytest.mark.skipif(not keep_freed_memory(), reason="needs glibc")
def test_memory_that_was_freed_is_not_asked_for_again():
    assert faults("keep") * 10 < faults("leave")


def test_processes_started_later_inherit_the_setting():
    keep_freed_memory()
    assert os.environ["MALLOC_TRIM_THRESHOLD_"] == str(KEPT_BYTES)
