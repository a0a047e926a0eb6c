"""Both ways to find singing, on real songs whose notes are known: python -m benchmarks.vocal_filter [--root PATH].

PATH/songs holds folders with song.txt (UltraStar) and audio.*. A window of 3 s counts as sung when notes cover at least
a third of it: notes leave out the breaths and consonants between them, and in sung passages cover about two thirds. A
window is clear when notes cover none of it, or half of it and more; the others are ambiguous. The last rows show how
the scores of all songs move when another share of a window makes it sung.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score, roc_auc_score
from tqdm import tqdm

from benchmarks.ultrastar import read_notes, sung_share
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.corpora.decoding import DecodeTrack
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.vocals.detection.detectors import load_activity_detector
from real_cloned.vocals.detection.inference import track_probabilities

ROOT = Path(__file__).parents[1]
RATE = 16000
SUNG, CLEAR = 1 / 3, 1 / 2
OTHER_RULES = {"sung from any note": 1e-9, "sung from a fifth": 1 / 5, "sung from a half": 1 / 2}


def parameters(method: str) -> VocalFilterParameters:
    """Return the vocal filter's parameters as conf/base has them, with one method or the other."""
    text = (ROOT / "conf/base/parameters/vocal_filter.yml").read_text()
    return VocalFilterParameters.model_validate(yaml.safe_load(text)["vocal_filter"] | {"method": method})


def read_songs(root: Path, folder: Path) -> tuple[ShardStore, dict[str, str]]:
    """Return a store of the songs' audio, decoded into `folder`, and the text of each song's notes."""
    files = {file.parent.name: file for file in sorted(root.glob("songs/*/*/song.txt"))}
    audio = AudioParameters(sample_rate_hz=RATE, n_channels=1, segment_s=6.0)
    recipes = [DecodeTrack(name, next(file.parent.glob("audio.*")), audio) for name, file in files.items()]
    write_store(folder / "songs", StorePlan(recipes), RATE, 1)
    texts = {name: file.read_text(encoding="utf-8", errors="replace") for name, file in files.items()}
    return ShardStore(folder / "songs"), texts


def scores(truth: NDArray[Any], probability: NDArray[Any], threshold: float) -> dict[str, float]:
    """Return precision, recall, balanced accuracy and AUC of (n_windows,) probabilities against (n_windows,) truth."""
    heard = probability >= threshold
    return {
        "windows": len(truth),
        "sung": 100 * truth.mean(),
        "precision": 100 * precision_score(truth, heard, zero_division=0),
        "recall": 100 * recall_score(truth, heard),
        "balanced": 100 * balanced_accuracy_score(truth, heard),
        "AUC": 100 * roc_auc_score(truth, probability),
    }


def table(audio: ShardStore, texts: dict[str, str], detection: VocalFilterParameters) -> pd.DataFrame:
    """Return the scores of every song, of all songs, and of their clear windows."""
    detector, shares, heard = load_activity_detector(detection, audio), {}, {}
    for name, text in tqdm(texts.items(), desc=detection.method, unit="song"):
        heard[name] = track_probabilities(detector, audio, name, detection.window_s)
        shares[name] = sung_share(read_notes(text), detection.window_s, len(heard[name]))
    rows = {name: scores(shares[name] >= SUNG, heard[name], detection.threshold) for name in texts}
    share, probability = np.concatenate([*shares.values()]), np.concatenate([*heard.values()])
    clear = (share == 0) | (share >= CLEAR)
    rows["all songs"] = scores(share >= SUNG, probability, detection.threshold)
    rows["clear windows"] = scores(share[clear] >= SUNG, probability[clear], detection.threshold)
    rows |= {name: scores(share >= least, probability, detection.threshold) for name, least in OTHER_RULES.items()}
    print(f"{detection.method}: {100 * (1 - clear.mean()):.1f} % of the windows are ambiguous")
    return pd.DataFrame(rows).T.astype({"windows": int}).round(1)


def main() -> None:
    """Print a table for each method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT.parent / "shared" / "real")
    parser.add_argument("--methods", nargs="+", default=["detector", "energy"], choices=["detector", "energy"])
    arguments = parser.parse_args()
    if not any(arguments.root.glob("songs/*/*/song.txt")):
        sys.exit(f"{arguments.root}/songs holds no song.txt: give the folder of real recordings with --root")
    with tempfile.TemporaryDirectory() as folder:
        audio, texts = read_songs(arguments.root, Path(folder))
        for method in arguments.methods:
            print(f"{table(audio, texts, parameters(method)).to_string()}\n")


if __name__ == "__main__":
    main()
