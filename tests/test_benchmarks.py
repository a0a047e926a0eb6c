"""The benchmark of pretraining runs on a machine that has little more than torch."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ABSENT = [
    "kedro",
    "pydantic",
    "pandera",
    "pyarrow",
    "av",
    "demucs",
    "sklearn",
    "tensorboard",
    "upath",
    "click",
    "joblib",
]
BARE = f"""
import sys
sys.modules.update(dict.fromkeys({ABSENT!r}))  # what is None here cannot be imported
from benchmarks.pretrain import AUDIO, end_to_end, parameters, random_tracks
from benchmarks.plain import segments_per_second
from types import SimpleNamespace
import tempfile, pathlib
small = SimpleNamespace(patch_size=(128, 60), width=16, depth=1, n_heads=2, embedding_size=8, projector_sizes=[8, 8])
with tempfile.TemporaryDirectory() as folder:
    source = random_tracks(pathlib.Path(folder), 100)
    seconds, waiting = end_to_end(source, parameters(2, 6, architecture=small))
print(seconds > 0, 0 <= waiting <= 1, segments_per_second(AUDIO))
"""


def test_the_benchmark_of_pretraining_needs_torch_torchaudio_timm_lightning_numpy_and_pandas_alone():
    done = subprocess.run([sys.executable, "-c", BARE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "True", "None"], done.stderr
