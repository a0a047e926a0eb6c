"""The vocal detector's way through weights and back, and what it does not listen to."""

import pytest
import torch

from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights
from real_cloned.vocals.detection.model import detector_weights, load_detector
from tests.tiny import AUDIO, DETECTOR, PRETRAIN, RATE


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_saved_and_loaded_it_gives_the_same_logits_but_for_half_precision(detector):
    loaded = load_detector(detector_weights(detector, DETECTOR, RATE))
    windows = noise(5, 1, RATE)
    torch.testing.assert_close(loaded(windows), detector(windows), rtol=1e-2, atol=1e-2)
    assert loaded(windows).shape == (5,)
    assert not loaded.training


def test_it_gives_a_logit_per_window_and_one_per_tenth_of_a_second(detector):
    windows, frames = detector.logits(noise(2, 1, 3 * RATE))
    assert windows.shape == (2,)
    assert frames.shape == (2, 30)


def test_the_weights_of_an_encoder_are_refused():
    with pytest.raises(RealClonedError, match="not those of a vocal detector"):
        load_detector(contrastive_weights(ContrastiveEncoder(PRETRAIN, AUDIO), PRETRAIN, AUDIO))


def test_weights_of_another_shape_are_refused(detector):
    weights = detector_weights(detector, DETECTOR, RATE)
    wrong = dict(weights.tensors) | {"out.weight": torch.zeros(1, 3)}
    with pytest.raises(RealClonedError, match="out.weight"):
        load_detector(Weights(wrong, weights.config))


def test_neither_the_level_of_a_window_nor_its_number_of_channels_matters(detector):
    windows = noise(3, 1, RATE)
    torch.testing.assert_close(detector(windows * 1000), detector(windows), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(detector(windows.expand(3, 2, RATE)), detector(windows), rtol=1e-3, atol=1e-4)
    samples = (windows * 5000).to(torch.int16)
    torch.testing.assert_close(detector(samples), detector(samples.float()), rtol=1e-3, atol=1e-4)


def test_silence_has_a_finite_logit(detector):
    assert torch.isfinite(detector(torch.zeros(1, 1, RATE))).all()
