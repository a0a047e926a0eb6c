"""The voice-identity LSTM: frames of features to an embedding of unit length.

Longer audio is cut into windows that overlap by half, whose embeddings are averaged (Wan et al., section 3.2). The
layers are named as in resemble-ai/Resemblyzer, so that its published weights fit.

Sources: Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018,
https://arxiv.org/abs/1710.10467; O'Connor et al., https://github.com/Trebolium/singer_id_encoder.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.artifacts.weights import Weights
from real_cloned.audio.logmel import LogMel
from real_cloned.parameters.pretrain import LogMelParameters
from real_cloned.parameters.variants import LstmParameters, LstmVariantParameters


class VoiceLstm(nn.Module):
    """LSTM layers, then Linear, ReLU and unit length, of the last layer's last output.

    Args:
        parameters: Sizes of the network.
        n_bins: Features of a frame.
    """

    def __init__(self, parameters: LstmParameters, n_bins: int):
        super().__init__()
        self.embedding_size, self.window_frames = parameters.embedding_size, parameters.window_frames
        self.lstm = nn.LSTM(n_bins, parameters.hidden_size, parameters.n_layers, batch_first=True)
        self.linear = nn.Linear(parameters.hidden_size, parameters.embedding_size)

    def forward(self, frames: Tensor) -> Tensor:
        """Return embeddings of unit length (of zeros where ReLU leaves nothing).

        Args:
            frames: Of any number of frames. Shape: (batch, n_frames, n_bins).

        Returns:
            Shape (batch, embedding_size).
        """
        _, (hidden, _) = self.lstm(frames)  # (n_layers, batch, hidden_size)
        return functional.normalize(functional.relu(self.linear(hidden[-1])), dim=1)

    def embed_windows(self, windows: Tensor) -> Tensor:
        """Return the mean of the windows' embeddings, normalised to unit length again.

        Args:
            windows: Shape: (batch, n_windows, n_frames, n_bins).

        Returns:
            Shape (batch, embedding_size).
        """
        embeddings: Tensor = self(windows.flatten(0, 1)).unflatten(0, windows.shape[:2])  # (batch, n_windows, size)
        return functional.normalize(embeddings.mean(dim=1), dim=1)


class LogMelWindows(nn.Module):
    """Waveforms to half-overlapping windows of log-mel frames, of the mean of all channels.

    Args:
        parameters: Of the log-mel spectrogram.
        window_frames: Frames of a window.
    """

    def __init__(self, parameters: LogMelParameters, window_frames: int):
        super().__init__()
        self.log_mel, self.window_frames = LogMel(parameters), window_frames

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return windows of frames.

        Args:
            waveforms: Of any type. Shape: (batch, n_channels, n_samples).

        Returns:
            Shape (batch, n_windows, window_frames, n_mels).
        """
        mono = waveforms.to(torch.get_default_dtype()).mean(dim=1, keepdim=True)  # (batch, 1, n_samples)
        return half_overlapping(self.log_mel(mono)[:, 0].transpose(1, 2), self.window_frames)


class LstmEncoder(nn.Module):
    """Segments to embeddings: a front end that makes windows of features, and the LSTM that embeds each of them.

    Args:
        front_end: From (batch, n_channels, n_samples) to (batch, n_windows, n_frames, n_bins).
        network: The LSTM.
    """

    def __init__(self, front_end: nn.Module, network: VoiceLstm):
        super().__init__()
        self.front_end, self.network = front_end, network
        self.embedding_size = network.embedding_size

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return the embeddings of waveforms.

        Args:
            waveforms: One segment each. Shape: (batch, n_channels, n_samples).

        Returns:
            Shape (batch, embedding_size).
        """
        return self.network.embed_windows(self.front_end(waveforms))


def half_overlapping(frames: Tensor, window_frames: int) -> Tensor:
    """Return the windows of `frames`, one every half window.

    Fewer frames than a window make one shorter window. What remains at the end is left out, less than half a window.

    Args:
        frames: Shape: (batch, n_frames, n_bins).
        window_frames: Frames of a window.

    Returns:
        Shape (batch, n_windows, window_frames, n_bins).
    """
    if frames.shape[1] <= window_frames:
        return frames[:, None]
    return frames.unfold(1, window_frames, max(1, window_frames // 2)).transpose(2, 3)


def build_lstm(parameters: LstmVariantParameters) -> LstmEncoder:
    """Return the untrained encoder of a variant, for segments at the log-mel's sample rate.

    Args:
        parameters: Of the variant.
    """
    front_end = LogMelWindows(parameters.log_mel, parameters.network.window_frames)
    return LstmEncoder(front_end, VoiceLstm(parameters.network, parameters.log_mel.n_mels))


def load_lstm(weights: Weights) -> LstmEncoder:
    """Return the encoder that `weights` belong to; `registry.load_encoder` does it for every family.

    Args:
        weights: Of an encoder of family `lstm`.

    Raises:
        KeyError: The config lacks a part.
        ValueError: The config holds other parameters.
        RuntimeError: The tensors do not fit the config.
    """
    encoder = build_lstm(LstmVariantParameters.model_validate(weights.config["pretrain"]))
    encoder.load_state_dict(dict(weights.tensors))
    return encoder
