"""The detector learns from the demo's stems to tell singing from playing."""

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.vocals.detection import training as module
from real_cloned.vocals.detection.model import load_detector
from real_cloned.vocals.detection.training import ExampleBatch, ExampleGenerator, detection_loss, train_vocal_detector
from tests.tiny import DEMO, DETECTOR, but

RATE = DEMO.sample_rate_hz


@pytest.fixture(scope="module")
def long_training():
    return but(DETECTOR, n_steps=60, batch_size=24, learning_rate=0.005, n_distractors=12)


@pytest.mark.slow
def test_it_learns_to_hear_voices_and_bands_that_it_has_not_met(demo_truth, demo_songs, long_training):
    detector = load_detector(train_vocal_detector(*demo_truth(range(8), "train"), long_training))
    held_out = demo_songs[8:]
    with_voice, without = [], []
    for song in held_out:
        for start in range(0, 3 * RATE, RATE // 2):
            window = slice(start, start + RATE)
            if song.vocal_activity[start * 10 // RATE :][:10].mean() > 0.8:
                with_voice.append(song.mixture[window])
            without.append(song.accompaniment[window])
    with torch.inference_mode():
        heard = [detector(torch.from_numpy(np.stack(part))[:, None]) for part in (with_voice, without)]
    assert min(len(part) for part in heard) >= 10
    assert (heard[0][:, None] > heard[1]).float().mean() > 0.7


def test_the_same_seed_gives_the_same_weights_and_another_others(demo_truth):
    first, again, other = (
        train_vocal_detector(*demo_truth(range(2), "train"), but(DETECTOR, seed=seed)).tensors for seed in (1, 1, 2)
    )
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not torch.equal(first["out.weight"], other["out.weight"])


def test_corpora_that_the_demo_did_not_make_are_refused_by_name(demo_truth):
    with pytest.raises(RealClonedError, match=r"\['validation'\], and the demo made no track of these"):
        train_vocal_detector(*demo_truth(range(2), "train"), but(DETECTOR, corpora=["validation"]))


def test_a_window_sung_for_half_its_time_teaches_frames_only(detector):
    def slopes(share):
        detector.zero_grad()
        activity = torch.zeros(1, 10)
        activity[:, : round(10 * share)] = 1
        detection_loss(detector, ExampleBatch(torch.randn(1, 1, 4000), activity)).backward()
        return detector.out.weight.grad.abs().max(), detector.frame_out.weight.grad.abs().max()

    window, frames = slopes(0.5)
    assert window == 0
    assert frames > 0
    assert slopes(1.0)[0] > 0


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
    for name, value in (("SUNG", 1.1), ("A_CAPPELLA", 1.1), ("N_RIRS", 1)):
        monkeypatch.setattr(module, name, value)
    maker = ExampleGenerator(stems, truth, but(DETECTOR, window_s=2.0))
    maker.rirs = torch.eye(1, 8)  # no room: its tail sounds where the voice does not
    examples = maker.draw(16)
    power = examples.windows[:, 0].reshape(16, 20, -1).square().mean(dim=2)
    correlations = [
        np.corrcoef(p.sqrt().numpy(), a.numpy())[0, 1]
        for p, a in zip(power, examples.activity, strict=True)
        if 3 < a.sum() < 17
    ]
    assert len(correlations) > 3
    assert np.median(correlations) > 0.7
