"""The small convolutional network."""

import pytest
import torch

from real_cloned.encoders.contrastive.convolution import AttentiveStatistics, ConvolutionalTrunk
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights
from real_cloned.encoders.registry import load_encoder
from tests.tiny import AUDIO, CONVOLUTION, PRETRAIN, but

VARIANT = but(PRETRAIN, convolution=CONVOLUTION, crop_s=0.5)


@pytest.mark.parametrize("n_frames", [16, 37, 240])
@pytest.mark.parametrize("n_mels", [13, 64])
def test_segments_of_any_length_have_as_many_features(n_frames, n_mels):
    trunk = ConvolutionalTrunk(CONVOLUTION, 2, n_mels)
    assert trunk(torch.randn(3, 2, n_mels, n_frames)).shape == (3, trunk.n_features) == (3, 20)


def test_statistics_with_equal_weights_are_mean_and_deviation():
    pooling, frames = AttentiveStatistics(7, 3), torch.randn(2, 7, 50)
    for weight in pooling.parameters():
        torch.nn.init.zeros_(weight)
    expected = torch.cat([frames.mean(dim=-1), frames.std(dim=-1, correction=0)], dim=1)
    torch.testing.assert_close(pooling(frames), expected)


def test_weights_of_a_convolutional_encoder_load_as_such():
    encoder = ContrastiveEncoder(VARIANT, AUDIO).eval()
    segments = torch.randn(2, AUDIO.n_channels, AUDIO.segment_samples)
    loaded = load_encoder(contrastive_weights(encoder, VARIANT, AUDIO))
    assert torch.equal(loaded(segments), encoder(segments))


def test_a_transformer_cannot_hear_sections_of_segments():
    with pytest.raises(ValueError, match="set `convolution`, or null"):
        but(PRETRAIN, crop_s=0.5)
