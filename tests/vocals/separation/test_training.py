"""The small separator: it learns a little, is kept as Demucs keeps its models, and is measured rightly."""

import numpy as np
import pytest
import torch
from demucs.hdemucs import HDemucs
from demucs.hf import load_safetensors_model

from real_cloned.core.errors import RealClonedError
from real_cloned.vocals.separation.training import (
    BAND_DB,
    EQ_DB,
    ERROR_FLOOR,
    SOURCES,
    TrainingMixtures,
    error_db,
    hdemucs_arguments,
    save_separator,
    scale_invariant_sdr,
    train_separator,
)
from tests.tiny import RATE, SEPARATOR, but


def noise(n_samples, seed):
    return np.random.default_rng(seed).normal(size=n_samples)


def test_what_is_saved_demucs_loads_within_half_precision(tmp_path):
    torch.manual_seed(0)
    model = HDemucs(**hdemucs_arguments(but(SEPARATOR, channels=12), 8000)).eval()
    save_separator(model, tmp_path / "small.safetensors")
    loaded = load_safetensors_model(tmp_path / "small.safetensors").eval()
    assert loaded.sources == list(SOURCES)
    mixture = torch.randn(1, 1, 8192, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(loaded(mixture), model(mixture), rtol=0.02, atol=0.02)


def test_the_same_seed_trains_the_same_separator_and_another_another(demo_truth):
    stems, truth = demo_truth(range(2))
    truth["corpus"] = ["train", "validation"]
    first, again, other = (
        train_separator(stems, truth, but(SEPARATOR, channels=12, seed=seed)).state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not all(torch.equal(tensor, other[name]) for name, tensor in first.items())


def test_tracks_that_are_identified_later_are_never_trained_on(demo_truth):
    stems, truth = demo_truth(range(4))
    truth["corpus"] = ["closed", "train", "cloned", "validation"]
    pretraining = truth.iloc[[1, 3]]
    with_others, without = (
        train_separator(stems, table, but(SEPARATOR, channels=12)) for table in (truth, pretraining)
    )
    for name, tensor in with_others.state_dict().items():
        assert torch.equal(tensor, without.state_dict()[name])


def test_a_demo_without_singers_to_pretrain_on_is_one_clear_error(demo_truth):
    stems, truth = demo_truth(range(1))
    with pytest.raises(RealClonedError, match="no track of train or validation, only of cloned: set demo.n_singers"):
        train_separator(stems, truth, SEPARATOR)


@pytest.mark.parametrize("ratio", [0.1, 0.5])
def test_the_loss_is_the_error_in_decibels_below_the_mixture(ratio):
    vocals, mixture = torch.zeros(3, 1, 50), torch.ones(3, 1, 50)
    expected = 10 * np.log10(ratio**2 + ERROR_FLOOR)
    assert error_db(vocals + ratio, vocals, mixture).item() == pytest.approx(expected, abs=1e-4)
    assert error_db(1000 * (vocals + ratio), vocals, 1000 * mixture).item() == pytest.approx(expected, abs=1e-4)


def test_a_silent_mixture_gives_no_gradient_that_is_not_a_number():
    estimate = torch.zeros(1, 1, 50, requires_grad=True)
    error_db(estimate, torch.zeros(1, 1, 50), torch.zeros(1, 1, 50)).backward()
    assert estimate.grad.isfinite().all()


@pytest.mark.parametrize("ratio_db", [-10, 0, 20])
def test_the_ratio_of_a_voice_and_noise_that_is_orthogonal_to_it_is_that_of_their_powers(ratio_db):
    voice, rest = np.linalg.qr(np.stack([noise(500, 0), noise(500, 1)], axis=1))[0].T
    assert scale_invariant_sdr(voice + 10 ** (-ratio_db / 20) * rest, voice) == pytest.approx(ratio_db)


def test_the_level_of_the_estimate_does_not_matter():
    voice, estimate = noise(500, 0), noise(500, 0) + 0.3 * noise(500, 1)
    assert scale_invariant_sdr(7 * estimate, voice) == pytest.approx(scale_invariant_sdr(estimate, voice))


STEMS = ("vocals", "accompaniment")


def tone(hertz):
    return 8000 * np.sin(2 * np.pi * hertz * np.arange(3 * RATE) / RATE)[None]


@pytest.fixture
def stems(make_store):
    """Three tracks; each voice and each band is a tone of its own."""
    hertz = {("a", 200, 1000), ("b", 300, 1100), ("c", 400, 1200)}
    clips = {(track, stem): tone(at) for track, *tones in hertz for stem, at in zip(STEMS, tones, strict=True)}
    return make_store(clips)


def mixtures(stems, tracks="ab", seed=0):
    return TrainingMixtures(stems, np.array(list(tracks)), but(SEPARATOR, batch_size=40), np.random.default_rng(seed))


def pitches(batch):
    return set(torch.fft.rfft(batch[:, 0]).abs().argmax(dim=1).tolist())  # of 1 s: hertz


def test_voices_and_bands_of_the_named_tracks_meet_in_every_way(stems):
    vocals, mixture = mixtures(stems).batch()
    assert vocals.shape == mixture.shape == (40, 1, RATE)
    assert vocals.dtype == mixture.dtype == torch.float32
    assert pitches(vocals) == {200, 300}
    assert pitches(mixture - vocals) == {1000, 1100}
    spectra = [torch.fft.rfft(signal[:, 0]).abs() for signal in (vocals, mixture - vocals)]
    assert len({tuple(spectrum[row].argmax().item() for spectrum in spectra) for row in range(40)}) == 4


def test_bands_vary_in_level_by_more_than_their_colour(stems):
    quiet_to_loud = mixtures(stems)
    vocals, mixture = (torch.cat(part) for part in zip(*(quiet_to_loud.batch() for _ in range(10)), strict=True))
    band_db, vocals_db = (20 * signal.std(dim=2).log10() for signal in (mixture - vocals, vocals))
    assert 0.6 * EQ_DB < vocals_db.std() < 1.2 * EQ_DB
    assert vocals_db.std() < band_db.std() < 1.2 * np.hypot(EQ_DB, BAND_DB)


def test_the_same_seed_makes_the_same_mixtures_and_another_others(stems):
    first, again, other = (mixtures(stems, seed=seed).batch()[1] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
