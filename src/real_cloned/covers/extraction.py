"""Features of audio: chroma CENS by librosa, crema by the package of that name, a file per performance.

The files have the layout of Da-TACOS' single files, so that both are read by one function, and an extraction that was
interrupted goes on with the files that are missing.
"""

import json
from collections.abc import Callable
from functools import cache, partial
from typing import Any
from urllib.parse import quote

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.decode import decode
from real_cloned.audio.packets import UnreadableAudio
from real_cloned.core import chroma
from real_cloned.core.attempts import Failed
from real_cloned.core.errors import RealClonedError
from real_cloned.core.executor import results_in_order
from real_cloned.core.files import AnyPath, atomic_write, local_copy
from real_cloned.parameters.covers import FeatureKind, ProfileParameters

CREMA_HOP = 4096
"""Samples at 44.1 kHz between two frames of crema."""
CREMA_HINT = (
    "crema is not installed here, or does not work with its libraries. It was seen to work with crema 0.2.0 (the extra "
    "`crema`), tensorflow 2.21, tf_keras under the name keras, and scikit-learn 1.5, in an environment of its own "
    "(docs/covers.md); or choose chroma_cens in cover_profiles.kinds"
)
SETTINGS = {"kinds", "sample_rate_hz", "hop_length", "duration_s"}
"""Those that features depend on; a file of other settings is made anew."""
SILENT = "silent"


def extract_features(
    performances: pd.DataFrame, root: AnyPath, folder: AnyPath, parameters: ProfileParameters
) -> "pd.Series[Any]":
    """Write the features of each performance to a file, unless it is there; return why some have none.

    A performance that fails each time it is tried, or kills its process, has none either.

    Args:
        performances: Table of work_id, performance_id and path (relative to `root`).
        root: Folder of the audio.
        folder: Where files are written: `WORK/PERFORMANCE.h5`.
        parameters: Which features, how they are computed, and on how many cores.

    Returns:
        The reason for each row, null where there is a file.

    Raises:
        RealClonedError: hpcp is asked for, which only Da-TACOS has; or crema, and it does not work here.
    """
    _check_kinds(parameters)
    settings = json.dumps(parameters.model_dump(mode="json", include=SETTINGS))
    files = feature_files(folder, performances)
    tasks = [(root / str(path), file) for path, file in zip(performances["path"], files, strict=True)]
    results = results_in_order(
        partial(_write_features, settings=settings, parameters=parameters), tasks, parameters.n_jobs
    )
    bar = tqdm(results, total=len(tasks), desc="extract features", unit="track", mininterval=1.0)
    reasons = [result.reason if isinstance(result, Failed) else result for result in bar]
    return pd.Series(reasons, index=performances.index, dtype=object)


def feature_files(folder: AnyPath, performances: pd.DataFrame) -> list[AnyPath]:
    """Return the file of each performance's features: `WORK/PERFORMANCE.h5`, where a slash in an id is `%2F`.

    Args:
        folder: Of the features.
        performances: Table of work_id and performance_id.
    """
    ids = zip(performances["work_id"], performances["performance_id"], strict=True)
    return [folder / _file_name(str(work)) / f"{_file_name(str(performance))}.h5" for work, performance in ids]


def _file_name(text: str) -> str:
    quoted = quote(text, safe=" ")
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted  # neither hidden nor the folder above


def chroma_cens(samples: NDArray[np.float32], sample_rate_hz: int, hop_length: int) -> NDArray[np.float32]:
    """Return chroma energy normalised statistics (Müller et al., ISMIR 2005), by librosa.

    Args:
        samples: In [-1, 1]. Shape: (n_samples,).
        sample_rate_hz: Sample rate in hertz.
        hop_length: Samples between two frames.

    Returns:
        Shape (12, n_frames) float32.
    """
    return chroma.chroma_cens(y=samples, sr=sample_rate_hz, hop_length=hop_length)


def crema(samples: NDArray[np.float32], sample_rate_hz: int, hop_length: int) -> NDArray[np.float32]:
    """Return the pitch classes of crema's chord model, each frame repeated to the frames of the other features.

    Args:
        samples: In [-1, 1]. Shape: (n_samples,).
        sample_rate_hz: Sample rate in hertz.
        hop_length: Samples between two frames of the result.

    Returns:
        Shape (12, n_frames) float32.

    Raises:
        RealClonedError: The package is not there, or does not work with its libraries.
    """
    pitches = np.asarray(_crema_model().outputs(y=samples, sr=sample_rate_hz)["chord_pitch"], np.float32)  # (n, 12)
    times_s = np.arange(0, len(samples), hop_length) / sample_rate_hz
    nearest = np.clip(np.round(times_s * 44_100 / CREMA_HOP).astype(int), 0, len(pitches) - 1)
    return np.ascontiguousarray(pitches[nearest].T)


EXTRACTORS: dict[FeatureKind, Callable[[NDArray[np.float32], int, int], NDArray[np.float32]]] = {
    "chroma_cens": chroma_cens,
    "crema": crema,
}


def _check_kinds(parameters: ProfileParameters) -> None:
    if "hpcp" in parameters.kinds:
        raise RealClonedError(
            "cover_profiles.kinds: hpcp is read from Da-TACOS only; of audio choose chroma_cens or crema"
        )
    if "crema" in parameters.kinds:
        _crema_model()


@cache
def _crema_model() -> Any:
    try:
        from crema.models.chord import ChordModel

        return ChordModel()
    except Exception as error:  # noqa: BLE001 (a package that does not fit its libraries fails in many ways)
        raise RealClonedError(f"{CREMA_HINT} ({type(error).__name__}: {error})") from error


def _write_features(paths: tuple[AnyPath, AnyPath], settings: str, parameters: ProfileParameters) -> str | None:
    """Write the features of one performance, from its audio to its file; return why there are none."""
    audio, file = paths
    if _has_settings(file, settings):
        return None
    rate, hop = parameters.sample_rate_hz, parameters.hop_length
    try:
        samples = decode(audio, rate, 1).samples[0, : round(parameters.duration_s * rate)]
    except UnreadableAudio as error:
        return str(error)
    if not samples.any():
        return SILENT
    waveform = samples.astype(np.float32) / np.float32(32768)
    with atomic_write(file) as partial, h5py.File(partial, "w") as stored:
        for kind in parameters.kinds:
            stored[kind] = EXTRACTORS[kind](waveform, rate, hop).T  # frames by classes, as Da-TACOS
        stored.attrs["frame_rate_hz"], stored.attrs["settings"] = rate / hop, settings
    return None


def _has_settings(file: AnyPath, settings: str) -> bool:
    """Tell whether a file is there, whole, and of these settings."""
    try:
        with h5py.File(local_copy(file)) as stored:
            return bool(stored.attrs.get("settings") == settings)
    except OSError:
        return False
