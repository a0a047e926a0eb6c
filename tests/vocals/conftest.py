"""A detector, the truth of the tiny demo, and Demucs models that are tiny and have learned nothing."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from real_cloned.vocals.detection.model import VocalDetector
from tests.tiny import DEMO, DETECTOR, RATE, SEPARATION, but


def noise(n_channels, n_samples, seed=0):
    """Return int16 noise of these sizes."""
    return np.random.default_rng(seed).integers(-8000, 8000, (n_channels, n_samples)).astype(np.int16)


def hdemucs(audio_channels=1, **arguments):
    """Return an untrained HDemucs of a few thousand weights, at 8 kHz, with chunks of 2 s."""
    from demucs.hdemucs import HDemucs

    torch.manual_seed(0)
    sizes = {"channels": 4, "growth": 1, "samplerate": 8000, "segment": 2, "dconv_mode": 0}
    return HDemucs(["drums", "vocals"], audio_channels=audio_channels, **(sizes | arguments)).eval()


class ReaderOfLogits(nn.Module):
    """A detector to which a window of samples of 1000 x means a logit of x."""

    def forward(self, windows):
        return windows.float().mean(dim=(1, 2)) / 1000


@pytest.fixture
def reader_of_logits():
    return ReaderOfLogits()


@pytest.fixture
def detector():
    torch.manual_seed(0)
    return VocalDetector(DETECTOR, RATE).eval()


@pytest.fixture
def truth(make_store):
    return make_store({("a", "vocals"): noise(1, RATE, 1), ("b", "vocals"): noise(1, RATE, 2)})


@pytest.fixture
def demucs_file(tmp_path):
    """Write `hdemucs` as demucs.hf reads it, and return parameters that name the file."""

    def write(audio_channels, **parameters):
        model = hdemucs(audio_channels)
        args, kwargs = model._init_args_kwargs
        metadata = {"klass": "demucs.hdemucs.HDemucs", "args": json.dumps(args), "kwargs": json.dumps(kwargs)}
        path = tmp_path / f"tiny{audio_channels}.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path, metadata)
        return but(SEPARATION, separator=str(path), **parameters)

    return write


@pytest.fixture
def demo_truth(demo_songs, make_store):
    """Return the store of stems and the table of truth of the songs with these places in the tiny demo.

    corpus : in which they are said to stand, instead of their own
    """

    def make(places, corpus=None):
        songs = [demo_songs[place] for place in places]
        stems = {
            (song.plan.track_id, stem): (getattr(song, stem) * 32767).round()[None]
            for song in songs
            for stem in ("vocals", "accompaniment")
        }
        rows = [
            {
                "track_id": song.plan.track_id,
                "corpus": corpus or song.plan.corpus,
                "vocal_activity": song.vocal_activity,
            }
            for song in songs
        ]
        return make_store(stems, DEMO.sample_rate_hz), pd.DataFrame(rows)

    return make
