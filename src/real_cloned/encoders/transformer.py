"""The paper's encoder: a small Audio Spectrogram Transformer over log-mel patches.

Source: section 3.2 of the paper; Gong et al., "AST: Audio Spectrogram Transformer", Interspeech 2021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from real_cloned.audio.logmel import LogMel
from real_cloned.errors import RealClonedError
from real_cloned.weights import Weights

if TYPE_CHECKING:
    from real_cloned.parameters import AudioParameters, PretrainParameters


class Encoder(nn.Module):
    """Segments to embeddings: log-mel, patches, transformer, then Linear and GELU."""

    def __init__(self, parameters: PretrainParameters, audio: AudioParameters):
        super().__init__()
        shape = parameters.architecture
        n_frames = audio.segment_samples // parameters.log_mel.hop_length
        self.log_mel = LogMel(parameters.log_mel)
        self.trunk = VisionTransformer(
            img_size=(parameters.log_mel.n_mels, n_frames),
            patch_size=shape.patch_size,
            in_chans=audio.n_channels,
            num_classes=0,
            embed_dim=shape.width,
            depth=shape.depth,
            num_heads=shape.n_heads,
        )
        self.out = nn.Sequential(nn.Linear(shape.width, shape.embedding_size), nn.GELU())

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return (batch, embedding_size) for waveforms (batch, n_channels, n_samples) of one segment each."""
        tokens = self.trunk(self.log_mel(waveforms))  # (batch, width), the class token
        return self.out(tokens)  # type: ignore[no-any-return]


def save_encoder(encoder: Encoder, parameters: PretrainParameters, audio: AudioParameters) -> Weights:
    """Return the encoder's weights with what is needed to build it again."""
    made_from = {"pretrain": parameters.model_dump(mode="json"), "audio": audio.model_dump(mode="json")}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in encoder.state_dict().items()}
    return Weights(tensors, made_from)


def load_encoder(weights: Weights) -> Encoder:
    """Return the encoder of `weights`, ready for inference.

    Raises RealClonedError when the tensors do not fit the parameters that are said to have made them.
    """
    from real_cloned.parameters import AudioParameters, PretrainParameters

    try:
        parameters = PretrainParameters.model_validate(weights.made_from["pretrain"])
        encoder = Encoder(parameters, AudioParameters.model_validate(weights.made_from["audio"]))
        encoder.load_state_dict(dict(weights.tensors))
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(f"these weights are not those of an encoder, or do not fit it: {error}") from error
    return encoder.eval()
