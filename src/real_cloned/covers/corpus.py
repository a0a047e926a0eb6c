"""A set of performances, from Da-TACOS or from audio: its profiles, and why some performances have none."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath
from real_cloned.covers.extraction import extract_features, feature_files
from real_cloned.covers.features import UnusableFeature, list_da_tacos, read_feature
from real_cloned.covers.profiles import Profiles, to_profile
from real_cloned.parameters.covers import CoverCorpusParameters, ProfileParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import Performances, RejectedPerformances

Array = NDArray[np.float32]
Prepared = tuple[dict[str, Profiles], pd.DataFrame, pd.DataFrame]
"""Profiles by feature; `schemas.covers.Performances` of their rows; `schemas.covers.RejectedPerformances`."""


def prepare_da_tacos(corpus: CoverCorpusParameters, parameters: ProfileParameters) -> Prepared:
    """Return the profiles of a subset of Da-TACOS.

    Args:
        corpus: Its folder and subset.
        parameters: Features and size of profiles.

    Raises:
        RealClonedError: There is no folder of one of the features.
    """
    found = list_da_tacos(Path(str(corpus.root)), corpus.subset, parameters.kinds)
    return _profiles(select_part(found, corpus.part).assign(singer=None), parameters)


def prepare_audio(found: pd.DataFrame, root: AnyPath, folder: AnyPath, parameters: ProfileParameters) -> Prepared:
    """Return the profiles of audio files, whose features are extracted first where they are not there.

    Args:
        found: Table of work_id, performance_id, path (relative to `root`) and singer.
        root: Folder of the audio.
        folder: Where features are kept.
        parameters: Features and size of profiles.

    Raises:
        RealClonedError: A feature cannot be extracted here.
    """
    reasons = extract_features(found, root, folder, parameters)
    rejected = found[["work_id", "performance_id", "path"]].assign(reason=reasons)[reasons.notna()]
    usable = found[reasons.isna()].reset_index(drop=True)
    files = feature_files(folder, usable)
    for kind in parameters.kinds:
        usable[kind] = pd.Series(files, dtype=object)
    profiles, performances, misshapen = _profiles(usable, parameters)
    return profiles, performances, pd.concat([rejected, misshapen], ignore_index=True)


def select_part(found: pd.DataFrame, part: tuple[float, float]) -> pd.DataFrame:
    """Return the performances of some works, which do not depend on what other works there are.

    Args:
        found: Table with work_id.
        part: From which to which place between 0 and 1; the hash of a work's id is its place.
    """
    places = np.array([crc32(str(work).encode()) / 2**32 for work in found["work_id"]])
    low, high = part
    return found[(low <= places) & ((places < high) | (high == 1.0))].reset_index(drop=True)


def without_works(profiles: Profiles, others: Profiles) -> Profiles:
    """Return the performances whose work does not occur in another set.

    Args:
        profiles: To train on.
        others: To be judged by.
    """
    kept = ~np.isin(profiles.work_ids, others.work_ids)
    return Profiles(profiles.values[kept], profiles.work_ids[kept], profiles.performance_ids[kept])


def prepare_scores(
    chroma: Iterable[tuple[str, str, Array]], frame_rate_hz: float, parameters: ProfileParameters
) -> dict[str, Profiles]:
    """Return the profiles of works of which there are scores only, by feature.

    Args:
        chroma: Work, performance and chroma CENS of each, (12, any).
        frame_rate_hz: Frames of the chroma per second.
        parameters: Features and size of profiles.

    Raises:
        RealClonedError: There are such works, and the networks take another feature.
    """
    rows = []
    for work, name, one in chroma:
        if parameters.kinds[0] != "chroma_cens":  # said before thousands are computed
            raise RealClonedError(
                f"cover_demo.n_score_works: only chroma_cens is computed from scores, and the networks take "
                f"{parameters.kinds[0]}: make chroma_cens the first of cover_profiles.kinds, or set n_score_works to 0"
            )
        rows.append((work, name, to_profile(one, frame_rate_hz, parameters.duration_s, parameters.n_frames)))
    profiles = prepare_nothing(parameters)[0]
    if rows:
        works, names, values = zip(*rows, strict=True)
        profiles["chroma_cens"] = Profiles(np.stack(values), np.array(works), np.array(names))
    return profiles


def join_profiles(first: Profiles, second: Profiles) -> Profiles:
    """Return the performances of two sets, one after the other.

    Args:
        first: Of any works.
        second: Of other works.
    """
    arrays = ("values", "work_ids", "performance_ids")
    return Profiles(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in arrays))


def prepare_nothing(parameters: ProfileParameters) -> Prepared:
    """Return the empty set, for a corpus that is not there.

    Args:
        parameters: Features and size of profiles.
    """
    found = pd.DataFrame({name: pd.Series(dtype=object) for name in ("work_id", "performance_id", "singer")})
    return _profiles(found.assign(**dict.fromkeys(parameters.kinds)), parameters)


def _profiles(found: pd.DataFrame, parameters: ProfileParameters) -> Prepared:
    """Return what `Prepared` says of a table with the file of each feature."""
    values = {str(kind): np.empty((len(found), 12, parameters.n_frames), np.float32) for kind in parameters.kinds}
    reasons: list[tuple[str | None, str | None]] = []
    n_used = 0
    for files in zip(*(found[kind] for kind in parameters.kinds), strict=True):
        reasons.append(_fill([rows[n_used] for rows in values.values()], files, parameters))
        n_used += reasons[-1][1] is None
    told = pd.DataFrame(reasons, columns=["path", "reason"], index=found.index, dtype=object)
    found = found.drop(columns="path", errors="ignore").join(told)
    used, rejected = found[found["reason"].isna()], found[found["reason"].notna()]
    ids = [used[name].to_numpy(dtype=np.str_) for name in ("work_id", "performance_id")]
    profiles = {kind: Profiles(rows[:n_used], ids[0], ids[1]) for kind, rows in values.items()}
    performances = used[list(empty_table(Performances))].reset_index(drop=True)
    return profiles, performances, rejected[list(empty_table(RejectedPerformances))].reset_index(drop=True)


def _fill(rows: list[Array], files: Sequence[Any], parameters: ProfileParameters) -> tuple[str | None, str | None]:
    """Write the profiles of one performance into `rows`; return the file and the reason where that is not possible."""
    for kind, file, row in zip(parameters.kinds, files, rows, strict=True):
        if not isinstance(file, Path):
            return None, f"no file of {kind}"
        try:
            feature, rate = read_feature(file, kind)
        except UnusableFeature as error:
            return str(file), str(error)
        row[:] = to_profile(feature, rate, parameters.duration_s, parameters.n_frames)
    return None, None
