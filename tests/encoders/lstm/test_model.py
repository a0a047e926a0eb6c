"""The LSTM: shapes, unit length, windows, and what it hears."""

import pytest
import torch

from real_cloned.encoders.lstm.model import LogMelWindows, LstmEncoder, VoiceLstm, half_overlapping
from real_cloned.parameters.variants import LstmParameters
from tests.tiny import AUDIO, LOG_MEL, but

NETWORK = LstmParameters(n_layers=2, hidden_size=8, embedding_size=6, window_frames=6)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return VoiceLstm(NETWORK, LOG_MEL.n_mels)


@pytest.mark.parametrize(("n_bins", "n_frames"), [(40, 128), (80, 307), (3, 1)])
def test_any_number_of_bins_and_frames_gives_embeddings_of_unit_length(n_bins, n_frames):
    embeddings = VoiceLstm(NETWORK, n_bins)(torch.randn(5, n_frames, n_bins))
    assert embeddings.shape == (5, 6)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(5))
    assert (embeddings >= 0).all()


def test_the_defaults_are_the_published_network():
    sizes = {name: tuple(weight.shape) for name, weight in VoiceLstm(LstmParameters(), 40).named_parameters()}
    assert sizes["lstm.weight_ih_l0"] == (1024, 40)
    assert sizes["lstm.weight_hh_l2"] == (1024, 256)
    assert sizes["linear.weight"] == (256, 256)


def test_it_equals_the_equations_of_an_lstm_step_by_step(network):
    frames = torch.randn(1, 7, LOG_MEL.n_mels)
    steps = frames[0]
    for layer in range(2):
        weights = [
            getattr(network.lstm, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        hidden = cell = torch.zeros(8)
        outputs = []
        for step in steps:
            parts = weights[0] @ step + weights[1] @ hidden + weights[2] + weights[3]
            entry, forget, update, out = parts.chunk(4)
            cell = forget.sigmoid() * cell + entry.sigmoid() * update.tanh()
            hidden = out.sigmoid() * cell.tanh()
            outputs.append(hidden)
        steps = outputs
    expected = (network.linear.weight @ steps[-1] + network.linear.bias).relu()
    torch.testing.assert_close(network(frames)[0], expected / expected.norm())


def test_windows_overlap_by_half_and_leave_out_a_short_rest():
    frames = torch.arange(17.0)[None, :, None]
    windows = half_overlapping(frames, 6)
    assert windows[0, :, 0, 0].tolist() == [0, 3, 6, 9]
    assert windows.shape == (1, 4, 6, 1)
    assert half_overlapping(frames, 40).shape == (1, 1, 17, 1)
    assert half_overlapping(frames, 1).shape == (1, 17, 1, 1)


def test_the_embedding_of_windows_is_their_mean_at_unit_length(network):
    windows = torch.randn(2, 3, 6, LOG_MEL.n_mels)
    means = torch.stack([torch.stack([network(window[None])[0] for window in clip]).mean(dim=0) for clip in windows])
    torch.testing.assert_close(network.embed_windows(windows), means / means.norm(dim=1, keepdim=True))


def test_waveforms_become_embeddings_whatever_their_level_type_and_channels(network):
    encoder = LstmEncoder(LogMelWindows(LOG_MEL, 6), network)
    waveforms = (torch.randn(3, 1, AUDIO.segment_samples) * 3000).to(torch.int16)
    embeddings = encoder(waveforms)
    assert embeddings.shape == (3, 6)
    torch.testing.assert_close(encoder(waveforms.float() / 32768), embeddings)
    torch.testing.assert_close(encoder(waveforms.repeat(1, 2, 1)), embeddings)


def test_a_segment_of_one_window_is_embedded_as_its_log_mel_alone(network):
    front_end = LogMelWindows(but(LOG_MEL, hop_length=100), 16)
    waveform = torch.randn(1, 1, 1600)
    frames = front_end.log_mel(waveform)[:, 0].transpose(1, 2)
    torch.testing.assert_close(LstmEncoder(front_end, network)(waveform), network(frames))
