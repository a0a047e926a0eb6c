"""Da-TACOS on disk: which performances there are, and the pitch-class features of one of them.

Two layouts, by subset (https://github.com/MTG/da-tacos), HDF5 files of deepdish, which are read by h5py:

    da-tacos_<subset>_subset_<feature>/W_<work>_<feature>/P_<performance>_<feature>.h5       a file per feature
    da-tacos_<subset>_subset_single_files/W_<work>/P_<performance>.h5                        all features in one file

Features are frames by pitch classes or the other way round: the crema of the two subsets differ. So the side of twelve
is looked for, and never guessed. The first class of hpcp is A (Essentia's reference is 440 Hz), that of the others C.
"""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.covers import FeatureKind

N_CLASSES = 12
FRAME_RATE_HZ = 44_100 / 512
"""Of Da-TACOS' features."""
FOLDER_NAMES: dict[FeatureKind, tuple[str, ...]] = {
    "crema": ("crema",),
    "hpcp": ("hpcp",),
    "chroma_cens": ("cens", "chroma_cens"),
}
"""What the folders of a feature are called; its array in the file has the feature's own name."""


FIRST_CLASS = {"crema": 0, "hpcp": 9, "chroma_cens": 0}
"""Semitones from C to the first pitch class of a feature's array."""


class UnusableFeature(RealClonedError):  # noqa: N818 (the name is that of the reason)
    """A file of features that cannot be used; the message is a short reason for the table of rejected performances."""


def list_da_tacos(root: Path, subset: str, kinds: Sequence[FeatureKind]) -> pd.DataFrame:
    """Return the performances of a subset, in the order of works and performances.

    Args:
        root: Folder that holds Da-TACOS' folders.
        subset: `benchmark` or `coveranalysis`.
        kinds: Features that are wanted.

    Returns:
        Table of work_id, performance_id, and for each kind a column with the path of its file, null where there is
        none.

    Raises:
        RealClonedError: There is no folder of one of the features.
    """
    columns = {kind: _files(root, subset, kind) for kind in kinds}
    names = sorted({name for files in columns.values() for name in files})
    table = pd.DataFrame(names, columns=["work_id", "performance_id"], dtype=object)
    for kind, files in columns.items():
        table[kind] = pd.Series([files.get(name) for name in names], dtype=object)
    return table


def read_feature(file: Path, kind: FeatureKind) -> tuple[NDArray[np.float32], float]:
    """Return a feature of a performance, pitch classes first and from C on, and its frame rate.

    Args:
        file: HDF5 file that has the feature under its own name.
        kind: Name of the feature.

    Returns:
        Shape (12, n_frames) float32; and frames per second, Da-TACOS' where the file does not say it.

    Raises:
        UnusableFeature: The file cannot be read or lacks the feature, or the feature is no matrix with one side of
            twelve, or holds what is no number, or nothing but zeros.
    """
    try:
        with h5py.File(file) as stored:
            if kind not in stored:
                raise UnusableFeature(f"no feature {kind} in the file")
            values, rate = np.asarray(stored[kind], np.float32), float(stored.attrs.get("frame_rate_hz", FRAME_RATE_HZ))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UnusableFeature(f"unreadable: {error}") from error
    values = _classes_first(values)
    if not np.isfinite(values).all():
        raise UnusableFeature("holds values that are no numbers")
    if not values.any():
        raise UnusableFeature("holds nothing but zeros")
    return np.roll(values, FIRST_CLASS[kind], axis=0), rate


def _classes_first(values: NDArray[np.float32]) -> NDArray[np.float32]:
    shape = " x ".join(map(str, values.shape))
    if values.ndim != 2 or values.shape.count(N_CLASSES) == 0 or not values.size:
        raise UnusableFeature(f"misshapen: {shape}, and one of two sides must be {N_CLASSES}")
    if values.shape.count(N_CLASSES) == 2:
        raise UnusableFeature(f"misshapen: {shape}, which does not tell frames from pitch classes")
    return np.ascontiguousarray(values if values.shape[0] == N_CLASSES else values.T)


def _files(root: Path, subset: str, kind: FeatureKind) -> dict[tuple[str, str], Path]:
    """Return the file of each performance by work and performance."""
    folders = [root / f"da-tacos_{subset}_subset_{name}" for name in ("single_files", *FOLDER_NAMES[kind])]
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        raise RealClonedError(
            f"{root} holds no features {kind} of the subset {subset}: expected one of the folders "
            f"{', '.join(folder.name for folder in folders)} (https://github.com/MTG/da-tacos, da-tacos_downloader.py)"
        )
    suffixes = tuple(f"_{name}" for name in FOLDER_NAMES[kind])
    return {
        (_without(file.parent.name, suffixes), _without(file.stem, suffixes)): file
        for file in sorted(folder.glob("*/*.h5"))
    }


def _without(name: str, suffixes: tuple[str, ...]) -> str:
    longest_first = sorted(suffixes, key=len, reverse=True)
    return next((name.removesuffix(suffix) for suffix in longest_first if name.endswith(suffix)), name)
