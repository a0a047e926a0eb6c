"""How well the published speech weights tell singers apart: pairwise equal error rates on a folder of recordings.

    python -m benchmarks.speaker --root PATH [--weights installed] [--under singers]

PATH holds manifest.csv with path, singer_id and album. Clips are heard whole. A trial is a pair of clips; all pairs are
tried.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from real_cloned.audio.decode import decode
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.ge2e import SAMPLE_RATE_HZ, ge2e_encoder, ge2e_tensors
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import pairwise_eer

ALL_PAIRS = 1_000_000


def main() -> None:
    arguments = _arguments()
    clips = pd.read_csv(arguments.root / "manifest.csv", dtype=str, keep_default_na=False)
    clips = clips.rename(columns={"album": "album_id"})
    clips = clips[clips["path"].str.startswith(f"{arguments.under}/")].reset_index(drop=True)
    try:
        embeddings = _embeddings([arguments.root / path for path in clips["path"]], arguments.weights)
    except RealClonedError as error:
        raise SystemExit(f"{error}") from error
    print(f"{len(clips)} clips by {clips['singer_id'].nunique()} singers, {clips['album_id'].nunique()} albums")
    for kind, different_albums in (("of different albums only", True), ("of any albums", False)):
        trials = trial_list(clips, ALL_PAIRS, 0, different_albums=different_albums)
        rate = 100 * pairwise_eer(trials, embeddings)
        n_same = int(trials["is_same"].sum())
        print(f"trials {kind}: {n_same} same, {len(trials) - n_same} different, equal error rate {rate:.1f} %")


def _embeddings(paths: list[Path], weights: str) -> np.ndarray:
    encoder = ge2e_encoder(SAMPLE_RATE_HZ).eval()
    encoder.network.load_state_dict(dict(ge2e_tensors(weights)))
    with torch.inference_mode():
        rows = [encoder(torch.from_numpy(decode(path, SAMPLE_RATE_HZ, 1).samples)[None])[0] for path in paths]
    return torch.stack(rows).numpy()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder that holds manifest.csv")
    parser.add_argument("--weights", default="installed", help="path of pretrained.pt, or `installed`")
    parser.add_argument("--under", default="singers", help="which of the manifest's folders to take")
    return parser.parse_args()


if __name__ == "__main__":
    main()
