"""Works made of random harmonies: features of performances in other keys and tempos, in the folders of Da-TACOS."""

import h5py
import numpy as np

from real_cloned.covers.profiles import Profiles


def harmony(seed, n_chords=15):
    """Return (12, n_chords) of a work: each chord three classes of seven."""
    rng = np.random.default_rng(seed)
    scale = (np.array([0, 2, 4, 5, 7, 9, 11]) + rng.integers(12)) % 12
    chords = np.zeros((12, n_chords), np.float32)
    for chord in chords.T:
        chord[rng.choice(scale, 3, replace=False)] = 1.0
    return chords


def perform(work, seed, n_frames, noise=0.05):
    """Return (12, n_frames) of a version of a work: transposed, at another tempo, with noise."""
    rng = np.random.default_rng([seed, 1])
    transposed = np.roll(work, rng.integers(12), axis=0)
    positions = np.arange(n_frames) * rng.uniform(0.85, 1.15) * work.shape[1] / n_frames
    version = transposed[:, positions.astype(int) % work.shape[1]]
    return (version + noise * rng.random(version.shape)).astype(np.float32)


def make_profiles(n_works, n_versions, n_frames=60, seed=0, noise=0.05):
    """Return the profiles of works in several versions."""
    rows, works, names = [], [], []
    for work in range(n_works):
        score = harmony([seed, work])
        for version in range(n_versions):
            rows.append(perform(score, seed + 1000 * work + version, n_frames, noise))
            works.append(f"W_{work:03d}")
            names.append(f"P_{work:03d}_{version}")
    return Profiles(np.stack(rows), np.array(works), np.array(names))


def write_feature(file, **arrays):
    """Write arrays by name to an HDF5 file, whose folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(file, "w") as stored:
        for name, values in arrays.items():
            stored[name] = values


def write_da_tacos(root, subset, n_works, n_versions, *, single_files, seed=0, n_frames=200):
    """Write crema and hpcp of works in several versions; the crema of `coveranalysis` is transposed."""
    for work in range(n_works):
        score = harmony([seed, work])
        for version in range(n_versions):
            feature = perform(score, seed + 1000 * work + version, n_frames)
            arrays = {
                "crema": feature if subset == "coveranalysis" else feature.T,
                "hpcp": np.roll(feature, -9, axis=0).T,
            }  # from A on
            if single_files:
                folder = root / f"da-tacos_{subset}_subset_single_files" / f"W_{work}"
                write_feature(folder / f"P_{work}{version}.h5", **arrays)
            else:
                for kind, values in arrays.items():
                    folder = root / f"da-tacos_{subset}_subset_{kind}" / f"W_{work}_{kind}"
                    write_feature(folder / f"P_{work}{version}_{kind}.h5", **{kind: values})
