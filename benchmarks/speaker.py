"""How well encoders that are not trained here tell real singers apart: pairwise equal error rates on a folder.

    python -m benchmarks.speaker --root PATH [--under singers acapella] [--segment-s 10]

PATH holds manifest.csv with path, singer_id and album. Each clip is embedded in segments of at most 10 s, as few as
cover it, evenly spaced; its embedding is their mean. A trial is a pair of clips, and all pairs are tried. Singers of
each folder are compared with one another. The interval is that of a bootstrap over singers: 95 % of the rates when
singers are drawn with replacement, two draws of one singer not being compared. Recordings are heard as they are,
without separation.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from benchmarks.intervals import error_rate_interval
from benchmarks.settings import BASE
from real_cloned.artifacts.embeddings import mean_embedding
from real_cloned.audio.decode import decode
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.long_segments import spaced_offsets
from real_cloned.encoders.pretrain import pretrain_variant
from real_cloned.encoders.registry import load_encoder
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import equal_error_rate, pair_scores
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import VariantParameters

VARIANTS = ("speaker", "ge2e", "mfcc")
RATE = 16000
ALL_PAIRS = 1_000_000


def main() -> None:
    arguments = _arguments()
    clips = pd.read_csv(arguments.root / "manifest.csv", dtype=str, keep_default_na=False)
    clips = clips.rename(columns={"album": "album_id"})
    encoders = {name: one for variant in VARIANTS for name, one in _encoder(variant).items()}
    for folder in arguments.under:
        some = clips[clips["path"].str.startswith(f"{folder}/")].reset_index(drop=True)
        print(f"{folder}: {len(some)} clips by {some['singer_id'].nunique()} singers")
        segments = [_segments(arguments.root / path, arguments.segment_s) for path in some["path"]]
        for variant, encoder in encoders.items():
            _report(some, _embeddings(encoder, segments), variant)


def _encoder(variant: str) -> Mapping[str, nn.Module]:
    """Return the encoder of a variant by name; nothing, and a line that says why, where its weights are missing."""
    parameters = VariantParameters.model_validate(BASE["pretrain"][variant]).root
    audio = AudioParameters(sample_rate_hz=RATE, n_channels=1, segment_s=6.0)
    try:
        weights, _ = pretrain_variant(parameters, audio, None, None)  # type: ignore[arg-type]  # nothing is trained
    except RealClonedError as error:
        print(f"{variant}: {error}")
        return {}
    return {variant: load_encoder(weights)}


def _segments(path: Path, longest_s: float) -> torch.Tensor:
    """Return the segments of a recording, (n_segments, 1, n_samples) int16."""
    samples = decode(path, RATE, 1).samples
    length = min(samples.shape[1], round(longest_s * RATE))
    starts = (spaced_offsets(samples.shape[1] / RATE, longest_s) * RATE).round().astype(int)
    return torch.from_numpy(np.stack([samples[:, start : start + length] for start in starts]))


@torch.inference_mode()
def _embeddings(encoder: nn.Module, segments: list[torch.Tensor]) -> list[np.ndarray]:
    """Return the embeddings of each clip's segments, (n_segments, size) each."""
    return [torch.cat([encoder(segment[None]) for segment in clip]).numpy() for clip in segments]


def _report(clips: pd.DataFrame, embeddings: list[np.ndarray], variant: str) -> None:
    averages = np.stack([mean_embedding(clip) for clip in embeddings])
    segments = clips.loc[clips.index.repeat([len(clip) for clip in embeddings])].assign(
        album_id=lambda row: row["path"]
    )
    kinds = {
        "clips of different albums": (clips, averages, True),
        "clips of any albums": (clips, averages, False),
        "segments of different clips": (segments, np.concatenate(embeddings), True),
    }
    for kind, (table, matrix, different) in kinds.items():
        try:
            trials = trial_list(table, ALL_PAIRS, 0, different_albums=different)
        except RealClonedError:  # no such pair
            continue
        scores, is_same = pair_scores(trials, matrix), trials["is_same"].to_numpy()
        singers = table["singer_id"].to_numpy()
        low, high = error_rate_interval(scores, is_same, singers[trials[["first", "second"]].to_numpy()])
        interval = "" if np.isnan(low) else f" ({100 * low:.1f} to {100 * high:.1f})"
        print(
            f"  {variant:8} {kind:28} {is_same.sum():5} same {(~is_same).sum():5} different "
            f"EER {100 * equal_error_rate(scores, is_same):5.1f} %{interval}"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder that holds manifest.csv")
    parser.add_argument("--under", nargs="+", default=["singers", "acapella"], help="folders of the manifest")
    parser.add_argument("--segment-s", type=float, default=10.0, help="seconds that are heard at once, at most")
    return parser.parse_args()


if __name__ == "__main__":
    main()
