"""Chunks of a stream: what Demucs itself gives for the whole, in pieces, in constant memory."""

import pytest
import torch
from demucs.apply import BagOfModels, apply_model
from demucs.htdemucs import HTDemucs
from torchaudio.functional import resample

from real_cloned.vocals.separation.streaming import (
    _ChunkedStream,
    chunk_samples,
    regroup,
    resample_stream,
    separate_stream,
)
from tests.tiny import SEPARATION, but
from tests.vocals.conftest import hdemucs

CHUNK, STRIDE = 16000, 12000


def htdemucs():
    torch.manual_seed(1)
    sizes = {"channels": 8, "growth": 1, "samplerate": 8000, "segment": 2, "dconv_mode": 0, "bottom_channels": 16}
    return HTDemucs(["drums", "vocals"], audio_channels=2, t_layers=1, **sizes).eval()


def bag():
    return BagOfModels([hdemucs(2), htdemucs()], [[1.0, 0.25], [0.5, 1.0]])


def mixture(n_samples, n_channels=2):
    return 3000 * torch.randn(n_channels, n_samples, generator=torch.Generator().manual_seed(0))


def joined(model, whole, piece=5000, **settings):
    return torch.cat(list(separate_stream(model, whole.split(piece, dim=1), but(SEPARATION, **settings))), dim=1)


@pytest.mark.parametrize("model", [lambda: hdemucs(2), htdemucs, bag], ids=["hdemucs", "htdemucs", "bag"])
@pytest.mark.parametrize("n_samples", [8000, CHUNK + 1, 2 * CHUNK - 2, 45_000])
def test_a_stream_gives_what_demucs_gives_for_the_whole(model, n_samples):
    whole = mixture(n_samples)
    expected = apply_model(model(), whole[None], shifts=0)[0, 1]
    torch.testing.assert_close(joined(model(), whole), expected, rtol=0, atol=0.05)


@pytest.mark.parametrize("model", [lambda: hdemucs(2), bag], ids=["hdemucs", "bag"])
def test_chunks_do_not_move_the_model_that_another_thread_may_be_using(model, monkeypatch):
    whole, shared = mixture(45_000), model()

    def move(*_):
        raise AssertionError("an LSTM that is moved has no weights at that moment")

    monkeypatch.setattr(torch.nn.Module, "_apply", move)
    assert joined(shared, whole).any()


def test_demucs_last_chunk_changes_only_what_the_one_before_it_has_given_already():
    whole, model = mixture(2 * STRIDE + 3900), hdemucs(2)
    expected = apply_model(model, whole[None], shifts=0)[0, 1, :, : 2 * STRIDE]
    torch.testing.assert_close(joined(model, whole)[:, : 2 * STRIDE], expected, rtol=0, atol=0.05)


def test_no_chunk_is_run_where_the_one_before_it_reaches_the_end():
    model, lengths = hdemucs(2), []
    model.register_forward_pre_hook(lambda _, inputs: lengths.append(inputs[0].shape[-1]))
    joined(model, mixture(CHUNK + STRIDE))
    assert lengths == [CHUNK, CHUNK]
    joined(model, mixture(CHUNK + STRIDE + 1))
    assert lengths[2:] == [CHUNK, CHUNK, CHUNK - STRIDE + 1]


@pytest.mark.parametrize("piece", [501, CHUNK, 10**6])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_neither_the_size_of_pieces_nor_that_of_batches_matters(piece, batch_size):
    whole, model = mixture(90_000), hdemucs(2)
    expected = joined(model, whole)
    torch.testing.assert_close(joined(model, whole, piece, batch_size=batch_size), expected, rtol=0, atol=0.05)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_few_chunks_wait_inside_however_long_the_stream(batch_size):
    taken, given, most = 0, 0, 0

    def pieces():
        nonlocal taken
        for _ in range(80):
            taken += 4000
            yield mixture(4000)

    for piece in separate_stream(hdemucs(2), pieces(), but(SEPARATION, batch_size=batch_size)):
        most, given = max(most, taken - given), given + piece.shape[1]
    assert given == taken
    assert most <= (batch_size + 1) * CHUNK


def test_the_state_between_pieces_does_not_grow():
    stream = _ChunkedStream(hdemucs(2), but(SEPARATION, batch_size=2), "cpu")
    for _ in range(30):
        list(stream.push(mixture(6000)))
        assert stream.buffer.untyped_storage().nbytes() <= 4 * 2 * (3.5 * CHUNK)
        assert stream.sums.shape == (3, CHUNK)


