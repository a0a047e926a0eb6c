"""The demo corpus as a user would hold it: MP3 files in the layouts of FMA, of MTG-Jamendo and of a plain manifest.

Rendering and writing go through the tracks in parallel, a few at a time; the ground truth comes out beside as clips
for a shard store.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.encode import encode_mp3
from real_cloned.audio.store import Clip, ShardStore
from real_cloned.demo.catalogue import TrackPlan, draw_catalogue
from real_cloned.demo.layouts import audio_path, singer_id, write_metadata
from real_cloned.demo.song import Song, render
from real_cloned.parameters import DemoParameters
from real_cloned.schemas import DemoTruth, empty

BIT_RATE = 64_000


class DemoCorpus:
    """The corpus that `parameters` describe; iterating over it writes it and yields its ground-truth stems.

    Each clip's facts are the columns of schemas.DemoTruth, which `truth_table` reads back from a store's index.
    """

    def __init__(self, parameters: DemoParameters):
        self.parameters = parameters

    def __iter__(self) -> Iterator[Clip]:
        """Write every track and all metadata; yield vocals and accompaniment, (1, n_samples) int16, of each track."""
        plans = draw_catalogue(self.parameters)
        parallel = joblib.Parallel(n_jobs=-1, return_as="generator")
        work = parallel(joblib.delayed(_make)(plan, self.parameters) for plan in plans)
        for clips in tqdm(work, total=len(plans), desc="make demo corpus", unit="track", mininterval=1.0):
            yield from clips
        write_metadata(plans, Path(self.parameters.root))


def truth_table(stems: ShardStore) -> pd.DataFrame:
    """Return schemas.DemoTruth of the tracks whose ground truth `stems` holds."""
    columns = list(empty(DemoTruth))
    if stems.index.empty:
        return empty(DemoTruth)
    return stems.index.loc[stems.index["stem"] == "vocals", columns].reset_index(drop=True)


def _make(plan: TrackPlan, parameters: DemoParameters) -> list[Clip]:
    """Render one track (on a CPU, one at a time fills the cache), write its MP3, return its stems."""
    torch.set_num_threads(1)
    (song,) = render([plan], parameters)
    path = Path(parameters.root) / audio_path(plan)
    path.parent.mkdir(parents=True, exist_ok=True)
    encode_mp3(path, _int16(song.mixture), parameters.sample_rate_hz, BIT_RATE)
    return [
        Clip(plan.track_id, stem, _int16(getattr(song, stem)), _facts(song)) for stem in ("vocals", "accompaniment")
    ]


def _facts(song: Song) -> dict[str, Any]:
    plan = song.plan
    facts = {"corpus": plan.corpus, "path": audio_path(plan), "singer_id": singer_id(plan.singer)}
    return facts | {"seed": plan.number, "vocal_activity": song.vocal_activity}


def _int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return (samples * 32767).round().astype(np.int16)[None]
