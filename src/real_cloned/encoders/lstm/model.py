"""The voice-identity LSTM: frames of features to an embedding of unit length.

Sources: Wan et al., ICASSP 2018; O'Connor et al., Trebolium/singer_id_encoder. The names of the layers are those of
resemble-ai/Resemblyzer, whose published weights therefore fit.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.audio.logmel import LogMel
from real_cloned.parameters.pretrain import LogMelParameters
from real_cloned.parameters.variants import LstmParameters


class VoiceLstm(nn.Module):
    """LSTM layers, of the last one the last output, then Linear, ReLU and unit length."""

    def __init__(self, parameters: LstmParameters, n_bins: int):
        super().__init__()
        self.embedding_size, self.window_frames = parameters.embedding_size, parameters.window_frames
        self.lstm = nn.LSTM(n_bins, parameters.hidden_size, parameters.n_layers, batch_first=True)
        self.linear = nn.Linear(parameters.hidden_size, parameters.embedding_size)

    def forward(self, frames: Tensor) -> Tensor:
        """Return (batch, embedding_size) of length 1 (of zeros where ReLU leaves nothing).

        frames : (batch, n_frames, n_bins), of any n_frames
        """
        _, (hidden, _) = self.lstm(frames)  # (n_layers, batch, hidden_size)
        return functional.normalize(functional.relu(self.linear(hidden[-1])), dim=1)

    def embed_windows(self, windows: Tensor) -> Tensor:
        """Return the mean of the windows' embeddings, brought to unit length again, (batch, embedding_size).

        windows : (batch, n_windows, n_frames, n_bins)
        """
        embeddings: Tensor = self(windows.flatten(0, 1)).unflatten(0, windows.shape[:2])  # (batch, n_windows, size)
        return functional.normalize(embeddings.mean(dim=1), dim=1)


class LogMelWindows(nn.Module):
    """Waveforms to windows of log-mel frames, of all channels' mean; windows overlap by half."""

    def __init__(self, parameters: LogMelParameters, window_frames: int):
        super().__init__()
        self.log_mel, self.window_frames = LogMel(parameters), window_frames

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return (batch, n_windows, window_frames, n_mels) for waveforms (batch, n_channels, n_samples) of any type."""
        mono = waveforms.to(torch.get_default_dtype()).mean(dim=1, keepdim=True)
        return half_overlapping(self.log_mel(mono)[:, 0].transpose(1, 2), self.window_frames)


class LstmEncoder(nn.Module):
    """Segments to embeddings: a front end that makes windows of features, and the LSTM that hears each of them."""

    def __init__(self, front_end: nn.Module, network: VoiceLstm):
        super().__init__()
        self.front_end, self.network = front_end, network
        self.embedding_size = network.embedding_size

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return (batch, embedding_size) for waveforms (batch, n_channels, n_samples) of one segment each."""
        return self.network.embed_windows(self.front_end(waveforms))


def half_overlapping(frames: Tensor, window_frames: int) -> Tensor:
    """Return the windows of `frames`, (batch, n_windows, window_frames, n_bins), every half window from the beginning.

    frames : (batch, n_frames, n_bins); what is shorter than a window is one shorter window, and a rest at the end that
        is shorter than half a window is not heard
    """
    if frames.shape[1] <= window_frames:
        return frames[:, None]
    return frames.unfold(1, window_frames, max(1, window_frames // 2)).transpose(2, 3)
