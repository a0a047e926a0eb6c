"""Separation beside the plain way, its memory, what the small separator gains: python -m benchmarks.separation.

Speed: the same files, the same model, no random shifts, to vocals at 16 kHz. Of Demucs models `plain` is
`demucs.api.Separator`, whose model is handed to it because it loads none from safetensors; of Spleeter it is the whole
track at once, as in the original. `--model hdemucs`, `htdemucs` and `spleeter` are of the published size and untrained,
since weights make no difference to speed.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import demucs.api
import numpy as np
import pandas as pd
import torch
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs
from torchaudio.functional import resample

from real_cloned.audio.decode import decode
from real_cloned.audio.encode import encode_mp3
from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.runtime import keep_freed_memory
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.vocals.separation.models import load_model
from real_cloned.vocals.separation.separators import DemucsSeparator, NetworkSeparator, SpleeterSeparator
from real_cloned.vocals.separation.spleeter import Spleeter
from real_cloned.vocals.separation.training import scale_invariant_sdr

RATE = 16000
SOURCES = ["drums", "bass", "other", "vocals"]
MODELS: dict[str, Callable[[], Any]] = {
    "small": lambda: load_model("small"),
    "hdemucs": lambda: HDemucs(SOURCES, segment=44),
    "htdemucs": lambda: HTDemucs(SOURCES, segment=7.8),
    "spleeter": Spleeter,
}
PARAMETERS = SeparationParameters(separator="small", accompaniment="none")
PIECE_S = 10


def separator_of(model: Any, **settings: Any) -> NetworkSeparator:
    """Return the separator that takes a model."""
    kind = SpleeterSeparator if isinstance(model, Spleeter) else DemucsSeparator
    return kind(model, RATE, PARAMETERS.model_copy(update=settings))


class Plain(demucs.api.Separator):  # type: ignore[misc]
    """`demucs.api.Separator` with a model that is in memory already."""

    def __init__(self, model: Any):
        self.given = model
        super().__init__(shifts=0)

    def _load_model(self) -> None:
        self._model = self.given
        self._audio_channels, self._samplerate = self.given.audio_channels, self.given.samplerate


def write_files(folder: Path, separator: NetworkSeparator, lengths_s: list[float]) -> list[Path]:
    """Write one MP3 of noise per length, at the model's rate and with its channels, and return their paths."""
    rng, paths = np.random.default_rng(0), []
    for number, length_s in enumerate(lengths_s):
        size = (separator.n_channels, round(length_s * separator.sample_rate_hz))
        paths.append(folder / f"{number}.mp3")
        encode_mp3(paths[-1], rng.normal(0, 3000, size).astype(np.int16), separator.sample_rate_hz, 96000)
    return paths


def plainly(model: Any, path: Path) -> int:
    """Return the number of samples of vocals, by Demucs' own interface, or by Spleeter of the whole track at once."""
    if isinstance(model, Spleeter):
        whole = separator_of(model, batch_size=10**4)
        mixture = decode(path, whole.sample_rate_hz, whole.n_channels).samples
        return sum(block.shape[1] for block in whole.stream("any", [mixture]))
    separator = Plain(model)
    vocals = separator.separate_audio_file(path)[1]["vocals"]
    return int((resample(vocals, model.samplerate, RATE) * 32768).clamp(-32768, 32767).short().shape[1])


def in_a_stream(model: Any, path: Path) -> int:
    """Return the number of samples of vocals, by ours."""
    separator = separator_of(model)
    mixture = decode(path, separator.sample_rate_hz, separator.n_channels).samples
    return sum(piece.shape[1] for piece in separator.stream("any", pieces(mixture, separator.sample_rate_hz)))


def pieces(mixture: np.ndarray, rate_hz: int) -> Iterator[np.ndarray]:
    """Yield the mixture in pieces of PIECE_S seconds."""
    for at in range(0, mixture.shape[1], PIECE_S * rate_hz):
        yield mixture[:, at : at + PIECE_S * rate_hz]