@pytest.mark.parametrize("n_samples", [1, 50, 3999])
def test_a_mixture_shorter_than_any_filter_is_separated_too(n_samples):
    for model in (hdemucs(2), htdemucs()):
        vocals = joined(model, mixture(n_samples))
        assert vocals.shape == (2, n_samples)
        assert vocals.isfinite().all()


def test_silence_stays_silent_and_nothing_stays_nothing():
    assert not joined(hdemucs(2), torch.zeros(2, 20_000)).any()
    assert list(separate_stream(hdemucs(2), iter([]), SEPARATION)) == []


def test_vocals_are_as_loud_as_the_mixture_is():
    soft, model = mixture(20_000) / 3000, hdemucs(2)  # 3000: from about one step to far above
    torch.testing.assert_close(joined(model, soft * 3000), joined(model, soft) * 3000, rtol=1e-3, atol=0.05)


def test_no_block_is_louder_than_its_neighbour_because_of_what_comes_later():
    quiet, model = mixture(50_000), hdemucs(2)
    followed = joined(model, torch.cat([quiet, 10 * mixture(60_000)], dim=1))
    assert torch.equal(followed[:, :STRIDE], joined(model, quiet)[:, :STRIDE])


def test_a_chunk_is_as_long_as_asked_for_and_a_transformers_at_most_its_segment():
    longer = hdemucs(2)
    longer.segment = 3
    bag_of_two = BagOfModels([longer, htdemucs()])
    lengths = [chunk_samples(longer, None), chunk_samples(bag_of_two, None), chunk_samples(bag_of_two, 2.5)]
    assert lengths == [24000, CHUNK, CHUNK]
    assert [chunk_samples(longer, 1.5), chunk_samples(longer, 5.0)] == [12000, 40000]


def test_bfloat16_gives_nearly_the_same_vocals_in_float32():
    exact, rounded = (joined(hdemucs(2), mixture(30_000), precision=kind) for kind in ("float32", "bfloat16"))
    assert rounded.dtype == torch.float32
    assert 0 < (rounded - exact).square().mean() < 0.001 * exact.square().mean()


def test_on_a_cpu_chunks_go_through_the_model_one_by_one_on_a_gpu_by_eight_unless_asked_otherwise():
    ways = [(0, "cpu"), (0, "cuda"), (5, "cuda")]
    sizes = [_ChunkedStream(hdemucs(), but(SEPARATION, batch_size=n), device).batch_size for n, device in ways]
    assert sizes == [1, 8, 5]


def waveform(n_samples, n_channels=2):
    return torch.randn(n_channels, n_samples, generator=torch.Generator().manual_seed(n_samples))


def test_regrouping_changes_no_sample_and_gives_pieces_of_the_least_size():
    whole = waveform(1000)
    pieces = list(regroup(whole.split(70, dim=1), 200))
    assert [piece.shape[1] for piece in pieces] == [210, 210, 210, 210, 160]
    assert torch.equal(torch.cat(pieces, dim=1), whole)


@pytest.mark.parametrize("piece", [317, 5000, 100_000])
@pytest.mark.parametrize("rates", [(44100, 16000), (16000, 44100), (8000, 16000), (48000, 16000), (22050, 44100)])
def test_a_stream_is_resampled_as_the_whole_is_whatever_its_pieces(rates, piece):
    whole = waveform(20_001)
    stream = torch.cat(list(resample_stream(whole.split(piece, dim=1), *rates, block_s=0.05)), dim=1)
    expected = resample(whole, *rates)[:, : stream.shape[1]]
    torch.testing.assert_close(stream, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("n_samples", [1, 2, 3, 100, 44100, 44101])
def test_the_length_is_that_of_the_original_at_the_new_rate(n_samples):
    for rate, new_rate in ((44100, 16000), (16000, 44100), (16000, 8000)):
        out = sum(piece.shape[1] for piece in resample_stream(waveform(n_samples).split(50, dim=1), rate, new_rate))
        assert out == round(n_samples * new_rate / rate)


def test_at_the_same_rate_nothing_changes():
    whole = waveform(500)
    assert torch.equal(torch.cat(list(resample_stream(whole.split(99, dim=1), 16000, 16000)), dim=1), whole)


def test_a_stream_of_nothing_stays_one():
    assert list(resample_stream(iter([]), 44100, 16000)) == []


def test_no_more_than_a_block_and_a_piece_wait_inside():
    taken, given, rate = 0, 0, 8000

    def pieces():
        nonlocal taken
        for piece in waveform(40 * rate).split(rate // 4, dim=1):
            taken += piece.shape[1]
            yield piece

    for piece in resample_stream(pieces(), rate, rate // 2):
        given += 2 * piece.shape[1]
        assert taken - given <= 1.3 * rate
