"""Freed memory is kept, also in child processes; one switch makes the whole run deterministic."""

import gc
import os
import subprocess
import sys

import pandas as pd
import pytest
import torch
from kedro.framework.cli.utils import KedroCliError

from real_cloned.core.runtime import (
    RETAINED_BYTES,
    collector_paused,
    fits_on_gpu,
    free_gpu_memory,
    keep_freed_memory,
    wants_bfloat16,
)
from real_cloned.hooks import DeterminismHook
from real_cloned.incremental.fingerprint import library_versions

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
    assert os.environ["MALLOC_TRIM_THRESHOLD_"] == str(RETAINED_BYTES)


GROWTH = """
import sys
import pandas as pd
if sys.argv[1] == "small":
    from real_cloned.core.runtime import use_small_arrow_pool
    use_small_arrow_pool()
def pages(): return int(open("/proc/self/statm").read().split()[1])
before = pages()
tables = [pd.read_parquet(sys.argv[2]) for _ in range(4)]
print(pages() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_reading_tables_takes_less_memory_than_with_arrows_default(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({name: [f"{number:064}" for number in range(100_000)] for name in "ab"}).to_parquet(path)

    def growth(how: str) -> int:
        command = [sys.executable, "-c", GROWTH, how, str(path)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert growth("small") < growth("default")


@pytest.fixture
def gpu(monkeypatch):
    """A GPU of 80 bytes: 10 used elsewhere, 20 by tensors, 40 in torch's cache, and 10 that no one has taken."""
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (10, 80))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 60)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 20)
    return torch.device("cuda")


def test_what_torch_keeps_of_a_gpus_memory_counts_as_free(gpu):
    assert free_gpu_memory(gpu) == 50


def test_data_fit_on_a_gpu_when_they_take_less_than_half_of_its_free_memory(gpu):
    assert fits_on_gpu(24, gpu)
    assert not fits_on_gpu(25, gpu)
    assert not fits_on_gpu(1, torch.device("cpu"))


def test_it_is_imported_without_torch():
    program = (
        "import sys, real_cloned.core.runtime as r; assert not r.is_deterministic(); print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


@pytest.mark.parametrize("has_gpu", [False, True])
@pytest.mark.parametrize("has_bfloat16", [False, True])
def test_auto_is_bfloat16_where_the_hardware_has_it_and_where_asked_so_only_on_a_gpu(
    has_gpu, has_bfloat16, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr("real_cloned.core.runtime.has_bfloat16", lambda: has_bfloat16)
    assert wants_bfloat16("auto") == has_bfloat16
    assert wants_bfloat16("auto", also_on_cpu=False) == (has_bfloat16 and has_gpu)
    assert wants_bfloat16("bfloat16", also_on_cpu=False) and not wants_bfloat16("float32")


@pytest.fixture
def restore_torch():
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures("restore_torch")
def test_the_parameter_switches_torch_and_is_part_of_what_made_an_output():
    DeterminismHook().after_catalog_created({"parameters": {"deterministic": False}})
    assert not torch.are_deterministic_algorithms_enabled()
    free = library_versions({"torch", "numpy"})
    DeterminismHook().after_catalog_created({"parameters": {"deterministic": True}})
    assert torch.are_deterministic_algorithms_enabled()
    bound = library_versions({"torch", "numpy"})
    assert bound == free | {"torch": f"{free['torch']}, deterministic"}


def test_anything_but_true_and_false_is_refused():
    with pytest.raises(KedroCliError, match="deterministic: must be true or false, got 'yes'"):
        DeterminismHook().after_catalog_created({"parameters": {"deterministic": "yes"}})


def test_the_garbage_collector_waits_until_the_last_block_ends():
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
