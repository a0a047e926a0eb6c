"""The paper's encoder: a small Audio Spectrogram Transformer over log-mel patches.

Source: section 3.2 of the paper; Gong et al., "AST: Audio Spectrogram Transformer", Interspeech 2021.
"""

from __future__ import annotations

from typing import Any

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.audio.logmel import LogMel
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters


class Encoder(nn.Module):
    """Segments to embeddings: log-mel, patches, transformer, then Linear and GELU."""

    def __init__(self, parameters: PretrainParameters, audio: AudioParameters):
        super().__init__()
        shape = parameters.architecture
        self.log_mel = LogMel(parameters.log_mel)
        self.trunk = transformer(parameters, audio)
        blocks: Any = self.trunk.blocks
        for block in blocks:  # on CPUs, going back through torch's fused attention takes far longer
            block.attn.fused_attn = torch.cuda.is_available()
        blocks[-1] = ClassTokenBlock(blocks[-1])
        self.out = nn.Sequential(nn.Linear(shape.width, shape.embedding_size), nn.GELU())

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return (batch, embedding_size) for waveforms (batch, n_channels, n_samples) of one segment each."""
        tokens = self.trunk(self.log_mel(waveforms))  # (batch, width), the class token
        return self.out(tokens)  # type: ignore[no-any-return]


def transformer(parameters: PretrainParameters, audio: AudioParameters) -> VisionTransformer:
    """Return timm's transformer: (batch, n_channels, n_mels, n_frames) to (batch, width), the class token."""
    shape, n_frames = parameters.architecture, audio.segment_samples // parameters.log_mel.hop_length
    return VisionTransformer(
        img_size=(parameters.log_mel.n_mels, n_frames), patch_size=shape.patch_size, in_chans=audio.n_channels,
        num_classes=0, embed_dim=shape.width, depth=shape.depth, num_heads=shape.n_heads,
    )  # fmt: skip


class ClassTokenBlock(nn.Module):
    """A transformer's last block, where only the class token is read: the others are attended to and not worked out.

    What it returns for the class token is what `block`, whose weights it keeps under their names, returns.
    """

    attn: Any
    """timm's attention."""

    def __init__(self, block: Any):
        super().__init__()
        self.norm1, self.attn, self.norm2, self.mlp = block.norm1, block.attn, block.norm2, block.mlp

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (batch, 1, width) for (batch, n_tokens, width)."""
        token = tokens[:, :1] + self.attended(self.norm1(tokens))
        return token + self.mlp(self.norm2(token))  # type: ignore[no-any-return]

    def attended(self, tokens: Tensor) -> Tensor:
        """Return (batch, 1, width): the attention's answer to the class token."""
        width, heads = tokens.shape[-1], (-1, self.attn.head_dim)
        weight, bias = self.attn.qkv.weight, self.attn.qkv.bias
        query = functional.linear(tokens[:, :1], weight[:width], bias[:width])  # (batch, 1, width)
        both = functional.linear(tokens, weight[width:], bias[width:])  # (batch, n_tokens, 2 width)
        parts = (part.unflatten(-1, heads).transpose(1, 2) for part in (query, *both.chunk(2, dim=-1)))
        answer = functional.scaled_dot_product_attention(*parts)  # (batch, n_heads, 1, head_dim)
        return self.attn.proj(answer.transpose(1, 2).flatten(-2))  # type: ignore[no-any-return]


def save_encoder(encoder: Encoder, parameters: PretrainParameters, audio: AudioParameters) -> Weights:
    """Return the encoder's weights with what is needed to build it again."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in encoder.state_dict().items()}
    return Weights(tensors, encoder_config(parameters, audio))


def load_encoder(weights: Weights) -> Encoder:
    """Return the encoder of `weights`, ready for inference.

    Raises RealClonedError when the tensors do not fit the parameters that are said to have made them.
    """
    from real_cloned.parameters.ingest import AudioParameters
    from real_cloned.parameters.pretrain import PretrainParameters

    try:
        parameters = PretrainParameters.model_validate(weights.config["pretrain"])
        encoder = Encoder(parameters, AudioParameters.model_validate(weights.config["audio"]))
        encoder.load_state_dict(dict(weights.tensors))
    except (KeyError, ValueError, RuntimeError) as error:
        raise RealClonedError(f"these weights are not those of an encoder, or do not fit it: {error}") from error
    return encoder.eval()
