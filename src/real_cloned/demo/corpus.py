"""The demo corpus as a user would hold it: MP3 files in the layouts of FMA, of MTG-Jamendo and of a plain manifest.

The tracks are made in parallel, each from its own seeds; the ground truth goes to a shard store beside.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from real_cloned.audio.encode import encode_mp3
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan
from real_cloned.demo.catalogue import TrackPlan, draw_catalogue
from real_cloned.demo.layouts import audio_path, singer_id, write_metadata
from real_cloned.demo.song import Song, render
from real_cloned.parameters.ingest import DemoParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import DemoTruth

BIT_RATE = 64_000


def demo_corpus(parameters: DemoParameters) -> StorePlan:
    """Return the plan that writes every track of the demo as a file, and its vocals and accompaniment to a store.

    Each clip is (1, n_samples) int16; its metadata are the columns of schemas.DemoTruth, which `truth_table` reads back
    from the store's index.
    """
    return StorePlan(
        [MakeTrack(plan, parameters) for plan in draw_catalogue(parameters)], "make demo corpus", n_jobs=-1
    )


def write_tables(parameters: DemoParameters) -> None:
    """Write the table of every corpus beside its audio: what a reader of that corpus needs."""
    write_metadata(draw_catalogue(parameters), Path(parameters.root))


def truth_table(stems: ShardStore) -> pd.DataFrame:
    """Return schemas.DemoTruth of the tracks whose ground truth `stems` holds."""
    columns = list(empty_table(DemoTruth))
    if stems.index.empty:
        return empty_table(DemoTruth)
    return stems.index.loc[stems.index["stem"] == "vocals", columns].reset_index(drop=True)


@dataclass(frozen=True)
class MakeTrack:
    """The task of one track."""

    plan: TrackPlan
    parameters: DemoParameters

    def __call__(self, shard: ShardWriter) -> None:
        """Render the track (on a CPU, one at a time fills the cache), write its MP3, and its stems to `shard`."""
        torch.set_num_threads(1)
        (song,) = render([self.plan], self.parameters)
        path = Path(self.parameters.root) / audio_path(self.plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        encode_mp3(path, _int16(song.mixture), self.parameters.sample_rate_hz, BIT_RATE)
        for stem in ("vocals", "accompaniment"):
            clip = shard.clip(self.plan.track_id, stem)
            clip.append(_int16(getattr(song, stem)))
            clip.metadata.update(_facts(song))


def _facts(song: Song) -> dict[str, Any]:
    plan = song.plan
    facts = {"corpus": plan.corpus, "path": audio_path(plan), "singer_id": singer_id(plan.singer)}
    return facts | {"seed": plan.number, "vocal_activity": song.vocal_activity}


def _int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return (samples * 32767).round().astype(np.int16)[None]
