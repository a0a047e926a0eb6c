"""The encoder of the contrastive variants: the paper's transformer, or a small convolutional network.

The transformer is a small Audio Spectrogram Transformer (AST) over patches of a log-mel spectrogram.

Sources: the paper, section 3.2; Gong et al., "AST: Audio Spectrogram Transformer", Interspeech 2021,
https://arxiv.org/abs/2104.01778.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.audio.logmel import LogMel
from real_cloned.encoders.contrastive.convolution import ConvolutionalTrunk
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters

CLASS_TOKEN_STD = 0.02
"""Deviation of the class token before training (authors' code)."""


class ContrastiveEncoder(nn.Module):
    """Segments to embeddings: log-mel, transformer (or convolutions), then Linear and GELU.

    Args:
        parameters: Of the variant; log-mel and architecture are used.
        audio: Channels and length of a segment.
    """

    def __init__(self, parameters: PretrainParameters, audio: AudioParameters):
        super().__init__()
        architecture = parameters.architecture
        self.log_mel = LogMel(parameters.log_mel)
        if parameters.convolution is not None:
            self.trunk: nn.Module = ConvolutionalTrunk(
                parameters.convolution, audio.n_channels, parameters.log_mel.n_mels
            )
            n_features = self.trunk.n_features
        else:
            self.trunk, n_features = class_token_transformer(parameters, audio), architecture.width
        self.out = nn.Sequential(nn.Linear(n_features, architecture.embedding_size), nn.GELU())

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return the embeddings of waveforms.

        Args:
            waveforms: One segment each, int16 or float32 of any level. Shape: (batch, n_channels, n_samples).

        Returns:
            Shape (batch, embedding_size).
        """
        return self.embed(self.log_mel(waveforms))

    def embed(self, log_mel: Tensor) -> Tensor:
        """Return the embeddings of log-mel spectrograms.

        Args:
            log_mel: As `self.log_mel` makes them. Shape: (batch, n_channels, n_mels, n_frames).

        Returns:
            Shape (batch, embedding_size).
        """
        return self.out(self.trunk(log_mel))  # type: ignore[no-any-return]


def class_token_transformer(parameters: PretrainParameters, audio: AudioParameters) -> nn.Module:
    """Return `vision_transformer` with its patches embedded by a matrix product and a shorter last block.

    Args:
        parameters: Of the variant; log-mel and architecture are used.
        audio: Channels and length of a segment.
    """
    transformer = vision_transformer(parameters, audio)
    blocks: Any = transformer.blocks
    for block in blocks:  # on CPUs the backward pass of torch's fused attention is far slower
        block.attn.fused_attn = torch.cuda.is_available()
    blocks[-1] = ClassTokenBlock(blocks[-1])
    patch_embed: Any = PatchProduct(transformer.patch_embed)
    transformer.patch_embed = patch_embed
    return transformer


def vision_transformer(parameters: PretrainParameters, audio: AudioParameters) -> nn.Module:
    """Return timm's transformer, from (batch, n_channels, n_mels, n_frames) to the class token, (batch, width).

    In two things it is the authors' and not timm's: the class token is not normalised after the last block, unless the
    parameters say so, and it starts with the deviation of the position embeddings, where timm's starts near zero.

    Args:
        parameters: Of the variant; log-mel and architecture are used.
        audio: Channels and length of a segment.
    """
    from timm.models.vision_transformer import VisionTransformer  # takes a second, and 150 MiB with torchvision

    architecture, n_frames = parameters.architecture, audio.segment_samples // parameters.log_mel.hop_length
    transformer = VisionTransformer(
        img_size=(parameters.log_mel.n_mels, n_frames), patch_size=architecture.patch_size, in_chans=audio.n_channels,
        num_classes=0, embed_dim=architecture.width, depth=architecture.depth, num_heads=architecture.n_heads,
        final_norm=architecture.final_norm,
    )  # fmt: skip
    nn.init.trunc_normal_(transformer.cls_token, std=CLASS_TOKEN_STD)  # type: ignore[arg-type]
    return transformer


class PatchProduct(nn.Module):
    """Patches to tokens by one matrix product, which a GPU does in a tenth of the time of cuDNN's convolution.

    The tokens are those of `patch_embed`, whose weights it keeps under their names.

    Args:
        patch_embed: timm's, of patches that do not overlap.

    Attributes:
        proj: Its convolution, of which only the weights are used.
        num_patches: How many tokens there are.
    """

    proj: nn.Conv2d

    def __init__(self, patch_embed: Any):
        super().__init__()
        self.proj, self.num_patches = patch_embed.proj, patch_embed.num_patches

    def forward(self, log_mel: Tensor) -> Tensor:
        """Return the tokens, without what is left over at the ends of both axes.

        Args:
            log_mel: Shape: (batch, n_channels, n_mels, n_frames).

        Returns:
            Shape (batch, n_patches, width).
        """
        height, length = self.proj.kernel_size
        n_rows, n_columns = log_mel.shape[2] // height, log_mel.shape[3] // length
        whole = log_mel[..., : n_rows * height, : n_columns * length]
        patches = whole.unflatten(3, (n_columns, length)).unflatten(2, (n_rows, height))
        patches = patches.permute(0, 2, 4, 1, 3, 5)  # (batch, n_rows, n_columns, n_channels, height, length)
        return functional.linear(patches.flatten(3).flatten(1, 2), self.proj.weight.flatten(1), self.proj.bias)


class ClassTokenBlock(nn.Module):
    """A transformer's last block, computed for the class token alone, which is the only one that is read.

    Its output for the class token is that of `block`, whose weights it keeps under their names.

    Args:
        block: timm's block.

    Attributes:
        attn: timm's attention.
    """

    attn: Any

    def __init__(self, block: Any):
        super().__init__()
        self.norm1, self.attn, self.norm2, self.mlp = block.norm1, block.attn, block.norm2, block.mlp

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the class token after the block.

        Args:
            tokens: The class token first. Shape: (batch, n_tokens, width).

        Returns:
            Shape (batch, 1, width).
        """
        token = tokens[:, :1] + self.attention(self.norm1(tokens))  # (batch, 1, width)
        return token + self.mlp(self.norm2(token))  # type: ignore[no-any-return]

    def attention(self, tokens: Tensor) -> Tensor:
        """Return the output of the attention for the class token, whose query attends to all tokens.

        Args:
            tokens: The class token first, normalised. Shape: (batch, n_tokens, width).

        Returns:
            Shape (batch, 1, width).
        """
        width, heads = tokens.shape[-1], (-1, self.attn.head_dim)
        weight, bias = self.attn.qkv.weight, self.attn.qkv.bias
        q = functional.linear(tokens[:, :1], weight[:width], bias[:width])  # (batch, 1, width)
        kv = functional.linear(tokens, weight[width:], bias[width:])  # (batch, n_tokens, 2 width)
        q, k, v = (x.unflatten(-1, heads).transpose(1, 2) for x in (q, *kv.chunk(2, dim=-1)))
        out = functional.scaled_dot_product_attention(q, k, v)  # (batch, n_heads, 1, head_dim)
        return self.attn.proj(out.transpose(1, 2).flatten(-2))  # type: ignore[no-any-return]


def contrastive_weights(encoder: ContrastiveEncoder, parameters: PretrainParameters, audio: AudioParameters) -> Weights:
    """Return the encoder's weights with the config that builds it again.

    Args:
        encoder: On any device.
        parameters: That it was built with.
        audio: That it was built with.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in encoder.state_dict().items()}
    return Weights(tensors, encoder_config(parameters, audio))


def load_contrastive(weights: Weights) -> ContrastiveEncoder:
    """Return the encoder that `weights` belong to; `registry.load_encoder` does it for every family.

    Args:
        weights: Of an encoder of family `transformer`.

    Raises:
        KeyError: The config lacks a part.
        ValueError: The config holds other parameters.
        RuntimeError: The tensors do not fit the config.
    """
    parameters = PretrainParameters.model_validate(weights.config["pretrain"])
    encoder = ContrastiveEncoder(parameters, AudioParameters.model_validate(weights.config["audio"]))
    encoder.load_state_dict(dict(weights.tensors))
    return encoder
