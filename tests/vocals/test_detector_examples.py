"""Examples: their labels lie where the voices sound, half are without one, and a seed decides them."""

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.vocals.detection import training as detector_examples
from real_cloned.vocals.detection.training import ExampleGenerator
from tests.tiny import DEMO, DETECTOR, but


@pytest.fixture
def maker(demo_truth):
    def make(**settings):
        stems, truth = demo_truth(range(3))
        return ExampleGenerator(stems, truth, but(DETECTOR, **settings))

    return make


def test_examples_are_finite_and_about_half_hold_no_voice(maker):
    examples = maker().draw(40)
    assert examples.windows.shape == (40, 1, DEMO.sample_rate_hz)
    assert examples.activity.shape == (40, 10)
    assert torch.isfinite(examples.windows).all()
    unsung = (examples.activity.sum(dim=1) == 0).float().mean()
    assert 0.3 < unsung < 0.8


def test_the_same_seed_draws_the_same_examples_and_another_others(maker):
    first, again, other = (maker(seed=seed).draw(2).windows for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_voices_sound_where_the_labels_say_at_whatever_speed_they_are_read(make_store, monkeypatch):
    rate = DEMO.sample_rate_hz
    activity = np.repeat([0, 1, 0, 1, 0], 10)
    tone = np.random.default_rng(0).normal(0, 3000, 5 * rate) * np.repeat(activity, rate // 10)
    stems = make_store({("t", "vocals"): tone[None], ("t", "accompaniment"): tone[None]}, rate)
    truth = pd.DataFrame([{"track_id": "t", "corpus": "train", "vocal_activity": activity}])
    for name, value in (("SUNG", 1.1), ("A_CAPPELLA", 1.1), ("N_ROOMS", 1)):
        monkeypatch.setattr(detector_examples, name, value)
    maker = ExampleGenerator(stems, truth, but(DETECTOR, window_s=2.0))
    maker.rooms = torch.eye(1, 8)  # no room: its tail sounds where the voice does not
    examples = maker.draw(16)
    power = examples.windows[:, 0].reshape(16, 20, -1).square().mean(dim=2)
    correlations = [
        np.corrcoef(p.sqrt().numpy(), a.numpy())[0, 1]
        for p, a in zip(power, examples.activity, strict=True)
        if 3 < a.sum() < 17
    ]
    assert len(correlations) > 3
    assert np.median(correlations) > 0.7
