"""Time and memory of version identification at the scale of Da-TACOS' benchmark, on made features.

    python -m benchmarks.covers --performances 15000

Writes features of random works in the folders and shapes of Da-TACOS (a thousandth of them, whose profiles are then
repeated with noise, so that no disk fills), reads and shortens them, writes and reads the HDF5 file of all profiles,
embeds a part of them, and measures 13,000 queries among 15,000 candidates. Each line has seconds, and the greatest
memory of the process so far.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from real_cloned.covers.baselines import chroma_mean_similarities
from real_cloned.covers.corpus import prepare_da_tacos
from real_cloned.covers.evaluation import embed_profiles
from real_cloned.covers.measures import correct_hubs, cosine_similarities, hubness, measure_retrieval
from real_cloned.covers.networks import SiameseNetwork
from real_cloned.covers.profiles import Profiles, read_profiles, write_profiles
from real_cloned.parameters.covers import CoverCorpusParameters, ProfileParameters, SiameseParameters

PARAMETERS = ProfileParameters(kinds=["crema"])
N_EMBEDDED = 64
"""Profiles that the published network embeds here; the time of all is computed."""


def timed(label: str, function: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    value = function()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{label}: {time.perf_counter() - started:.1f} s, {memory:.2f} GiB at most so far", flush=True)
    return value


def write_features(root: Path, n: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(n):
        folder = root / "da-tacos_benchmark_subset_crema" / f"W_{number}_crema"
        folder.mkdir(parents=True)
        with h5py.File(folder / f"P_{number}_crema.h5", "w") as file:
            file["crema"] = rng.random((15_500, 12)).astype(np.float32)


def repeat(profiles: Profiles, n: int) -> Profiles:
    """Return n profiles: works of 13 performances, and noise at the end, as the benchmark has them."""
    n_works = n // 15
    works = np.concatenate([np.repeat(np.arange(n_works), 13), n_works + np.arange(n - 13 * n_works)])
    rng = np.random.default_rng(1)
    values = profiles.values[works % len(profiles.values)] + rng.random((n, 12, 500), dtype=np.float32)
    return Profiles(values, np.array([f"W_{work}" for work in works]), np.array([f"P_{number}" for number in range(n)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--performances", type=int, default=15_000)
    n = parser.parse_args().performances
    with tempfile.TemporaryDirectory() as name:
        root, n_files = Path(name), max(15, n // 1000)
        write_features(root, n_files)
        corpus = CoverCorpusParameters(name="benchmark", root=name, source="da_tacos")
        few, *_ = timed(f"read and shorten {n_files} performances", lambda: prepare_da_tacos(corpus, PARAMETERS))
        profiles = repeat(few["crema"], n)
        timed(f"write {n} profiles", lambda: write_profiles(root / "all.h5", {"crema": profiles}))
        print(f"the file has {(root / 'all.h5').stat().st_size / 2**20:.0f} MiB")
        timed(f"read {n} profiles", lambda: read_profiles(root / "all.h5"))
    network = SiameseNetwork(SiameseParameters(
        steps_per_epoch=1, max_epochs=1, stop_patience=1, learning_rate=0.1, pairs_per_batch=2, n_validation_pairs=2
    )).eval()  # fmt: skip
    some = profiles.values[:N_EMBEDDED]
    timed(f"embed {N_EMBEDDED} profiles (published network)", lambda: embed_profiles(network.embed, some))
    embeddings = np.random.default_rng(2).normal(size=(n, 512)).astype(np.float32)
    plain = cosine_similarities(embeddings)
    print(timed("measure cosine similarities", lambda: measure_retrieval(plain, profiles.works)))
    corrected = timed("hubness", lambda: correct_hubs(plain, hubness(embeddings, embeddings[:2000], 10)))
    timed("measure with hubs corrected", lambda: measure_retrieval(corrected, profiles.works))
    means = chroma_mean_similarities(profiles.values)
    timed("measure mean chroma", lambda: measure_retrieval(means, profiles.works))
    half = torch.from_numpy(embeddings)
    rows = half[:256]
    with torch.inference_mode():
        timed("Siamese logits of 256 queries", lambda: network.compare(rows, half))


if __name__ == "__main__":
    main()
