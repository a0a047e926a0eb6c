"""Profiles: the pitch classes of a performance over time, brought to one size, and a file that holds those of a set.

As vignejs/cover-song-identification does it: the first 180 s, repeated where a performance is shorter, shortened to 500
frames by means over areas. A network sees a profile tiled twice in pitch without the last row, 23 x 500, so that a
kernel of twelve rows meets it in all twelve keys (Yesiler et al., "Accurate and scalable version identification using
musically-motivated embeddings", ICASSP 2020, https://arxiv.org/abs/1910.12551).

On disk a set is one HDF5 file: for each feature a group of its name with `profiles` (n, 12, n_frames) float32,
`work_id` and `performance_id` (n,) text.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, atomic_write, local_copy

Ids = NDArray[np.str_]


@dataclass(frozen=True)
class Profiles:
    """The profiles of a set of performances, by one feature.

    Attributes:
        values: In any unit, not negative. Shape: (n, 12, n_frames) float32.
        work_ids: Work of each performance. Shape: (n,).
        performance_ids: Of each performance, all different. Shape: (n,).
    """

    values: NDArray[np.float32]
    work_ids: Ids
    performance_ids: Ids

    @property
    def works(self) -> NDArray[np.int64]:
        """Number of each performance's work, from 0 in the order of their names. Shape: (n,)."""
        return np.unique(self.work_ids, return_inverse=True)[1].astype(np.int64)


def shorten(feature: NDArray[np.float32], n_frames: int) -> NDArray[np.float32]:
    """Return a feature with fewer frames, each the mean over its area; with more, each is a part of an old one.

    Args:
        feature: Shape: (12, any).
        n_frames: Of the result.

    Returns:
        Shape (12, n_frames) float32.

    Example:
        >>> shorten(np.array([[0.0, 2.0, 4.0]], np.float32), 2).tolist()  # 0 and half of 2; half of 2 and 4
        [[0.6666666865348816, 3.3333332538604736]]
    """
    n_old = feature.shape[1]
    sums = np.pad(np.cumsum(feature, axis=1, dtype=np.float64), ((0, 0), (1, 0)))  # up to each edge of a frame
    edges = np.linspace(0, n_old, n_frames + 1)
    at_edges = np.stack([np.interp(edges, np.arange(n_old + 1), row) for row in sums])  # (12, n_frames + 1)
    shortened: NDArray[np.float32] = (np.diff(at_edges, axis=1) * (n_frames / n_old)).astype(np.float32)
    return shortened


def to_profile(
    feature: NDArray[np.float32], frame_rate_hz: float, duration_s: float, n_frames: int
) -> NDArray[np.float32]:
    """Return the profile of a performance: its first seconds, repeated to fill them, shortened.

    Args:
        feature: Shape: (12, any).
        frame_rate_hz: Frames of the feature per second.
        duration_s: What is used of the performance.
        n_frames: Of the profile. Where the feature has ten times as many, a whole number of its frames becomes one:
            15500 of Da-TACOS become 500, as published.

    Returns:
        Shape (12, n_frames) float32.
    """
    n_used = max(1, round(duration_s * frame_rate_hz))
    if n_used >= 10 * n_frames:
        n_used -= n_used % n_frames
    repeats = -(-n_used // feature.shape[1])
    return shorten(np.tile(feature, (1, repeats))[:, :n_used], n_frames)


def tile_pitch(profiles: Tensor) -> Tensor:
    """Return profiles twice above each other, without the last row.

    Args:
        profiles: Shape: (..., 12, n_frames).

    Returns:
        Shape (..., 23, n_frames).
    """
    return torch.cat([profiles, profiles[..., :-1, :]], dim=-2)


def write_profiles(path: AnyPath, sets: Mapping[str, Profiles]) -> None:
    """Write the profiles of a set, which replace those that are there.

    Args:
        path: Of the HDF5 file.
        sets: Profiles by the name of the feature.
    """
    with atomic_write(path) as partial, h5py.File(partial, "w") as file:
        for kind, profiles in sets.items():
            group = file.create_group(kind)
            group["profiles"] = profiles.values
            for name, ids in (("work_id", profiles.work_ids), ("performance_id", profiles.performance_ids)):
                group.create_dataset(name, data=[str(one) for one in ids], dtype=h5py.string_dtype())


def read_profiles(path: AnyPath) -> dict[str, Profiles]:
    """Return the profiles of a set by the name of the feature, in the order of their names.

    Args:
        path: Of a file of `write_profiles`.

    Raises:
        RealClonedError: The file is missing or damaged, or holds something else.
    """
    try:
        with h5py.File(local_copy(path)) as file:
            return {
                kind: Profiles(
                    np.asarray(group["profiles"], np.float32),
                    *(np.array(group[name].asstr()[:], dtype=np.str_) for name in ("work_id", "performance_id")),
                )
                for kind, group in file.items()
            }
    except FileNotFoundError as error:
        raise RealClonedError(f"{path} is not there: run the stage that makes it again") from error
    except (OSError, KeyError, AttributeError) as error:
        raise RealClonedError(f"{path} holds no profiles ({error}): delete it and run again") from error
