"""Streams: regrouped without loss, and resampled as if they were whole."""

import pytest
import torch
from torchaudio.functional import resample

from real_cloned.vocals.separation.streaming import regrouped, resampled


def waveform(n_samples, n_channels=2):
    return torch.randn(n_channels, n_samples, generator=torch.Generator().manual_seed(n_samples))


def test_regrouping_changes_no_sample_and_gives_pieces_of_the_least_size():
    whole = waveform(1000)
    pieces = list(regrouped(whole.split(70, dim=1), 200))
    assert [piece.shape[1] for piece in pieces] == [210, 210, 210, 210, 160]
    assert torch.equal(torch.cat(pieces, dim=1), whole)


@pytest.mark.parametrize("piece", [317, 5000, 100_000])
@pytest.mark.parametrize("rates", [(44100, 16000), (16000, 44100), (8000, 16000), (48000, 16000), (22050, 44100)])
def test_a_stream_is_resampled_as_the_whole_is_whatever_its_pieces(rates, piece):
    whole = waveform(20_001)
    stream = torch.cat(list(resampled(whole.split(piece, dim=1), *rates, block_s=0.05)), dim=1)
    expected = resample(whole, *rates)[:, : stream.shape[1]]
    torch.testing.assert_close(stream, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("n_samples", [1, 2, 3, 100, 44100, 44101])
def test_the_length_is_that_of_the_original_at_the_new_rate(n_samples):
    for rate, new_rate in ((44100, 16000), (16000, 44100), (16000, 8000)):
        out = sum(piece.shape[1] for piece in resampled(waveform(n_samples).split(50, dim=1), rate, new_rate))
        assert out == round(n_samples * new_rate / rate)


def test_at_the_same_rate_nothing_changes():
    whole = waveform(500)
    assert torch.equal(torch.cat(list(resampled(whole.split(99, dim=1), 16000, 16000)), dim=1), whole)


def test_a_stream_of_nothing_stays_one():
    assert list(resampled(iter([]), 44100, 16000)) == []


def test_no_more_than_a_block_and_a_piece_wait_inside():
    taken, given, rate = 0, 0, 8000

    def pieces():
        nonlocal taken
        for piece in waveform(40 * rate).split(rate // 4, dim=1):
            taken += piece.shape[1]
            yield piece

    for piece in resampled(pieces(), rate, rate // 2):
        given += 2 * piece.shape[1]
        assert taken - given <= 1.3 * rate
