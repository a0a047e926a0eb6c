"""The small separator: it learns a little, is kept as Demucs keeps its models, and is measured rightly."""

import numpy as np
import pytest
import torch
from demucs.hdemucs import HDemucs
from demucs.hf import load_safetensors_model

from real_cloned.vocals.separator_training import (
    SOURCES,
    architecture,
    save_separator,
    scale_invariant_sdr,
    train_separator,
)
from tests.tiny import SEPARATOR, but


def noise(n_samples, seed):
    return np.random.default_rng(seed).normal(size=n_samples)


def test_what_is_saved_demucs_loads_within_half_precision(tmp_path):
    torch.manual_seed(0)
    model = HDemucs(**architecture(but(SEPARATOR, channels=12), 8000)).eval()
    save_separator(model, tmp_path / "small.safetensors")
    loaded = load_safetensors_model(tmp_path / "small.safetensors").eval()
    assert loaded.sources == list(SOURCES)
    mixture = torch.randn(1, 1, 8192, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(loaded(mixture), model(mixture), rtol=0.02, atol=0.02)


def test_the_same_seed_trains_the_same_separator_and_another_another(demo_truth):
    stems, truth = demo_truth(range(2))
    first, again, other = (
        train_separator(stems, truth, but(SEPARATOR, channels=12, seed=seed)).state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not all(torch.equal(tensor, other[name]) for name, tensor in first.items())


@pytest.mark.parametrize("ratio_db", [-10, 0, 20])
def test_the_ratio_of_a_voice_and_noise_that_is_orthogonal_to_it_is_that_of_their_powers(ratio_db):
    voice, rest = np.linalg.qr(np.stack([noise(500, 0), noise(500, 1)], axis=1))[0].T
    assert scale_invariant_sdr(voice + 10 ** (-ratio_db / 20) * rest, voice) == pytest.approx(ratio_db)


def test_the_level_of_the_estimate_does_not_matter():
    voice, estimate = noise(500, 0), noise(500, 0) + 0.3 * noise(500, 1)
    assert scale_invariant_sdr(7 * estimate, voice) == pytest.approx(scale_invariant_sdr(estimate, voice))
