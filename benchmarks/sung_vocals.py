"""Are separated vocals louder where notes are sung? python -m benchmarks.sung_vocals [--separators spleeter small].

PATH/songs (--root) holds folders with song.txt (UltraStar) and audio.*. A second of a song is sung when notes cover
half of it and more, and silent when they cover none of it; the others, and what follows the last note, are left out.
Printed are the median level of the sung seconds less that of the silent ones, in dB, and how often a sung second is
louder than a silent one (AUC): of the mixture, and of the vocals that each separator finds in it.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from benchmarks.ultrastar import Note, read_notes, sung_share
from benchmarks.vocal_filter import ROOT
from real_cloned.audio.decode import decode
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.vocals.separation.separators import NetworkSeparator, load_network

RATE = 16000
SUNG = 1 / 2
FLOOR_DB = -20.0
"""Level of digital silence, in decibels above one 16-bit step."""


def levels_db(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return the level of each whole second of (n_channels, n_samples), in decibels above one 16-bit step."""
    n_seconds = samples.shape[1] // RATE
    seconds = samples[:, : n_seconds * RATE].astype(float).reshape(len(samples), n_seconds, RATE)
    return np.asarray(10 * np.log10(np.square(seconds).mean(axis=(0, 2)) + 10 ** (FLOOR_DB / 10)))


def contrast(level_db: NDArray[np.float64], notes: list[Note]) -> dict[str, float]:
    """Return by how much sung seconds are louder than silent ones, and the AUC of the level."""
    share = sung_share(notes, 1.0, len(level_db))
    known = np.arange(len(level_db)) < notes[-1].end_s
    sung, silent = level_db[known & (share >= SUNG)], level_db[known & (share == 0)]
    truth = np.repeat([True, False], [len(sung), len(silent)])
    auc = roc_auc_score(truth, np.concatenate([sung, silent]))
    return {"dB": float(np.median(sung) - np.median(silent)), "AUC": 100 * auc}


def song_row(folder: Path, separators: dict[str, NetworkSeparator]) -> dict[str, float]:
    """Return a song's row of the table, with the seconds of it that each separator does in a second."""
    notes = read_notes((folder / "song.txt").read_text(encoding="utf-8", errors="replace"))
    audio = next(folder.glob("audio.*"))
    row = {
        f"mixture {name}": value for name, value in contrast(levels_db(decode(audio, RATE, 2).samples), notes).items()
    }
    for kind, separator in separators.items():
        mixture = decode(audio, separator.sample_rate_hz, 2).samples
        start = perf_counter()
        vocals = np.concatenate(list(separator.stream("song", [mixture])), axis=1)
        row[f"{kind} speed"] = vocals.shape[1] / RATE / (perf_counter() - start)
        row |= {f"{kind} {name}": value for name, value in contrast(levels_db(vocals), notes).items()}
    return row


def main() -> None:
    """Print a row for each song."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT.parent / "shared" / "real")
    parser.add_argument("--separators", nargs="+", default=["spleeter", "small"])
    arguments = parser.parse_args()
    folders = [file.parent for file in sorted(arguments.root.glob("songs/*/*/song.txt"))]
    if not folders:
        sys.exit(f"{arguments.root}/songs holds no song.txt: give the folder of real recordings with --root")
    settings = {
        name: SeparationParameters(separator=name, accompaniment="none", chunk_s=30.0) for name in arguments.separators
    }
    separators = {name: load_network(parameters, RATE) for name, parameters in settings.items()}
    rows = {folder.name: song_row(folder, separators) for folder in tqdm(folders, unit="song")}
    table = pd.DataFrame(rows).T
    print(table.round(1).to_string())


if __name__ == "__main__":
    main()
