"""Memory does not grow with the length of a file."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest

RATE = 8000
HOUR_S = 3600
PROGRAM = """
import resource, sys
from pathlib import Path
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.corpora.decoding import DecodeTrack
from real_cloned.parameters.ingest import AudioParameters
audio = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=6.0)
file, store = Path(sys.argv[1]), Path(sys.argv[2])
write_store(store, StorePlan([DecodeTrack("long", file, audio)]), 16000, 1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write_long(path, duration_s):
    """Write a WAV of silence with one click, which takes next to no room on disk."""
    n_bytes = 2 * RATE * duration_s
    with path.open("wb") as file:
        riff = struct.pack("<4sI4s", b"RIFF", n_bytes + 36, b"WAVE")
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        head = riff + form + struct.pack("<4sI", b"data", n_bytes)
        file.write(head + b"\xff\x1f" * 100)
        file.truncate(44 + n_bytes)
    return path


def peak_kib(path, tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(path), str(tmp_path / f"{path.stem}_store")]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return int(run.stdout)


@pytest.mark.slow
def test_ten_hours_are_decoded_in_the_memory_of_ten_minutes(tmp_path):
    short = peak_kib(write_long(tmp_path / "short.wav", HOUR_S // 6), tmp_path)
    long = peak_kib(write_long(tmp_path / "long.wav", 10 * HOUR_S), tmp_path)
    assert (tmp_path / "long_store" / "00000.mixture.i16").stat().st_size == 10 * HOUR_S * 16000 * 2
    assert long - short < 64 * 1024
