"""Separators: by the demo's truth, and by a real Demucs model that is tiny and has learned nothing."""

import numpy as np
import pytest
import torch
from demucs.apply import apply_model
from torchaudio.functional import resample

from real_cloned.core.errors import RealClonedError
from real_cloned.vocals.separation.separators import DemucsSeparator, ReferenceSeparator, load_separator
from tests.tiny import RATE
from tests.vocals.conftest import hdemucs, noise


def cut(samples, piece):
    return [samples[:, at : at + piece] for at in range(0, samples.shape[1], piece)]


def test_the_reference_gives_the_true_vocals_as_long_as_the_mixture(truth):
    separator = ReferenceSeparator(truth)
    assert np.array_equal(separator.vocals("a", noise(1, RATE)), noise(1, RATE, 1))
    longer, shorter = separator.vocals("b", noise(1, RATE + 50)), separator.vocals("b", noise(1, RATE - 50))
    assert np.array_equal(longer, np.pad(noise(1, RATE, 2), ((0, 0), (0, 50))))
    assert np.array_equal(shorter, noise(1, RATE, 2)[:, :-50])


def test_the_references_vocals_stand_in_every_channel_of_the_mixture(truth):
    vocals = ReferenceSeparator(truth).vocals("a", noise(2, RATE))
    assert np.array_equal(vocals, np.repeat(noise(1, RATE, 1), 2, axis=0))


@pytest.mark.parametrize("piece", [1, 333, RATE])
def test_the_references_stream_is_the_true_vocals_too(truth, piece):
    pieces = cut(noise(1, RATE + 50), piece)[:500]
    stream = np.concatenate(list(ReferenceSeparator(truth).stream("a", pieces)), axis=1)
    assert np.array_equal(stream, np.pad(noise(1, RATE, 1), ((0, 0), (0, 50)))[:, : stream.shape[1]])
    assert stream.shape[1] == sum(part.shape[1] for part in pieces)


def test_the_reference_refuses_tracks_that_the_demo_did_not_make(truth):
    with pytest.raises(RealClonedError, match="mine is not one of them"):
        ReferenceSeparator(truth).vocals("mine", noise(1, RATE))


@pytest.mark.parametrize("model_channels", [1, 2])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_demucs_model_from_a_file_gives_vocals_of_the_mixtures_shape(demucs_file, truth, model_channels, n_channels):
    separator = load_separator(demucs_file(model_channels), truth, RATE)
    assert isinstance(separator, DemucsSeparator)
    for n_samples in (1, 100, 5 * RATE + 123):
        mixture = noise(n_channels, n_samples)
        vocals = separator.vocals("any", mixture)
        assert vocals.shape == mixture.shape
        assert vocals.dtype == np.int16
        assert np.array_equal(separator.vocals("any", mixture), vocals)
    assert vocals.any()


def test_no_samples_have_vocals_of_no_samples(demucs_file, truth):
    assert load_separator(demucs_file(1), truth, RATE).vocals("any", noise(1, 0)).shape == (1, 0)


def test_the_vocals_are_those_that_demucs_gives_for_the_resampled_mixture(demucs_file, truth):
    mixture = noise(2, 10 * RATE)
    at_the_models_rate = resample(torch.from_numpy(mixture).float(), RATE, 8000)
    expected = resample(apply_model(hdemucs(2), at_the_models_rate[None], shifts=0)[0, 1], 8000, RATE)
    vocals = load_separator(demucs_file(2), truth, RATE).vocals("any", mixture)
    inner = slice(0, 9 * RATE)  # beyond, Demucs runs a last chunk over what the one before it covers
    assert np.abs(vocals - expected.numpy())[:, inner].max() <= 1


@pytest.mark.parametrize("piece", [700, 8000, 100_000])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_a_stream_gives_the_vocals_of_the_whole_at_the_stores_rate(demucs_file, truth, piece, batch_size):
    separator = load_separator(demucs_file(1, batch_size=batch_size), truth, 8000)
    assert separator.sample_rate_hz == 8000
    mixture = noise(1, 60_001)
    stream = np.concatenate(list(separator.stream("any", cut(mixture, piece))), axis=1)
    assert np.abs(stream - separator.vocals("any", mixture).astype(int)).max() <= 1
    slower = load_separator(demucs_file(1), truth, RATE).stream("any", cut(mixture, piece))
    assert sum(part.shape[1] for part in slower) == round(60_001 * RATE / 8000)


def test_demucs_vocals_are_as_loud_as_the_mixture_is(demucs_file, truth):
    separator, mixture = load_separator(demucs_file(1), truth, RATE), noise(1, 2 * RATE)
    loud, soft = separator.vocals("any", mixture).astype(float), separator.vocals("any", mixture // 4).astype(float)
    assert np.std(loud) == pytest.approx(4 * np.std(soft), rel=0.05)


def test_silence_separates_into_silence(demucs_file, truth):
    assert not load_separator(demucs_file(1), truth, RATE).vocals("any", np.zeros((1, RATE), np.int16)).any()
