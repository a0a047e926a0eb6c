"""How many songs are found again by their fingerprints after they were encoded, mastered or cut anew.

After `kedro run --pipelines=ingest`: python -m benchmarks.near_duplicates [--songs 100] [--corpora closed]

Songs of the demo are changed in six ways each, and all are fingerprinted and matched together. A song counts as
found if its pair with the original is among the matches; a match of two different songs is false. The threshold was
chosen by looking at `train`; `closed` judges it. Needs libchromaprint.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.signal import butter, lfilter

from real_cloned.audio.decode import decode
from real_cloned.audio.fingerprint import MAX_BIT_ERROR, Match, Words, find_matches, fingerprint, is_available
from real_cloned.audio.shard_store import ShardStore

ROOT = Path(__file__).parents[1]
CORPORA = ("train", "closed")
N_RANDOM, N_COPIES, WORDS_OF_TWO_MINUTES = 44000, 1000, 948

Samples = NDArray[np.int16]
Change = Callable[[Samples, int], Samples]


def mp3(samples: Samples, rate_hz: int) -> Samples:
    """Return the song after 32 kbit/s MP3."""
    return _encoded(samples, rate_hz, "libmp3lame", ".mp3", 32000)


def opus(samples: Samples, rate_hz: int) -> Samples:
    """Return the song after 24 kbit/s Opus."""
    return _encoded(samples, rate_hz, "libopus", ".ogg", 24000)


def quieter(samples: Samples, _rate_hz: int) -> Samples:
    """Return the song 10 dB quieter."""
    return (samples * 10 ** (-10 / 20)).astype(np.int16)


def mastered(samples: Samples, rate_hz: int) -> Samples:
    """Return the song with 4.6 dB more treble from 300 Hz on, then driven into saturation."""
    treble = lfilter(*butter(2, 300 / (rate_hz / 2), "high"), samples.astype(float))
    loud = np.tanh(2 * (samples + 0.7 * treble) / 32768)
    return (0.9 * 32767 * loud / np.abs(loud).max()).astype(np.int16)


def trimmed(samples: Samples, rate_hz: int) -> Samples:
    """Return the song without its first 0.7 s."""
    return samples[:, round(0.7 * rate_hz) :]


def trimmed_mp3(samples: Samples, rate_hz: int) -> Samples:
    """Return the song without its first 3.05 s, after 32 kbit/s MP3."""
    return mp3(samples[:, round(3.05 * rate_hz) :], rate_hz)


CHANGES: dict[str, Change] = {
    "mp3 at 32 kbit/s": mp3,
    "opus at 24 kbit/s": opus,
    "10 dB quieter": quieter,
    "mastered anew": mastered,
    "0.7 s cut off": trimmed,
    "3 s cut off, mp3 at 32 kbit/s": trimmed_mp3,
}


def main() -> None:
    """Print what is found of each corpus, the bit errors, and how long matching takes at the paper's size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="the demo's data folder")
    parser.add_argument("--songs", type=int, default=100, help="songs of each corpus, spread evenly over it")
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=CORPORA)
    arguments = parser.parse_args()
    folder = arguments.data / "02_intermediate"
    if not is_available():
        sys.exit("libchromaprint is not installed: apt install libchromaprint1, or brew install chromaprint")
    if not (folder / "train" / "audio").is_dir():
        sys.exit(f"{folder} holds no decoded songs: run `kedro run --pipelines=ingest` first, or name it with --data")
    for corpus in arguments.corpora:
        for line in _report(corpus, ShardStore(folder / corpus / "audio"), arguments.songs):
            print(line, flush=True)
    print(_time_matching())


def _report(corpus: str, store: ShardStore, n_songs: int) -> Iterator[str]:
    usable = store.index.loc[store.index["n_samples"] > 0, "track_id"].tolist()
    songs = [usable[row] for row in np.linspace(0, len(usable) - 1, min(n_songs, len(usable))).round().astype(int)]
    prints = Parallel(n_jobs=-1)(delayed(_fingerprints)(store, song) for song in songs)
    n_ways = len(CHANGES) + 1
    matches = find_matches([words for ways in prints for words in ways])
    same = [match for match in matches if match.first // n_ways == match.second // n_ways]
    errors = {way: [m.bit_error for m in same if _is_of(m, way, n_ways)] for way in range(1, n_ways)}
    yield f"{corpus}: {len(songs)} songs, bit error at most {MAX_BIT_ERROR}"
    for way, name in enumerate(CHANGES, 1):
        worst = max(errors[way], default=float("nan"))
        yield f"  {name:30}{len(errors[way]):5} of {len(songs)} found, bit error at most {worst:.3f}"
    n_pairs = len(songs) * (len(songs) - 1) // 2
    yield f"  different songs that match: {len(matches) - len(same)} of {n_pairs * n_ways**2} pairs"


def _is_of(match: Match, way: int, n_ways: int) -> bool:
    return match.first % n_ways == 0 and match.second % n_ways == way


def _fingerprints(store: ShardStore, song: str) -> list[Words]:
    samples, rate_hz = store.read(song, "mixture"), store.sample_rate_hz
    return [fingerprint(made, rate_hz) for made in (samples, *(way(samples, rate_hz) for way in CHANGES.values()))]


def _encoded(samples: Samples, rate_hz: int, codec: str, suffix: str, bit_rate: int) -> Samples:
    layout = {1: "mono", 2: "stereo"}[len(samples)]
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / f"song{suffix}"
        with av.open(str(file), "w") as container:
            stream = container.add_stream(codec, rate=rate_hz, layout=layout)
            assert isinstance(stream, av.AudioStream)
            stream.bit_rate = bit_rate
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T.reshape(1, -1)), "s16", layout)
            frame.sample_rate, frame.pts = rate_hz, 0
            resampler = av.AudioResampler(stream.codec_context.format, layout, rate_hz)
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
        return decode(file, rate_hz, len(samples)).samples


def _time_matching() -> str:
    rng = np.random.default_rng(0)
    prints = [rng.integers(2**32, size=WORDS_OF_TWO_MINUTES, dtype=np.uint32) for _ in range(N_RANDOM)]
    prints += [prints[number][7:] for number in range(N_COPIES)]
    start = time.perf_counter()
    n_found = len(find_matches(prints))
    seconds = time.perf_counter() - start
    return f"{N_RANDOM} random fingerprints of two minutes and {N_COPIES} copies: {n_found} found in {seconds:.0f} s"


if __name__ == "__main__":
    main()