def speed(model: Any, lengths_s: list[float], repetitions: int) -> None:
    """Print the audio seconds that both separate in a second, and their ratio; the best of all repetitions counts."""
    best = {plainly: (np.inf, np.inf), in_a_stream: (np.inf, np.inf)}
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder), separator_of(model), lengths_s)
        for way in list(best) * repetitions:
            start, used = time.perf_counter(), time.process_time()
            for path in paths:
                way(model, path)
            took = (time.perf_counter() - start, time.process_time() - used)
            best[way] = (min(best[way][0], took[0]), min(best[way][1], took[1]))
    files = f"{len(lengths_s)} files of {min(lengths_s):g} to {max(lengths_s):g} s"
    for clock, plain_s, ours_s in zip(("wall", "processor"), best[plainly], best[in_a_stream], strict=True):
        rates = f"plain {sum(lengths_s) / plain_s:.1f}, ours {sum(lengths_s) / ours_s:.1f}"
        print(f"{files}: {rates} audio seconds per {clock} second, ratio {plain_s / ours_s:.2f}")


def memory(model: Any, minutes: tuple[int, int]) -> None:
    """Print the peak of memory after each of two lengths of one stream."""
    separator = separator_of(model)
    size = (separator.n_channels, PIECE_S * separator.sample_rate_hz)
    piece = np.random.default_rng(0).normal(0, 3000, size).astype(np.int16)
    for length in minutes:
        for _ in separator.stream("any", (piece for _ in range(length * 60 // PIECE_S))):
            pass
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        print(f"a stream of {length} minutes: at most {peak:.0f} MiB of memory")


def quality(stems: ShardStore, truth: pd.DataFrame, n_tracks: int) -> None:
    """Print the SI-SDR of vocals in mixtures of singers and bands that no separator was trained on."""
    separator = DemucsSeparator(load_model("small"), stems.sample_rate_hz, PARAMETERS)
    new = truth[truth["corpus"].isin(["closed", "fma", "mtg"])]
    scores = []
    for track_id in new["track_id"].sample(n_tracks, random_state=0):
        vocals = stems.read(track_id, "vocals").astype(float)
        mixture = (vocals + stems.read(track_id, "accompaniment")).clip(-32768, 32767)
        estimate = separator.vocals(track_id, mixture.astype(np.int16)).astype(float)
        scores.append([scale_invariant_sdr(signal[0], vocals[0]) for signal in (mixture, estimate)])
    table = pd.DataFrame(scores, columns=["mixture", "small"])
    table["gain"] = table["small"] - table["mixture"]
    print(f"SI-SDR of the vocals in dB, {n_tracks} tracks of corpora closed, fma and mtg:")
    print(table.agg(["mean", "median", "std", "min"]).round(1).to_string())
    print(f"tracks that gain more than 8 dB: {(table['gain'] > 8).mean():.0%}")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(MODELS), default="small")
    parser.add_argument("--lengths-s", type=float, nargs="+", default=[20, 21, 22, 23, 24, 600])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--minutes", type=int, nargs=2, default=[10, 60])
    parser.add_argument("--truth", type=Path, default=Path("data/01_raw/demo_truth"), help="of a demo that was made")
    parser.add_argument("--only", choices=["speed", "memory", "quality"])
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(arguments.threads)
    model = MODELS[arguments.model]().eval()
    print(f"{arguments.model}, {torch.get_num_threads()} threads, {'GPU' if torch.cuda.is_available() else 'CPU'}")
    if arguments.only in (None, "speed"):
        for lengths_s in ([s for s in arguments.lengths_s if s < 60], [s for s in arguments.lengths_s if s >= 60]):
            if lengths_s:
                speed(model, lengths_s, arguments.repetitions)
    if arguments.only in (None, "memory"):
        memory(model, arguments.minutes)
    if arguments.only in (None, "quality") and (arguments.truth / "stems").is_dir():
        quality(ShardStore(arguments.truth / "stems"), pd.read_parquet(arguments.truth / "truth.parquet"), 80)


if __name__ == "__main__":
    main()
