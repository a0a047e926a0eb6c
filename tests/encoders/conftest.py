"""A small corpus of singers: every track a tone of its singer's pitch, with a timbre of its own."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.corpus import TrainingCorpus
from tests.tiny import AUDIO, PRETRAIN, RATE


@pytest.fixture(scope="session")
def make_corpus(make_store):
    """Return the TrainingCorpus of singers with so many tracks each; a track is 2 s, of 5 segments."""

    def make(n_tracks=(3, 3, 2, 4), stems=("vocals",)):
        singers = [f"s{singer}" for singer, count in enumerate(n_tracks) for _ in range(count)]
        tracks = pd.DataFrame({"track_id": [f"t{k:02}" for k in range(len(singers))], "singer_id": singers})
        segments = tracks[["track_id"]].merge(pd.Series(np.arange(5) * 0.4, name="offset_s"), how="cross")
        tones = {
            track.track_id: _tone(int(track.singer_id[1:]), seed) for seed, track in enumerate(tracks.itertuples())
        }
        audio = make_store({(track, "mixture"): tone for track, tone in tones.items()})
        stores = make_store({(track, stem): tone // 2 for track, tone in tones.items() for stem in stems})
        splits = tracks[["track_id"]].assign(role="train")
        return TrainingCorpus(tracks, splits, segments.assign(vocal_probability=1.0), audio, stores)

    return make


@pytest.fixture(scope="session")
def make_source(make_corpus):
    """Return a corpus' PairSource."""

    def make(*args, parameters=PRETRAIN):
        return PairSource.from_corpus(parameters, AUDIO, make_corpus(*args))

    return make


def _tone(singer, seed):
    rng = np.random.default_rng(seed)
    cycles = 2 * np.pi * 250 * 1.6**singer * np.arange(2 * RATE) / RATE
    sound = np.sin(cycles + rng.uniform(0, 6)) + 0.1 * rng.normal(size=len(cycles))
    return (sound * 8000).astype(np.int16)[None]
