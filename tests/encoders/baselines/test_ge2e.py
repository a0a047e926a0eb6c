"""The published encoder's front end, by frozen outputs of the published code, and where its weights are looked for."""

import pickle

import numpy as np
import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.ge2e import (
    N_MELS,
    NETWORK,
    Ge2eWindows,
    ge2e_encoder,
    ge2e_tensors,
    normalize_volume,
    window_starts,
)


def sweep(n_samples=8000):
    """A tone with a sweep above it, (1, n) float32: what the frozen outputs below are of."""
    time = np.arange(n_samples) / 16000
    sound = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.05 * np.sin(2 * np.pi * 3000 * time * time)
    return torch.from_numpy(sound.astype(np.float32))[None]


@pytest.fixture
def checkpoint(tmp_path):
    """A file such as the published one, with other numbers in it."""
    torch.manual_seed(0)
    state = ge2e_encoder(16000).network.state_dict()
    state |= {"similarity_weight": torch.tensor([20.0]), "similarity_bias": torch.tensor([-9.0])}
    torch.save({"step": 1, "model_state": state, "optimizer_state": {}}, tmp_path / "pretrained.pt")
    return tmp_path / "pretrained.pt"


def test_mel_power_is_that_of_librosa():
    mel = Ge2eWindows(16000).mel(sweep())[0].numpy()  # librosa 0.11, melspectrogram(n_fft=400, hop_length=160)
    assert mel.shape == (51, 40)
    values = [14.787971, 1.6037351, 1.4893539, 1.4774725]
    np.testing.assert_allclose([mel[20, 5], mel[20, 6], mel[0, 6], mel[-1, 6]], values, rtol=1e-4)
    assert mel.sum() == pytest.approx(942.20337, rel=1e-4)


@pytest.mark.parametrize(
    ("n_samples", "starts"),
    [(1, [0]), (8000, [0]), (25600, [0]), (96000, [0, 77, 154, 231, 308, 385, 462]), (57600, [0, 77, 154, 231])],
)
def test_windows_begin_where_the_published_code_lets_them(n_samples, starts):
    assert window_starts(n_samples) == starts


def test_the_last_window_stays_only_where_three_quarters_of_it_hold_audio():
    for n_samples in range(26_000, 120_000, 997):
        last = window_starts(n_samples)[-1]
        assert (n_samples - 160 * last) / 25_600 >= 0.75


def test_what_is_quiet_is_raised_to_thirty_decibels_below_full_scale_and_nothing_is_lowered():
    levels = normalize_volume(torch.stack([sweep()[0] * 1e-3, sweep()[0]])).square().mean(dim=1).sqrt()
    assert levels[0].item() == pytest.approx(10 ** (-30 / 20), rel=1e-4)
    assert levels[1].item() == pytest.approx(sweep().square().mean().sqrt().item(), rel=1e-6)
    assert normalize_volume(torch.zeros(1, 100)).abs().max() == 0


def test_int16_stereo_and_other_sample_rates_are_heard_alike():
    windows = Ge2eWindows(16000)
    sound = sweep(96000)
    samples = (sound * 32768).round().to(torch.int16)[None].repeat(1, 2, 1)
    expected = windows(sound[None])
    assert expected.shape == (1, 7, NETWORK.window_frames, N_MELS)
    torch.testing.assert_close(windows(samples), expected, rtol=1e-2, atol=1e-3)
    below_2_khz = sweep(16000)[None]
    torch.testing.assert_close(
        Ge2eWindows(8000)(below_2_khz[..., ::2])[..., 5:8], windows(below_2_khz)[..., 5:8], rtol=0.05, atol=0.5
    )


def test_the_tensors_of_the_file_are_those_of_the_network_and_nothing_else(checkpoint):
    encoder = ge2e_encoder(16000)
    encoder.network.load_state_dict(dict(ge2e_tensors(str(checkpoint))))
    embeddings = encoder(torch.randn(2, 1, 20_000))
    assert embeddings.shape == (2, 256)


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_a_file_that_is_something_else_is_refused_by_name_and_says_what_to_do(tmp_path, content):
    path = tmp_path / "other.pt"
    if content is None:
        torch.save({"weights": 1}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(RealClonedError, match=r"other\.pt.*pip install --no-deps"):
        ge2e_tensors(str(path))


def test_nothing_but_tensors_is_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return exec, ("raise SystemExit('unpickled')",)

    (tmp_path / "trap.pt").write_bytes(pickle.dumps({"model_state": Trap()}))
    with pytest.raises(RealClonedError, match=r"trap\.pt"):
        ge2e_tensors(str(tmp_path / "trap.pt"))


def test_weights_that_are_not_there_say_how_to_get_them(tmp_path):
    with pytest.raises(RealClonedError, match=r"nowhere\.pt.*pip install --no-deps"):
        ge2e_tensors(str(tmp_path / "nowhere.pt"))


def test_the_published_weights_embed_as_the_published_code_does():
    try:
        tensors = ge2e_tensors("installed")
    except RealClonedError:
        pytest.skip("resemblyzer is not installed")
    encoder = ge2e_encoder(16000).eval()
    encoder.network.load_state_dict(dict(tensors))
    with torch.inference_mode():
        embedding = encoder(sweep(96000)[None])[0]
    expected = {
        106: 0.24624,
        195: 0.196565,
        10: 0.171155,
        104: 0.165469,
        198: 0.154692,
    }  # VoiceEncoder.embed_utterance of Resemblyzer 0.1.4
    assert {index: embedding[index].item() for index in expected} == pytest.approx(expected, abs=1e-5)
