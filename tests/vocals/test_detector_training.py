"""The detector learns from the demo's stems to tell singing from playing."""

import numpy as np
import pytest
import torch

from real_cloned.vocals.detector import load_detector
from real_cloned.vocals.detector_training import train_vocal_detector
from tests.tiny import DEMO, VOCAL_FILTER, but

RATE = DEMO.sample_rate_hz


@pytest.fixture(scope="module")
def long_training():
    return but(VOCAL_FILTER, n_steps=50, batch_size=24, learning_rate=0.005)


def test_it_learns_to_hear_voices_and_bands_that_it_has_not_met(demo_truth, demo_songs, long_training):
    detector = load_detector(train_vocal_detector(*demo_truth(range(8)), long_training))
    held_out = demo_songs[8:]
    with_voice, without = [], []
    for song in held_out:
        for start in range(0, 3 * RATE, RATE // 2):
            window = slice(start, start + RATE)
            if song.vocal_activity[start * 10 // RATE :][:10].mean() > 0.8:
                with_voice.append(song.mixture[window])
            without.append(song.accompaniment[window])
    with torch.inference_mode():
        hits, misses = (detector(torch.from_numpy(np.stack(part))[:, None]) > 0 for part in (with_voice, without))
    assert min(len(hits), len(misses)) >= 10
    balanced = (hits.float().mean() + (~misses).float().mean()) / 2
    assert balanced > 0.7


def test_the_same_seed_gives_the_same_weights_and_another_others(demo_truth):
    first, again, other = (
        train_vocal_detector(*demo_truth(range(2)), but(VOCAL_FILTER, seed=seed)).tensors for seed in (1, 1, 2)
    )
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not torch.equal(first["out.weight"], other["out.weight"])
