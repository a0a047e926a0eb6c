"""The stems of a corpus: which tracks keep what, and that the accompaniment is what the vocals leave."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.vocals.separation import Separation
from tests.tiny import RATE, SEPARATION, but
from tests.vocals.conftest import noise


@pytest.fixture
def audio(make_store):
    return make_store({("a", "mixture"): noise(1, RATE, 3), ("b", "mixture"): noise(1, RATE + 50, 4)})


@pytest.fixture
def splits():
    return pd.DataFrame({"track_id": ["a", "b"], "role": ["test", "train"]})


def clips(splits, audio, truth, parameters):
    return {(clip.track_id, clip.stem): clip.samples for clip in Separation(splits, audio, truth, parameters, "closed")}


def test_the_accompaniment_is_the_mixture_less_the_vocals(splits, audio, truth):
    stems = clips(splits, audio, truth, but(SEPARATION, accompaniment="all"))
    for track in "ab":
        assert np.array_equal(stems[track, "vocals"] + stems[track, "accompaniment"], audio.read(track, "mixture"))


def test_loud_mixtures_less_opposite_vocals_are_cut_off_not_wrapped_around(make_store, splits):
    audio = make_store({("a", "mixture"): np.full((1, RATE), 30000)})
    truth = make_store({("a", "vocals"): np.full((1, RATE), -30000)})
    stems = clips(splits[:1], audio, truth, SEPARATION)
    assert (stems["a", "accompaniment"] == 32767).all()


@pytest.mark.parametrize(("accompaniment", "tracks"), [("none", ""), ("test", "a"), ("all", "ab")])
def test_the_tracks_that_are_asked_for_keep_their_accompaniment(splits, audio, truth, accompaniment, tracks):
    stems = clips(splits, audio, truth, but(SEPARATION, accompaniment=accompaniment))
    assert {track for track, stem in stems if stem == "accompaniment"} == set(tracks)
    assert {track for track, stem in stems if stem == "vocals"} == set("ab")


def test_a_corpus_that_is_not_there_needs_no_separator(splits, audio, truth):
    assert clips(splits[:0], audio, truth, but(SEPARATION, separator="nowhere.safetensors")) == {}
