"""What librosa has compiled is compiled by one process of a machine at a time."""

import os
import subprocess
import sys

import librosa
import numpy as np
import pytest
from filelock import FileLock, Timeout

from real_cloned.core import chroma

SOUNDS = ("y=np.ones(22050, np.float32), sr=22050, hop_length=512", "C=np.ones((84, 200)), bins_per_octave=12")


def start(sound, delay_s, folder):
    """Start a process that computes a chroma, with compiled files in a folder."""
    code = f"import time; time.sleep({delay_s}); import numpy as np; from real_cloned.core.chroma import chroma_cens"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", f"{code}; chroma_cens({sound})"], env=environment)


def test_the_first_chroma_of_a_process_compiles_while_no_other_process_can(monkeypatch, tmp_path):
    monkeypatch.setattr(chroma, "COMPILE_LOCK", tmp_path / "locks" / "compile.lock")
    is_locked = []

    def noting(**_):
        try:
            with FileLock(chroma.COMPILE_LOCK, timeout=0):
                is_locked.append(False)
        except Timeout:
            is_locked.append(True)
        return np.zeros((12, 1))

    chroma._compile.cache_clear()
    monkeypatch.setattr(librosa.feature, "chroma_cens", noting)
    for _ in range(2):
        assert chroma.chroma_cens(y=np.zeros(10)).shape == (12, 1)
    chroma._compile.cache_clear()
    assert is_locked == [True, False, False]


@pytest.mark.slow
def test_processes_that_begin_at_once_leave_files_that_do_not_crash_the_next(tmp_path):
    for attempt in range(3):  # without the lock three of four attempts crash one
        begun = [start(SOUNDS[number % 2], 0.5 * number, tmp_path / str(attempt)) for number in range(4)]
        assert [process.wait() for process in begun] == [0] * 4
        assert [start(sound, 0, tmp_path / str(attempt)).wait() for sound in SOUNDS] == [0, 0]
