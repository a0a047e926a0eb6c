"""How fast files of each kind are decoded into a shard store, and how that grows with cores and with length.

    python -m benchmarks.ingest [--minutes 3] [--files 8]

It makes its own files: 44.1 kHz stereo (opus: 48 kHz) of noise, which codecs find hard. The plain way is what the
authors' code does for each segment: open the file, go to the place, decode 6 s, close it.
"""

import argparse
import shutil
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain import decode_segment, encoded
from benchmarks.timing import seconds
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.corpora.decoding import DecodeTrack
from real_cloned.parameters.ingest import AudioParameters

AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=2, segment_s=6.0)
CODECS = {"mp3": "libmp3lame", "m4a": "aac", "opus": "libopus", "flac": "flac", "wav": "pcm_s16le"}


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {kind: encoded(folder / f"a.{kind}", codec, arguments.minutes) for kind, codec in CODECS.items()}
        audio_s = 60 * arguments.minutes
        print("decoding into a store, one process")
        for kind, file in files.items():
            print(f"  {kind:5}{audio_s / seconds(partial(_store, folder, [file])):8.0f} s of audio a second")
        copies = [_copy(files["mp3"], number) for number in range(arguments.files)]
        one = seconds(lambda: _store(folder, copies))
        every = seconds(lambda: _store(folder, copies, n_jobs=-1))
        print(f"all cores, {arguments.files} mp3 files: {one / every:.2f} times one process")
        _compare_with_plain(folder, files["mp3"], audio_s)


def _compare_with_plain(folder: Path, file: Path, audio_s: float) -> None:
    _store(folder, [file])
    store, rng = ShardStore(folder / "store"), np.random.default_rng(0)
    places = rng.uniform(0, audio_s - 6, 2000)
    plain = seconds(partial(_decode_anew, file, places[:20])) / 20
    ours = seconds(lambda: [store.read("0", "mixture", float(place), 6.0) for place in places]) / len(places)
    print(f"a random 6 s segment: {1 / ours:.0f} a second from the store, {1 / plain:.0f} decoded anew each time")
    print(f"ratio: {plain / ours:.0f}")


def _decode_anew(file: Path, places: NDArray[np.float64]) -> None:
    for place in places:
        decode_segment(file, float(place), AUDIO)


def _copy(file: Path, number: int) -> Path:
    """Return a copy of other content: a store works once on files that are the same."""
    copy = file.with_stem(f"copy {number}")
    copy.write_bytes(file.read_bytes() + number.to_bytes(4, "big"))
    return copy


def _store(folder: Path, files: list[Path], n_jobs: int = 1) -> None:
    shutil.rmtree(folder / "store", ignore_errors=True)  # or what is there would be taken up
    recipes = [DecodeTrack(str(number), file, AUDIO) for number, file in enumerate(files)]
    write_store(folder / "store", StorePlan(recipes, n_jobs=n_jobs), AUDIO.sample_rate_hz, AUDIO.n_channels)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0, help="length of each file")
    parser.add_argument("--files", type=int, default=64, help="files for the comparison of one process with all cores")
    return parser.parse_args()


if __name__ == "__main__":
    main()
