"""A detector, and the truth of the tiny demo."""

import pandas as pd
import pytest
import torch

from real_cloned.vocals.detector import VocalDetector
from tests.tiny import DEMO, RATE, VOCAL_FILTER


@pytest.fixture
def detector():
    torch.manual_seed(0)
    return VocalDetector(VOCAL_FILTER, RATE).eval()


@pytest.fixture
def demo_truth(demo_songs, make_store):
    """Return the store of stems and the table of truth of the songs with these places in the tiny demo."""

    def make(places):
        songs = [demo_songs[place] for place in places]
        stems = {
            (song.plan.track_id, stem): (getattr(song, stem) * 32767).round()[None]
            for song in songs
            for stem in ("vocals", "accompaniment")
        }
        rows = [{"track_id": song.plan.track_id, "vocal_activity": song.vocal_activity} for song in songs]
        return make_store(stems, DEMO.sample_rate_hz), pd.DataFrame(rows)

    return make
