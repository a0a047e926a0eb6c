"""librosa's chroma, computed in several processes.

numba compiles parts of librosa when they are first used, and keeps what it has compiled in files in pairs. Where two
processes do so at once, files of a pair may be from different ones, and from then on every process that reads them
crashes (https://github.com/numba/numba/issues/10128). So here one process of a machine at a time compiles.
"""

from functools import cache
from typing import Any

import librosa
import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from real_cloned.core.files import machine_folder

COMPILE_LOCK = machine_folder("numba") / "compile.lock"


def chroma_cens(**arguments: Any) -> NDArray[np.float32]:
    """Return chroma energy normalised statistics (Müller et al., ISMIR 2005).

    Args:
        **arguments: Of `librosa.feature.chroma_cens`.

    Returns:
        Shape (12, n_frames).
    """
    _compile()
    return np.asarray(librosa.feature.chroma_cens(**arguments), np.float32)


@cache
def _compile() -> None:
    """Let numba compile, or load what was compiled, all that the chroma of a second of noise takes."""
    COMPILE_LOCK.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(COMPILE_LOCK):
        librosa.feature.chroma_cens(y=np.random.default_rng(0).normal(size=22050).astype(np.float32), sr=22050)
